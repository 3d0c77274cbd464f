"""Owners hear of a secret's end 30, 14, 7 and 1 day before and on the day, each once."""

from datetime import datetime, timedelta

from django.db import connection, transaction
from django.db.models import F, Q, QuerySet

from authorizations.notifications.kinds import NoticeKind
from authorizations.services.app_secrets import expire, live_connections
from oauthapps.models import ApplicationSecret
from oauthapps.services.telling import tell_owners

# Days before the end, the most urgent first: after a pause of the job only the step that counts now is told.
STEPS = (0, 1, 7, 14, 30)
ON_THE_DAY_AT_MOST = timedelta(hours=12)
BATCH = 100


def due(days: int, now: datetime) -> QuerySet[ApplicationSecret]:
    """Secrets in force whose step is due and not told. A secret made when the step was past already has no such step."""
    untold = Q(told_days_before=None) | Q(told_days_before__gt=days)
    standing = ApplicationSecret.objects.live(now).filter(untold, application__deleted_at=None)
    if days == 0:
        midnight = now.replace(hour=0, minute=0, second=0, microsecond=0) + timedelta(days=1)
        return standing.filter(expires_at__lt=midnight, expires_at__lte=now + ON_THE_DAY_AT_MOST)
    before = timedelta(days=days)
    return standing.filter(expires_at__lte=now + before, created_at__lt=F("expires_at") - before)


def remind(now: datetime) -> int:
    """Tells what is due; returns how many secrets were told of. Any number of workers may do it at once."""
    told = 0
    for days in STEPS:
        while batch := _remind_batch(days, now):
            told += batch
    return told


@transaction.atomic
def _remind_batch(days: int, now: datetime) -> int:
    told = 0
    for secret in claim(due(days, now)):
        untold = Q(told_days_before=None) | Q(told_days_before__gt=days)
        if ApplicationSecret.objects.filter(untold, pk=secret.pk).update(told_days_before=days):
            _tell(secret, days, now)
            told += 1
    return told


def claim(rows: QuerySet[ApplicationSecret]) -> QuerySet[ApplicationSecret]:
    """A batch that no other worker holds."""
    if connection.features.has_select_for_update_skip_locked:
        rows = rows.select_for_update(skip_locked=True, of=("self",))
    return rows.select_related("application").order_by("expires_at", "pk")[:BATCH]


def _tell(secret: ApplicationSecret, days: int, now: datetime) -> None:
    detail = {
        "slot": secret.slot,
        "key_id": secret.key_id,
        "expires_at": secret.expires_at.isoformat(),
        "days": days,
        "connections": live_connections(secret, now).count(),
    }
    tell_owners(
        secret.application,
        NoticeKind.SECRET_EXPIRING,
        key=f"{secret.key_id}:{days}",
        now=now,
        about=("secret", secret.key_id),
        detail=detail,
    )


def close_expired(now: datetime) -> int:
    """Closes the secrets that have run out, each with its connections; returns how many."""
    closed = 0
    while batch := _close_batch(now):
        closed += batch
    return closed


@transaction.atomic
def _close_batch(now: datetime) -> int:
    return sum(
        expire(secret, now=now)
        for secret in claim(ApplicationSecret.objects.filter(revoked_at=None, expires_at__lte=now))
    )
