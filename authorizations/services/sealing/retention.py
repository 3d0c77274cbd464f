"""Removes whole blocks whose events are older than retention allows, and leaves a signed summary of each."""

from collections import Counter
from datetime import datetime

from django.conf import settings
from django.db import transaction

from authorizations.events import chain
from authorizations.events.models import Event, EventBlock
from authorizations.services.sealing import signing


def remove_old(now: datetime) -> int:
    """Removes one block that is over; returns how many events went. Nothing is removed while retention is not set."""
    if settings.EVENT_RETENTION is None:
        return 0
    over = EventBlock.objects.filter(removed_at=None, last_at__lt=now - settings.EVENT_RETENTION).order_by("number")
    block = over.first()
    return _remove(block, now) if block else 0


@transaction.atomic
def _remove(block: EventBlock, now: datetime) -> int:
    events = Event.objects.filter(pk__in=list(chain.ids(block.ranges)))
    summary = {
        "number": block.number,
        "link": chain.link(block.seal),
        "count": block.count,
        "first_at": block.first_at.isoformat(),
        "last_at": block.last_at.isoformat(),
        "names": dict(Counter(events.values_list("name", flat=True))),
        "removed_at": now.isoformat(),
    }
    won = EventBlock.objects.filter(pk=block.pk, removed_at=None).update(
        removed_at=now, summary=signing.sign(summary, signing.SUMMARY_TYPE), leaves=b""
    )
    if not won:
        return 0
    return events.delete()[0]
