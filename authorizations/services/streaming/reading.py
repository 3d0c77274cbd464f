"""Reads sealed events from a place on."""

from collections.abc import Collection
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django.db.models import Max, Min, Sum

from authorizations.events import chain
from authorizations.events.models import Event, EventBlock
from authorizations.services.streaming.shape import shaped

BATCH = 200
MOST_BLOCKS = 20  # read in one go when few events of them are wanted


@dataclass(frozen=True, order=True)
class Place:
    """After this event of this block; 0 is before its first."""

    block: int = 1
    event: int = 0

    def __str__(self) -> str:
        return f"{self.block}.{self.event}"


@dataclass(frozen=True)
class Read:
    """`place` is where to go on. `more`: there is something after it already."""

    place: Place
    events: list[dict[str, Any]] = field(default_factory=list)
    more: bool = False


def after(place: Place, *, kinds: Collection[str] = (), most: int = BATCH) -> Read:
    """The next events, in the order of the blocks. From the same place it is the same batch, whenever it is asked: a
    batch ends with its block, so that blocks which come later do not change it."""
    blocks = EventBlock.objects.filter(number__gte=place.block).order_by("number")
    for block in blocks.only("number", "ranges", "removed_at")[:MOST_BLOCKS]:
        wanted = _events(block, place, kinds, most + 1)
        found = [shaped(event, block.number) for event in wanted[:most]]
        if len(wanted) > most:
            return Read(Place(block.number, found[-1]["id"]), found, more=True)
        place = Place(block.number + 1)
        if found:
            return Read(place, found, more=_exists(place))
    return Read(place, [], more=_exists(place))


def _exists(place: Place) -> bool:
    return EventBlock.objects.filter(number__gte=place.block).exists()


def _events(block: EventBlock, place: Place, kinds: Collection[str], most: int) -> list[Event]:
    """The next of a block. Those of one that retention removed are gone; its signed summary says how many there were."""
    if block.removed_at is not None:
        return []
    behind = place.event if block.number == place.block else 0
    wanted = [number for number in chain.ids(block.ranges) if number > behind]
    rows = Event.objects.filter(pk__in=wanted)
    return list((rows.filter(name__in=kinds) if kinds else rows).order_by("pk")[:most])


def tip() -> Place:
    """After everything that is sealed."""
    return Place((EventBlock.objects.aggregate(last=Max("number"))["last"] or 0) + 1)


def since(at: datetime) -> Place:
    """Before the first block that has an event of this instant or later."""
    first = EventBlock.objects.filter(last_at__gte=at).order_by("number").values_list("number", flat=True).first()
    return Place(first) if first else tip()


@dataclass(frozen=True)
class Behind:
    events: int  # sealed and not streamed; those of the block that is under way count as whole
    since: datetime | None  # the oldest of them


def behind(place: Place) -> Behind:
    """One statement."""
    waiting = EventBlock.objects.filter(number__gte=place.block, removed_at=None)
    said = waiting.aggregate(events=Sum("count"), since=Min("first_at"))
    return Behind(said["events"] or 0, said["since"])
