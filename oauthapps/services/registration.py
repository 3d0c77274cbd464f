"""Apps are registered and changed."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django.conf import settings
from django.db import transaction

from accounts.models import User
from authorizations.events.kinds import Kind
from authorizations.events.log import record
from oauthapps import rules, scopes
from oauthapps.models import Application
from oauthapps.services.legacy_exceptions import live_exception, spend_exception


class RegistrationRefused(Exception):
    """`field` names what is wrong, the message says what to do."""

    def __init__(self, field: str, message: str) -> None:
        super().__init__(message)
        self.field = field


@dataclass(frozen=True)
class Registration:
    """What an owner says about an app. Scopes are identifiers of the catalogue."""

    name: str
    company: str
    redirect_uris: list[str]
    scopes: list[str]
    optional_scopes: list[str] = field(default_factory=list)
    model: str = "standard"
    client_type: str = "confidential"
    description: str = ""
    website: str = ""
    terms_url: str = ""
    privacy_url: str = ""
    verified_domain: str = ""
    resource_server: bool = False
    historic_answers: bool = False
    id_token_algorithm: str = "RS256"  # noqa: S105


def check(registration: Registration) -> Registration:
    """Raises RegistrationRefused for the first thing that is wrong."""
    for name, limit in (("name", 100), ("company", 100), ("description", 1000)):
        value = getattr(registration, name)
        if "\x00" in value or len(value) > limit:
            raise RegistrationRefused(name, f"At most {limit} characters, and no control characters.")
    if not registration.name.strip():
        raise RegistrationRefused("name", "Give the app a name; people will see it.")
    if not registration.company.strip():
        raise RegistrationRefused("company", "Say which company publishes the app; people will see it.")
    if registration.model not in set(rules.Model):
        raise RegistrationRefused("model", "The model is “standard” or “legacy”.")
    if registration.client_type not in {"confidential", "public"}:
        raise RegistrationRefused("client_type", "The client type is “confidential” or “public”.")
    _check_addresses(registration)
    _check_scopes(registration)
    return registration


def _check_addresses(registration: Registration) -> None:
    try:
        name = "redirect_uris"
        if registration.redirect_uris or not registration.resource_server:
            rules.check_callbacks(registration.redirect_uris)
        for name in ("website", "terms_url", "privacy_url"):
            if value := getattr(registration, name):
                rules.check_site(value)
    except rules.AddressProblem as problem:
        raise RegistrationRefused(name, str(problem)) from problem


def _check_scopes(registration: Registration) -> None:
    asked = [*registration.scopes, *registration.optional_scopes]
    if unknown := scopes.unknown(asked):
        raise RegistrationRefused("scopes", f"Unknown permissions: {', '.join(sorted(unknown))}.")
    if not asked and not registration.resource_server:
        raise RegistrationRefused("scopes", "Choose at least one permission.")
    standard_only = [s for s in asked if scopes.CATALOGUE[s].model == "standard"]
    if registration.model == rules.Model.LEGACY and standard_only:
        raise RegistrationRefused("scopes", f"Not possible in the legacy model: {', '.join(standard_only)}.")


@transaction.atomic
def register(
    registration: Registration,
    *,
    owners: Iterable[User],
    by: User | None,
    now: datetime,
    registered_at: datetime | None = None,
    client_id: str | None = None,
) -> Application:
    """Raises RegistrationRefused. `registered_at`: when another system registered it (a take-over), before now."""
    check(registration)
    registered = registered_at or now
    if registered > now:
        raise RegistrationRefused("registered_at", "The registration date cannot be in the future.")
    too_late = registration.model == rules.Model.LEGACY and not rules.legacy_registration_allowed(
        registered, settings.LEGACY_REGISTRATION_CUTOFF
    )
    if too_late and not live_exception(by, now):
        raise _closed()
    app = Application(registered_at=registered, **({"client_id": client_id} if client_id else {}))
    _apply(app, registration)
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
    app: Application, registration: Registration, *, by: User | None, now: datetime, changed: list[str] | None = None
) -> Application:
    """Raises RegistrationRefused. The model of an app never changes. `changed`: names, when the caller knows them."""
    check(registration)
    if registration.model != app.model:
        raise RegistrationRefused("model", "The model of an app cannot be changed; register a new app.")
    before = values(app)
    _apply(app, registration)
    app.save()
    names = changed or sorted(name for name, value in values(app).items() if before[name] != value)
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


def _apply(app: Application, registration: Registration) -> None:
    for name in FIELDS:
        setattr(app, name, getattr(registration, name))
    app.redirect_uris = " ".join(dict.fromkeys(registration.redirect_uris))
    app.optional_scopes = [s for s in registration.optional_scopes if s not in registration.scopes]
    for cached in ("all_scopes", "scope_closure"):
        app.__dict__.pop(cached, None)
