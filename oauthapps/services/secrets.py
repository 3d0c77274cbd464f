"""The two secrets of an app: made, shown once, ended.

What hangs on a secret (connections) is ended by `authorizations.services.app_secrets`, which calls these.
"""

import secrets as random
from datetime import datetime, timedelta

from django.conf import settings
from django.db import transaction

from accounts.models import User
from authorizations.events.kinds import Kind
from authorizations.events.log import record
from oauthapps.digests import digest, random_value
from oauthapps.models import Application, ApplicationSecret
from oauthapps.services.registration import RegistrationRefused

Ended = ApplicationSecret.Ended


class SecretChanged(RegistrationRefused):
    """Somebody else changed the slot since it was looked at: what they made must not end unseen."""

    def __init__(self) -> None:
        super().__init__("replaces", "Somebody changed this secret since you opened the page. Look at it again.")


@transaction.atomic
def create_secret(
    app: Application,
    *,
    slot: str,
    by: User | None,
    now: datetime,
    replaces: str | None = None,
    lifetime: timedelta | None = None,
) -> tuple[ApplicationSecret, str]:
    """A new secret in the slot; what was there ends, and with it every token minted with it. The value is shown once.

    `replaces`: the key id that the caller saw in force in the slot, "" for none; None: whatever is there.
    `lifetime`: shorter than SECRET_DAYS if the owner wants. Raises RegistrationRefused, SecretChanged.
    """
    lock_standing(app)
    if app.is_public:
        raise RegistrationRefused("client_type", "A public app cannot keep a secret, so it has none.")
    current = secret_in(app, slot)
    if replaces is not None and replaces != (current.key_id if current and current.is_live(now) else ""):
        raise SecretChanged
    if current:
        end(current, because=Ended.REGENERATED if current.is_live(now) else Ended.EXPIRED, by=by, now=now)
    key_id = random.token_hex(8)
    value = f"{key_id}.{random_value()}"
    secret = ApplicationSecret.objects.create(
        application=app,
        slot=slot,
        key_id=key_id,
        digest=digest(value),
        created_at=now,
        created_by=str(by) if by else "",
        expires_at=now + check_lifetime(lifetime),
    )
    detail = {"slot": slot, "expires_at": secret.expires_at.isoformat()}
    record(Kind.SECRET_CREATED, now=now, actor=by, app=app, subject=("secret", key_id), detail=detail)
    return secret, value


def secret_in(app: Application, slot: str) -> ApplicationSecret | None:
    """What the slot holds, in force or run out and not yet cleared. Raises RegistrationRefused for an unknown slot."""
    if slot not in dict(ApplicationSecret.SLOTS):
        raise RegistrationRefused("slot", "The slot is “primary” or “alternative”.")
    return ApplicationSecret.objects.filter(application=app, slot=slot, revoked_at=None).first()


def check_lifetime(lifetime: timedelta | None) -> timedelta:
    """Raises RegistrationRefused unless it is between a day and SECRET_DAYS."""
    longest = settings.SECRET_LIFETIME
    if lifetime is None:
        return longest
    if not min(timedelta(days=1), longest) <= lifetime <= longest:
        raise RegistrationRefused("days", f"Choose from 1 to {longest.days} days.")
    return lifetime


def lock_standing(app: Application) -> None:
    """Makes changes to one app wait for each other. Raises RegistrationRefused when it was deleted meanwhile."""
    locked = Application.objects.select_for_update(no_key=True).filter(pk=app.pk).values_list("deleted_at", flat=True)
    if locked.get() is not None:
        raise RegistrationRefused("client_id", "This app was deleted.")


@transaction.atomic
def end(secret: ApplicationSecret, *, because: str, by: User | None, now: datetime, reason: str = "") -> bool:
    """False when it had ended already. What ran out is closed at the instant it ran out."""
    at = min(now, secret.expires_at)
    if not ApplicationSecret.objects.filter(pk=secret.pk, revoked_at=None).update(revoked_at=at, ended_because=because):
        return False
    secret.revoked_at, secret.ended_because = at, because
    record(
        Kind.SECRET_EXPIRED if because == Ended.EXPIRED else Kind.SECRET_ENDED,
        now=now,
        actor=by,
        app=secret.application,
        subject=("secret", secret.key_id),
        detail={"slot": secret.slot, "because": because} | ({"reason": reason} if reason else {}),
    )
    return True


@transaction.atomic
def end_secret(app: Application, *, slot: str, by: User | None, now: datetime) -> bool:
    secret = secret_in(app, slot)
    return secret is not None and end(secret, because=Ended.ENDED, by=by, now=now)
