"""What happened with an authorization, newest first, a page at a time.

Events of the log and notices to the person are merged; the cursor is the key of the last one shown, so a page costs
the same however far back it is (keyset pagination). Between them stand the calls of the same time, month by month.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from itertools import groupby
from typing import Any
from uuid import UUID

from django.db.models import Q, QuerySet, Sum

from authorizations.events.kinds import ROUTINE, Kind
from authorizations.events.models import Event
from authorizations.models import Authorization, AuthorizationUsage
from authorizations.notifications.models import Notice

PER_PAGE = 25
# At one instant, in the order in which they are read: events first.
EVENT, NOTICE, CALLS = 2, 1, 0
KEYS: dict[int, Callable[[str], Any]] = {EVENT: int, NOTICE: UUID}
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, order=True)
class Cursor:
    at: datetime
    rank: int
    id: str

    def __str__(self) -> str:
        return f"{(self.at - EPOCH) // timedelta(microseconds=1)}-{self.rank}-{self.id}"


@dataclass(frozen=True)
class Entry:
    key: Cursor
    event: Event | None = None
    notice: Notice | None = None
    calls: tuple[tuple[date, int], ...] = ()  # of each day on which there were some, the newest first


def read_cursor(text: str) -> Cursor | None:
    """None for anything that is not the text of a cursor: the newest page is shown then."""
    try:
        micros, rank, key = text[:80].split("-", 2)
        at = EPOCH + timedelta(microseconds=int(micros))
        KEYS[int(rank)](key)
        return Cursor(at, int(rank), key)
    except (ValueError, KeyError, OverflowError):
        return None


def page(authorization: Authorization, before: Cursor | None) -> tuple[list[Entry], Cursor | None]:
    """Entries and the cursor of the next page, None on the last. Four statements."""
    found = [
        *_events(_about(authorization), before),
        *_events(_refused(authorization), before),
        *_notices(authorization, before),
    ]
    found.sort(key=lambda entry: entry.key, reverse=True)
    shown = found[:PER_PAGE]
    following = shown[-1].key if len(found) > PER_PAGE else None
    calls = _calls(authorization, before, following)
    return sorted([*shown, *calls], key=lambda entry: entry.key, reverse=True), following


def _about(authorization: Authorization) -> QuerySet[Event]:
    mine = Event.objects.filter(subject_type="authorization", subject_id=str(authorization.pk))
    return mine.exclude(name__in=ROUTINE)


def _refused(authorization: Authorization) -> QuerySet[Event]:
    """A refusal concerns the app: there may be no authorization yet. Those of the time of this one are shown."""
    found = Event.objects.filter(
        name=Kind.CONSENT_REFUSED,
        person_id=str(authorization.person_id),
        app_id=authorization.application.client_id,
        at__gte=authorization.granted_at,
    )
    return found.filter(at__lte=authorization.revoked_at) if authorization.revoked_at else found


def _events(found: QuerySet[Event], before: Cursor | None) -> list[Entry]:
    rows = _before(found, before, EVENT, "at", "id").order_by("-at", "-id")[: PER_PAGE + 1]
    # Ids are compared as texts in the merge: of one length they sort as numbers do.
    return [Entry(Cursor(e.at, EVENT, f"{e.pk:019d}"), event=e) for e in rows]


def _notices(authorization: Authorization, before: Cursor | None) -> list[Entry]:
    mine = Notice.objects.filter(
        about_type="authorization", about_id=str(authorization.pk), person=authorization.person_id, cancelled_at=None
    )
    rows = _before(mine, before, NOTICE, "created_at", "id").order_by("-created_at", "-id")[: PER_PAGE + 1]
    return [Entry(Cursor(n.created_at, NOTICE, str(n.pk)), notice=n) for n in rows]


def _before(found: QuerySet[Any], before: Cursor | None, rank: int, at: str, key: str) -> QuerySet[Any]:
    if before is None:
        return found
    if rank != before.rank:
        return found.filter(**{f"{at}__lte" if rank < before.rank else f"{at}__lt": before.at})
    # The first condition is the one an index can use; the second settles entries of one instant.
    earlier = Q(**{f"{at}__lt": before.at}) | Q(**{f"{key}__lt": KEYS[rank](before.id)})
    return found.filter(earlier, **{f"{at}__lte": before.at})


def _calls(authorization: Authorization, before: Cursor | None, following: Cursor | None) -> list[Entry]:
    """One entry a month, at the end of its last day with a call. A day belongs to the page that has its end."""
    found = AuthorizationUsage.objects.filter(
        authorization=authorization, facet=AuthorizationUsage.Facet.ENDPOINT, calls__gt=0
    )
    if before is not None:
        found = found.filter(day__lt=before.at.astimezone(UTC).date())
    if following is not None:
        found = found.filter(day__gte=following.at.astimezone(UTC).date())
    days = list(found.values_list("day").annotate(Sum("calls")).order_by("-day"))
    months = [tuple(days_of) for _, days_of in groupby(days, key=lambda pair: (pair[0].year, pair[0].month))]
    return [Entry(Cursor(_end(month[0][0]), CALLS, ""), calls=month) for month in months]


def _end(day: date) -> datetime:
    return datetime.combine(day + timedelta(days=1), time.min, tzinfo=UTC)
