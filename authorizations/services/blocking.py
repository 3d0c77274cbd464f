"""Refusing an app for good, and taking that back."""

from datetime import datetime

from django.db import transaction

from accounts.models import User
from authorizations.events.kinds import Kind
from authorizations.events.log import record
from authorizations.models import BlockedApp
from authorizations.services import consent
from oauthapps.models import Application


@transaction.atomic
def block(person: User, app: Application, *, now: datetime) -> BlockedApp:
    """Twice is once. A standing authorization stays: revoking is another decision."""
    blocked, new = BlockedApp.objects.get_or_create(person=person, application=app, defaults={"blocked_at": now})
    if new:
        record(Kind.APP_BLOCKED, now=now, actor=person, person=person, app=app, subject=("app", app.client_id))
    return blocked


@transaction.atomic
def refuse_for_good(person: User, app: Application, *, now: datetime) -> None:
    consent.refuse(person, app, now=now)
    block(person, app, now=now)


@transaction.atomic
def unblock(person: User, app: Application, *, now: datetime) -> bool:
    """The app may ask again; it gets nothing by that. False when it was not blocked (any more)."""
    gone, _ = BlockedApp.objects.filter(person=person, application=app).delete()
    if gone:
        record(Kind.APP_UNBLOCKED, now=now, actor=person, person=person, app=app, subject=("app", app.client_id))
    return bool(gone)
