"""Digests: the notices a person has not read, in one mail. Written to the outbox like any other message."""

import uuid
from datetime import datetime

from django.db import transaction
from django.db.models import Q

from authorizations.notifications import preferences
from authorizations.notifications.compose import NAMESPACE
from authorizations.notifications.models import MailSettings, Message, Notice

BATCH = 100
MOST = 20  # notices in one mail; the rest is counted


@transaction.atomic
def write_due(*, now: datetime, limit: int = BATCH) -> int:
    """Digests that are due, for up to `limit` people. Each moves on to its next day, whether there was news or not."""
    due = MailSettings.objects.filter(digest_due_at__lte=now).select_for_update(skip_locked=True)
    batch = list(due.order_by("digest_due_at")[:limit])
    for chosen in batch:
        _write(chosen, now)
        following = preferences.next_digest(chosen.digest, now)
        MailSettings.objects.filter(pk=chosen.pk).update(digest_due_at=following)
    return len(batch)


def _write(chosen: MailSettings, now: datetime) -> None:
    due = chosen.digest_due_at
    period = preferences.PERIODS.get(MailSettings.Digest(chosen.digest))
    if due is None or period is None:
        return
    mine = Notice.objects.filter(person_id=chosen.person_id, read_at=None, cancelled_at=None)
    # Those of the period, and those whose own mail was held for longer because no digest could leave.
    waiting = Q(messages__sent_at=None, messages__dropped_at=None, messages__channel=Message.Channel.MAIL)
    found = list(
        mine.filter(Q(created_at__gt=due - period) | waiting, created_at__lte=now)
        .order_by("-created_at")
        .values_list("pk", flat=True)
        .distinct()
    )
    _take_along(chosen, now)
    if found:
        Message.objects.bulk_create([_message(chosen, found, due, now)], ignore_conflicts=True)


def _take_along(chosen: MailSettings, now: datetime) -> None:
    """The held mails themselves: told in the digest, or read already."""
    held = Message.objects.filter(
        notice__person_id=chosen.person_id, sent_at=None, dropped_at=None, attempts=0, due_at__gt=now
    )
    held.update(dropped_at=now, problem="told in the digest")


def _message(chosen: MailSettings, found: list[uuid.UUID], due: datetime, now: datetime) -> Message:
    return Message(
        id=uuid.uuid5(NAMESPACE, f"digest\x00{chosen.person_id}\x00{due.isoformat()}"),
        channel=Message.Channel.DIGEST,
        person_id=chosen.person_id,
        payload={"notices": [str(pk) for pk in found[:MOST]], "more": max(0, len(found) - MOST)},
        created_at=now,
        due_at=now,
    )
