"""What waits to be done: messages to send, events to seal. Read by probes, so each answer is cheap however much waits."""

from dataclasses import dataclass
from datetime import datetime

from django.db.models import Count, Min, Q

from authorizations.events.models import Event, EventBlock
from authorizations.notifications.models import Message

MOST_COUNTED = 100_000


@dataclass(frozen=True)
class Waiting:
    count: int  # MOST_COUNTED means that many, or more
    age: float  # seconds that the oldest waits


def overdue(now: datetime) -> float:
    """Seconds since the message that waits longest should have left. One statement, on the index of what waits."""
    oldest = Message.objects.filter(sent_at=None, dropped_at=None).aggregate(at=Min("due_at"))["at"]
    return max(0.0, (now - oldest).total_seconds()) if oldest else 0.0


def outbox(now: datetime) -> dict[str, Waiting]:
    """Per channel: messages that have not left, and how long the oldest of them is overdue."""
    rows = (
        Message.objects.filter(sent_at=None, dropped_at=None)
        .values_list("channel")
        .annotate(count=Count("pk"), due=Min("due_at"))
    )
    found = {str(channel): Waiting(0, 0.0) for channel in Message.Channel.values}
    for channel, count, due in rows:
        found[channel] = Waiting(count, max(0.0, (now - due).total_seconds()))
    return found


def given_up() -> int:
    """Messages that were dropped after attempts, and are still kept."""
    return Message.objects.filter(~Q(dropped_at=None), attempts__gt=0, problem__startswith="given up").count()


def unsealed(now: datetime) -> Waiting:
    """Events after the last block. Two or three statements."""
    high = EventBlock.objects.order_by("-number").values_list("high_id", flat=True).first() or 0
    after = Event.objects.filter(pk__gt=high)
    oldest = after.order_by("pk").values_list("at", flat=True).first()
    if oldest is None:
        return Waiting(0, 0.0)
    count = after.order_by("pk").values("pk")[:MOST_COUNTED].count()
    return Waiting(count, max(0.0, (now - oldest).total_seconds()))
