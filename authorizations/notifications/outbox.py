"""The state of a message between "written" and "sent": claimed for a while, sent, tried again later, or given up.

Every change is one conditional UPDATE, so any number of workers may deliver at once. A worker that dies holds its
messages until the claim ends; then another takes them, and the receiver may get one twice under the same id.
"""

from collections.abc import Collection, Sequence
from datetime import datetime, timedelta
from uuid import UUID

from django.db import models, transaction

from authorizations.notifications.models import Message

BATCH = 20
CLAIM = timedelta(minutes=5)
FIRST_WAIT, LONGEST_WAIT = timedelta(minutes=1), timedelta(hours=6)
# Waits grow threefold up to six hours: this many refusals are about two days.
MOST_REFUSALS = 14
SERVER_AWAY = timedelta(minutes=1)

Waiting = models.QuerySet[Message]


def _due(channels: Collection[str], now: datetime) -> Waiting:
    unclaimed = models.Q(claimed_until=None) | models.Q(claimed_until__lte=now)
    return Message.objects.filter(unclaimed, sent_at=None, dropped_at=None, due_at__lte=now, channel__in=channels)


@transaction.atomic
def claim(channels: Collection[str], *, now: datetime) -> list[UUID]:
    """Takes the messages that are due, longest waiting first. Workers that claim at once pass each other's rows by."""
    found = _due(channels, now).select_for_update(skip_locked=True).order_by("due_at", "id")
    ids = list(found.values_list("pk", flat=True)[:BATCH])
    _due(channels, now).filter(pk__in=ids).update(claimed_until=now + CLAIM, attempts=models.F("attempts") + 1)
    return ids


def load(pk: UUID, *, claimed_at: datetime) -> Message | None:
    """The message as it is now, with whom it is for; None when it was cancelled or taken over meanwhile."""
    return _claimed(pk, claimed_at).select_related("notice__person__mail_settings", "person__mail_settings").first()


def _claimed(pk: UUID, claimed_at: datetime) -> Waiting:
    return Message.objects.filter(pk=pk, claimed_until=claimed_at + CLAIM, sent_at=None, dropped_at=None)


def sent(message: Message, *, now: datetime) -> None:
    # Whoever else holds it by now: it has left, and that is what counts.
    Message.objects.filter(pk=message.pk, sent_at=None).update(
        sent_at=now, claimed_until=None, dropped_at=None, problem=""
    )


def drop(message: Message, problem: str, *, now: datetime) -> None:
    """Nothing more is tried, and `problem` says why."""
    Message.objects.filter(pk=message.pk, sent_at=None, dropped_at=None).update(
        dropped_at=now, claimed_until=None, problem=problem[:300]
    )


def hold(message: Message, until: datetime, problem: str) -> None:
    """It waits, and that is no failed attempt."""
    _claimed_again(message).update(
        due_at=until, claimed_until=None, attempts=models.F("attempts") - 1, problem=problem[:300]
    )


def try_again(message: Message, problem: str, *, now: datetime) -> None:
    """It did not get through. Waits longer each time, and never gives up by itself."""
    wait = min(FIRST_WAIT * 3 ** min(message.attempts - 1, 10), LONGEST_WAIT)
    _claimed_again(message).update(due_at=now + wait, claimed_until=None, problem=problem[:300])


def refused(message: Message, problem: str, *, now: datetime) -> bool:
    """The receiver said no to this one message: tried again for about two days, then given up. True: it was."""
    if message.attempts >= MOST_REFUSALS:
        drop(message, f"given up after {message.attempts} attempts: {problem}", now=now)
        return True
    try_again(message, problem, now=now)
    return False


def release(ids: Sequence[UUID], *, claimed_at: datetime, due_at: datetime | None = None, problem: str = "") -> None:
    """Gives back what was claimed and not tried."""
    changes: dict[str, object] = {"claimed_until": None, "attempts": models.F("attempts") - 1}
    if due_at:
        changes |= {"due_at": due_at, "problem": problem[:300]}
    Message.objects.filter(
        pk__in=ids, claimed_until=claimed_at + CLAIM, sent_at=None, dropped_at=None, attempts__gt=0
    ).update(**changes)


def _claimed_again(message: Message) -> Waiting:
    """Only while the claim is ours: a slower worker must not undo what a quicker one did."""
    return Message.objects.filter(pk=message.pk, claimed_until=message.claimed_until, sent_at=None, dropped_at=None)
