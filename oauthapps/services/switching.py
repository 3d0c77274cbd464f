"""Apps are switched off and on by operations."""

from datetime import datetime

from django.db import transaction

from accounts.models import User
from authorizations.events.kinds import Kind
from authorizations.events.log import record
from oauthapps.models import Application


@transaction.atomic
def disable(app: Application, *, by: User | None, reason: str, now: datetime) -> bool:
    """Every decision reads this, so all of the app's tokens are refused from this commit on."""
    if not Application.objects.filter(pk=app.pk, disabled_at=None).update(disabled_at=now):
        return False
    record(Kind.APP_DISABLED, now=now, actor=by, app=app, subject=("app", app.client_id), detail={"reason": reason})
    return True


@transaction.atomic
def enable(app: Application, *, by: User | None, now: datetime, reason: str = "") -> bool:
    if not Application.objects.filter(pk=app.pk, disabled_at__isnull=False).update(disabled_at=None):
        return False
    record(Kind.APP_ENABLED, now=now, actor=by, app=app, subject=("app", app.client_id), detail={"reason": reason})
    return True
