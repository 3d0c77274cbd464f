"""The events of one organization, newest first. A page costs the same however far back it is (keyset pagination)."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from django.db.models import Q, QuerySet

from accounts.models import Organization
from authorizations.audit.words import ACTIONS, AREAS
from authorizations.events.models import Event

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
BATCH = 1000


@dataclass(frozen=True)
class Filters:
    """Empty asks for nothing. `what`: a kind of event, or an area."""

    what: str = ""
    who: str = ""
    service: str = ""
    since: datetime | None = None
    until: datetime | None = None  # not included


@dataclass(frozen=True)
class Key:
    """The place of an event in the list."""

    at: datetime
    id: int

    def __str__(self) -> str:
        return f"{(self.at - EPOCH) // timedelta(microseconds=1)}-{self.id}"


def key_of(event: Event) -> Key:
    return Key(event.at, event.pk)


def read_key(text: str) -> Key | None:
    """None for anything that is not the text of a key."""
    micros, dash, number = text[:40].partition("-")
    if not dash or not (micros + number).isascii() or not (micros.isdigit() and number.isdigit()):
        return None
    try:
        found = Key(EPOCH + timedelta(microseconds=int(micros)), int(number))
    except OverflowError:
        return None
    return found if found.id < 2**63 else None


def events(organization: Organization, filters: Filters) -> QuerySet[Event]:
    found = Event.objects.filter(organization_id=str(organization.pk))
    if filters.what:
        kinds = [kind for kind, action in ACTIONS.items() if action.area == filters.what]
        found = found.filter(name__in=kinds) if filters.what in AREAS else found.filter(name=filters.what)
    if filters.who:
        found = found.filter(Q(actor_name__icontains=filters.who) | Q(person_name__icontains=filters.who))
    if filters.service:
        found = found.filter(Q(app_name__icontains=filters.service) | Q(app_id=filters.service))
    if filters.since:
        found = found.filter(at__gte=filters.since)
    if filters.until:
        found = found.filter(at__lt=filters.until)
    return found


def page(organization: Organization, filters: Filters, before: Key | None, size: int) -> tuple[list[Event], Key | None]:
    """One statement. And the key to go on from, None on the last page."""
    found = events(organization, filters)
    if before is not None:
        # The first condition is the one an index can use; the second settles events of one instant.
        found = found.filter(Q(at__lt=before.at) | Q(pk__lt=before.id), at__lte=before.at)
    rows = list(found.order_by("-at", "-id")[: size + 1])
    return rows[:size], key_of(rows[size - 1]) if len(rows) > size else None


def everything(organization: Organization, filters: Filters, upto: int) -> Iterator[Event]:
    """In batches, each with a statement of its own: no transaction stays open while somebody downloads. `upto`: the
    last event that was there when it began."""
    before: Key | None = None
    while True:
        rows, before = page(organization, filters, before, BATCH)
        yield from (event for event in rows if event.pk <= upto)
        if before is None:
            return


def newest(organization: Organization) -> int:
    """The id of the latest event, 0 when there is none. One statement."""
    found = Event.objects.filter(organization_id=str(organization.pk)).order_by("-at", "-id")
    return found.values_list("pk", flat=True).first() or 0
