"""Apps are registered and changed."""

from collections.abc import Collection, Iterable
from datetime import datetime
from typing import Any

from django.conf import settings
from django.db import transaction

from accounts.models import User
from authorizations.events.kinds import Kind
from authorizations.events.log import record
from authorizations.switches import reading as switches
from oauthapps import lookalikes, rules
from oauthapps.models import Application
from oauthapps.models.application import SKELETON
from oauthapps.services import logos
from oauthapps.services.checking import SITES, Asker, Registration, RegistrationRefused, check
from oauthapps.services.legacy_exceptions import live_exception, spend_exception


class Stale(RegistrationRefused):
    """Somebody else saved the app after this person opened it. Nothing was saved."""

    def __init__(self) -> None:
        super().__init__("version", "Somebody else changed the app in the meantime. Nothing was saved; look again.")


class RegistrationsStopped(RegistrationRefused):
    """By a kill switch of operations, whichever way the app was to be registered. `seconds`: for Retry-After."""

    def __init__(self, seconds: int) -> None:
        super().__init__(
            "", "The people who run this portal stopped the registration of apps for now. Try again later."
        )
        self.seconds = str(seconds)


@transaction.atomic
def register(
    registration: Registration,
    *,
    owners: Iterable[User],
    by: User | None,
    now: datetime,
    registered_at: datetime | None = None,
    client_id: str | None = None,
    confirmed: Collection[str] = (),
    logo: bytes | None = None,
) -> Application:
    """Raises RegistrationRefused. `registered_at`: when another system registered it (a take-over), before now."""
    if stopped := switches.registrations_stopped(now):
        raise RegistrationsStopped(stopped.seconds(now))
    owners = list(owners)
    check(registration, Asker(by, owners, None, confirmed))
    registered = registered_at or now
    if registered > now:
        raise RegistrationRefused("registered_at", "The registration date cannot be in the future.")
    too_late = registration.model == rules.Model.LEGACY and not rules.legacy_registration_allowed(
        registered, settings.LEGACY_REGISTRATION_CUTOFF
    )
    if too_late and not live_exception(by, now):
        raise _closed()
    app = Application(registered_at=registered, **({"client_id": client_id} if client_id else {}))
    _apply(app, _columns(registration))
    if logo is not None:
        app.logo = logos.keep(logo, now=now)
    app.save(force_insert=True)
    if too_late and not spend_exception(app, by=by, now=now):
        raise _closed()  # somebody else used it up meanwhile; what was made here is rolled back
    app.owners.set(owners)
    record(Kind.APP_REGISTERED, now=now, actor=by, app=app, subject=("app", app.client_id), detail={"model": app.model})
    return app


def _closed() -> RegistrationRefused:
    closed = f"Registration of legacy apps closed on {settings.LEGACY_REGISTRATION_CUTOFF:%Y-%m-%d}."
    return RegistrationRefused(
        "model",
        f"{closed} Register a standard app instead. "
        "A registration taken over from another system names its original date in registered_at.",
    )


@transaction.atomic
def change(
    app: Application,
    registration: Registration,
    *,
    by: User | None,
    now: datetime,
    changed: list[str] | None = None,
    version: int | None = None,
    confirmed: Collection[str] = (),
    logo: bytes | None = None,
    remove_logo: bool = False,
) -> Application:
    """Raises RegistrationRefused, and Stale when the app is not at `version` (as it was read, unless told) any more.

    The model of an app never changes. `changed`: names, when the caller knows them. `logo`: a PNG that we drew.
    """
    check(registration, Asker(by, list(app.owners.all()), app, confirmed))
    if registration.model != app.model:
        raise RegistrationRefused("model", "The model of an app cannot be changed; register a new app.")
    before, picture = values(app), app.logo_id
    columns = _columns(registration)
    if logo is not None or remove_logo:
        columns["logo_id"] = None if logo is None else logos.keep(logo, now=now).pk
    seen = app.version if version is None else version
    # One statement: of two owners who save the same version, the second is told instead of undoing the first.
    # A deleted app is not changed back into being.
    if (
        not Application.objects.standing()
        .filter(pk=app.pk, version=seen)
        .update(version=seen + 1, updated=now, **columns)
    ):
        raise Stale
    _apply(app, columns | {"version": seen + 1, "updated": now})
    names = changed or sorted(name for name, value in values(app).items() if before[name] != value)
    if app.logo_id != picture:
        logos.forget_unused(picture)
        names = [*names, "logo"]
    record(Kind.APP_CHANGED, now=now, actor=by, app=app, subject=("app", app.client_id), detail={"changed": names})
    return app


FIELDS = (
    "name",
    "company",
    "model",
    "client_type",
    "description",
    "website",
    "terms_url",
    "privacy_url",
    "verified_domain",
    "resource_server",
    "historic_answers",
    "id_token_algorithm",
    "scopes",
    "optional_scopes",
)


def values(app: Application) -> dict[str, Any]:
    return {name: getattr(app, name) for name in (*FIELDS, "redirect_uris")}


def _columns(registration: Registration) -> dict[str, Any]:
    """Addresses are kept as they are sent: international hosts in their ASCII form."""
    said = {name: getattr(registration, name) for name in FIELDS}
    return said | {
        "name_skeleton": lookalikes.skeleton(registration.name)[:SKELETON],
        "redirect_uris": " ".join(dict.fromkeys(map(rules.in_ascii, registration.redirect_uris))),
        "optional_scopes": [s for s in registration.optional_scopes if s not in registration.scopes],
        **{name: rules.in_ascii(said[name]) for name in SITES},
    }


def _apply(app: Application, columns: dict[str, Any]) -> None:
    for name, value in columns.items():
        setattr(app, name, value)
    for cached in ("all_scopes", "scope_closure"):
        app.__dict__.pop(cached, None)
