"""The two secrets of an app: made, shown once, ended."""

import secrets as random
from datetime import datetime

from django.conf import settings
from django.db import transaction

from accounts.models import User
from authorizations.events.kinds import Kind
from authorizations.events.log import record
from oauthapps.digests import digest, random_value
from oauthapps.models import Application, ApplicationSecret
from oauthapps.services.registration import RegistrationRefused


@transaction.atomic
def create_secret(app: Application, *, slot: str, by: User | None, now: datetime) -> tuple[ApplicationSecret, str]:
    """A new secret in the slot; what was there ends, and with it every token minted with it. The value is shown once."""
    if app.is_public:
        raise RegistrationRefused("client_type", "A public app cannot keep a secret, so it has none.")
    if slot not in dict(ApplicationSecret.SLOTS):
        raise RegistrationRefused("slot", "The slot is “primary” or “alternative”.")
    end_secret(app, slot=slot, by=by, now=now)
    key_id = random.token_hex(8)
    value = f"{key_id}.{random_value()}"
    secret = ApplicationSecret.objects.create(
        application=app,
        slot=slot,
        key_id=key_id,
        digest=digest(value),
        created_at=now,
        expires_at=now + settings.SECRET_LIFETIME,
    )
    record(Kind.SECRET_CREATED, now=now, actor=by, app=app, subject=("secret", key_id), detail={"slot": slot})
    return secret, value


@transaction.atomic
def end_secret(app: Application, *, slot: str, by: User | None, now: datetime) -> bool:
    if not ApplicationSecret.objects.filter(application=app, slot=slot, revoked_at=None).update(revoked_at=now):
        return False
    record(Kind.SECRET_ENDED, now=now, actor=by, app=app, subject=("app", app.client_id), detail={"slot": slot})
    return True
