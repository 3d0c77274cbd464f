"""Legacy apps that another system registered before the cutoff are taken over, with the secrets they run on."""

from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

from django.conf import settings
from django.db import IntegrityError, transaction

from accounts.models import User
from authorizations.events.kinds import Kind
from authorizations.events.log import record
from oauthapps.digests import digest, imported_key_id
from oauthapps.models import Application, ApplicationSecret
from oauthapps.services.registration import Registration, RegistrationRefused, register

SHORTEST_SECRET, LONGEST_SECRET = 24, 8 * 1024


class Outcome(StrEnum):
    IMPORTED = "imported"
    THERE = "already here"


@dataclass(frozen=True)
class ForeignSecret:
    slot: str
    value: str
    expires_at: datetime | None = None


@dataclass(frozen=True)
class TakeOver:
    """One legacy app of another system. `secrets` are values that its services hold now."""

    client_id: str
    registration: Registration
    registered_at: datetime
    owners: list[User] = field(default_factory=list)
    secrets: list[ForeignSecret] = field(default_factory=list)


@transaction.atomic
def take_over(found: TakeOver, *, by: User | None, now: datetime) -> tuple[Outcome, Application]:
    """Twice is once: an app that is here stays as its owners have it. Raises RegistrationRefused."""
    if there := Application.objects.filter(client_id=found.client_id).first():
        if not there.is_legacy:
            raise RegistrationRefused("client_id", "A standard app with this id is registered here.")
        return Outcome.THERE, there
    if not found.owners:
        raise RegistrationRefused("owners", "Name at least one owner: somebody must be told before it ends.")
    app = register(
        found.registration,
        owners=found.owners,
        by=by,
        now=now,
        registered_at=found.registered_at,
        client_id=found.client_id,
    )
    for secret in found.secrets:
        _import_secret(app, secret, now)
    detail = {"registered_at": found.registered_at.isoformat(), "secrets": len(found.secrets)}
    record(Kind.APP_IMPORTED, now=now, actor=by, app=app, subject=("app", app.client_id), detail=detail)
    return Outcome.IMPORTED, app


def _import_secret(app: Application, secret: ForeignSecret, now: datetime) -> None:
    """Only its digest is kept. It ends when it would have ended, but no later than a secret made here today."""
    if not SHORTEST_SECRET <= len(secret.value) <= LONGEST_SECRET or "\x00" in secret.value:
        raise RegistrationRefused("secrets", f"A secret has {SHORTEST_SECRET} to {LONGEST_SECRET} characters.")
    if secret.slot not in dict(ApplicationSecret.SLOTS):
        raise RegistrationRefused("secrets", "The slot of a secret is “primary” or “alternative”.")
    latest = now + settings.SECRET_LIFETIME
    expires_at = min(secret.expires_at or latest, latest)
    if expires_at <= now:
        raise RegistrationRefused("secrets", "A secret has expired already; leave it out.")
    try:
        with transaction.atomic():
            ApplicationSecret.objects.create(
                application=app,
                slot=secret.slot,
                key_id=imported_key_id(secret.value),
                digest=digest(secret.value),
                created_at=now,
                expires_at=expires_at,
            )
    except IntegrityError as error:
        raise RegistrationRefused("secrets", "A secret is used by another app here, or its slot is taken.") from error
