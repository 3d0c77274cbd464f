"""Makes the next block."""

from datetime import datetime, timedelta
from typing import Any

from django.db import IntegrityError, transaction
from django.db.models import Q

from authorizations.events import chain
from authorizations.events.models import Event, EventBlock
from authorizations.services.sealing import signing

BLOCK = 1000  # events
# Transactions take milliseconds; after this a block has few gaps.
SETTLE = timedelta(seconds=5)
# A gap that nobody filled by then was a transaction that failed. An event that comes into it later is a finding.
GAP_STAYS_OPEN = timedelta(hours=1)
MOST_GAPS = 500


def seal_next(now: datetime) -> int:
    """Seals up to BLOCK events that are settled and in no block yet; returns how many. Two at once make one block."""
    tip = EventBlock.objects.order_by("-number").first()
    gaps = still_open(tip, now)
    events = list(_unsealed(tip, gaps, now).values_list(*chain.COLUMNS)[:BLOCK])
    if not events:
        return 0
    try:
        with transaction.atomic():
            _block(tip, events, gaps, now).save(force_insert=True)
    except IntegrityError:
        return 0  # another worker made this block
    return len(events)


def still_open(tip: EventBlock | None, now: datetime) -> list[list[float]]:
    """The gaps of the last block into which an event may still come."""
    if tip is None:
        return []
    return [gap for gap in tip.open_gaps if now.timestamp() - gap[2] < GAP_STAYS_OPEN.total_seconds()][-MOST_GAPS:]


def _unsealed(tip: EventBlock | None, gaps: list[list[float]], now: datetime) -> Any:
    settled = Event.objects.filter(at__lte=now - SETTLE).order_by("id")
    if tip is None:
        return settled
    wanted = Q(id__gt=tip.high_id)
    for first, last, _ in gaps:
        wanted |= Q(id__gte=first, id__lte=last)
    return settled.filter(wanted)


def _block(tip: EventBlock | None, events: list[tuple[Any, ...]], gaps: list[list[float]], now: datetime) -> EventBlock:
    ids, times = [row[0] for row in events], [row[chain.AT] for row in events]
    ranges = chain.ranges(ids)
    leaves = b"".join(map(chain.leaf_of, events))
    block = EventBlock(
        number=tip.number + 1 if tip else 1,
        ranges=ranges,
        first_id=ids[0],
        last_id=ids[-1],
        high_id=max(ids[-1], tip.high_id if tip else 0),
        count=len(ids),
        first_at=min(times),
        last_at=max(times),
        leaves=leaves,
        open_gaps=_gaps(tip, ids, gaps, now),
        sealed_at=now,
    )
    block.seal = signing.sign(claims(block, chain.link(tip.seal) if tip else ""), signing.BLOCK_TYPE)
    return block


def _gaps(tip: EventBlock | None, ids: list[int], gaps: list[list[float]], now: datetime) -> list[list[float]]:
    """Those waited for before that did not come, and the new ones between the highest id so far and this block's."""
    still = []
    for first, last, since in gaps:
        still += [[a, b, since] for a, b in chain.minus([[int(first), int(last)]], ids)]
    high = tip.high_id if tip else 0
    fresh = chain.minus([[high + 1, ids[-1]]], ids) if ids[-1] > high else []
    return [*still, *([a, b, now.timestamp()] for a, b in fresh)]


def claims(block: EventBlock, previous: str) -> dict[str, Any]:
    """What a seal says: nothing about the block can change without the seal being wrong."""
    return {
        "format": chain.FORMAT,
        "number": block.number,
        "previous": previous,
        "ranges": block.ranges,
        "high_id": block.high_id,
        "count": block.count,
        "open_gaps": block.open_gaps,
        "digest": chain.digest(bytes(block.leaves)),
        "first_at": block.first_at.isoformat(),
        "last_at": block.last_at.isoformat(),
        "sealed_at": block.sealed_at.isoformat(),
    }
