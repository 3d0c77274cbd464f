"""Tells people in time: what ends soon, what nobody uses, what connected. Each occasion once, however often it runs."""

import uuid
from collections.abc import Iterator
from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import Q
from django.db.models.functions import Coalesce

from authorizations.models import Authorization, Connection
from authorizations.notifications import compose
from authorizations.notifications.compose import Draft
from authorizations.notifications.kinds import NoticeKind
from authorizations.notifications.models import Notice
from authorizations.services import telling

BATCH = 500
STAGES = (3, 14)  # days before the end, nearest first
UNUSED_DAYS = 90
NEWS = timedelta(days=3)  # an older connection is no news any more
FIRST = uuid.UUID(int=0)


def expiring(now: datetime) -> Iterator[list[Draft]]:
    """Batches of what is to be told about ends in the next 14 days."""
    soon = Authorization.objects.live(now).filter(
        expires_at__lte=now + timedelta(days=max(STAGES)), person__is_active=True
    )
    after = (now, FIRST)
    while True:
        later = Q(expires_at__gt=after[0]) | Q(expires_at=after[0], pk__gt=after[1])
        batch = list(soon.filter(later).select_related("application").order_by("expires_at", "pk")[:BATCH])
        yield [d for a in batch if (d := _expiring(a, now))]
        if len(batch) < BATCH:
            return
        after = (batch[-1].expires_at or now, batch[-1].pk)


def _expiring(authorization: Authorization, now: datetime) -> Draft | None:
    ends = authorization.expires_at
    assert ends is not None  # noqa: S101  (that is how it was found)
    stage = next(days for days in STAGES if ends <= now + timedelta(days=days))
    # Whoever chose a day or a week on the approval page knows it: nobody is reminded twice as often as needed.
    if ends - authorization.granted_at < timedelta(days=2 * stage):
        return None
    used = authorization.last_used_at
    return telling.draft(
        NoticeKind.AUTHORIZATION_EXPIRING,
        authorization,
        f"{ends.isoformat()}:{stage}",
        expires_at=ends.isoformat(),
        days=stage,
        last_used_at=used.isoformat() if used else None,
    )


def unused(now: datetime) -> Iterator[list[Draft]]:
    """Batches of what is to be told about services that were not used for 90 days."""
    since = now - timedelta(days=UNUSED_DAYS)
    idle = (
        Authorization.objects.live(now)
        .annotate(active_at=Coalesce("last_used_at", "granted_at"))
        .filter(active_at__lte=since, person__is_active=True)
    )
    after = FIRST
    while True:
        batch = list(idle.filter(pk__gt=after).select_related("application").order_by("pk")[:BATCH])
        yield [_unused(a) for a in batch]
        if len(batch) < BATCH:
            return
        after = batch[-1].pk


def _unused(authorization: Authorization) -> Draft:
    used = authorization.last_used_at
    key = f"unused since {(used or authorization.granted_at).isoformat()}"
    detail = {"last_used_at": used.isoformat() if used else None}
    return telling.draft(NoticeKind.AUTHORIZATION_UNUSED, authorization, key, **detail)


@transaction.atomic
def tell_new(drafts: list[Draft], *, now: datetime) -> int:
    """Tells what was not told before; returns how much that was."""
    known = set(Notice.objects.filter(pk__in=[d.id for d in drafts]).values_list("pk", flat=True))
    fresh = [d for d in drafts if d.id not in known]
    compose.tell(fresh, now=now)
    return len(fresh)


@transaction.atomic
def tell_connected(*, now: datetime, limit: int = BATCH) -> int:
    """Looks at connections nobody looked at yet; the first of a service, and one from a new program, are told.

    The exchange of a code does not write notices itself: its time is the service's (docs/decisions/0036).
    """
    waiting = Connection.objects.filter(told=False).select_for_update(skip_locked=True, of=("self",), no_key=True)
    batch = list(waiting.select_related("authorization__application").order_by("created_at", "pk")[:limit])
    if not batch:
        return 0
    seen = set(
        Connection.objects.filter(authorization_id__in={c.authorization_id for c in batch}, told=True)
        .exclude(pk__in=[c.pk for c in batch])
        .values_list("authorization_id", "user_agent")
    )
    compose.tell([d for c, d in _news(batch, seen) if c.created_at > now - NEWS], now=now)
    Connection.objects.filter(pk__in=[c.pk for c in batch]).update(told=True)
    return len(batch)


def _news(batch: list[Connection], seen: set[tuple[uuid.UUID, str]]) -> Iterator[tuple[Connection, Draft]]:
    known = {authorization_id for authorization_id, _ in seen}
    for connection in batch:
        place = (connection.authorization_id, connection.user_agent)
        if place not in seen and connection.authorization.revoked_at is None:
            yield connection, telling.connected(connection, first=connection.authorization_id not in known)
        seen.add(place)
        known.add(connection.authorization_id)


def lapse(now: datetime) -> int:
    """Takes back reminders that are no longer so: renewed, ended in any way, or used again. Returns how many."""
    reminders = Notice.objects.filter(kind__in=telling.ABOUT_A_STANDING_ONE, cancelled_at=None)
    after, lapsed = FIRST, 0
    while True:
        batch = list(reminders.filter(pk__gt=after).order_by("pk")[:BATCH])
        lapsed += _lapse(batch, now)
        if len(batch) < BATCH:
            return lapsed
        after = batch[-1].pk


@transaction.atomic
def _lapse(batch: list[Notice], now: datetime) -> int:
    found = Authorization.objects.live(now).filter(pk__in=[n.about_id for n in batch])
    standing = {str(a.pk): a for a in found}
    over = [n for n in batch if not _still_so(n, standing.get(n.about_id))]
    return compose.cancel_notices([n.pk for n in over], now=now) if over else 0


def _still_so(notice: Notice, authorization: Authorization | None) -> bool:
    if authorization is None:
        return False
    if notice.kind == NoticeKind.AUTHORIZATION_UNUSED:
        used = authorization.last_used_at
        return used is None or used <= notice.created_at
    ends = authorization.expires_at
    return ends is not None and ends.isoformat() == notice.detail.get("expires_at")
