"""Proves the log: every block follows the one before, every seal is ours, every event is as it was sealed."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django.db.models import Max, Q, QuerySet

from authorizations.events import chain
from authorizations.events.models import Event, EventBlock
from authorizations.services.sealing import signing
from authorizations.services.sealing.sealer import claims, still_open

SPANS = 200  # ranges in one statement


@dataclass(frozen=True)
class Finding:
    """`what`: changed, missing, inserted, not_removed, block_missing, block_changed, chain_broken, seal_wrong or
    tip_missing. `where`: the id of the event, or the number of the block."""

    what: str
    where: int
    text: str


@dataclass
class Report:
    blocks: int = 0
    events: int = 0
    removed: int = 0
    unsealed: int = 0
    tip: str = ""  # the link of the last block: keep it elsewhere, and ask with it the next time
    findings: list[Finding] = field(default_factory=list)

    @property
    def intact(self) -> bool:
        return not self.findings


def verify(*, now: datetime, tip: str = "", progress: Callable[[int, int], None] | None = None) -> Report:
    """Reads the whole log once, a block at a time: memory stays flat. `tip`: that of an earlier report must be there."""
    report, previous, expected = Report(), "", 1
    seen_tip, covered, high = not tip, _Uncovered(), 0
    last = EventBlock.objects.aggregate(last=Max("number"))["last"] or 0
    for block in EventBlock.objects.order_by("number").iterator(chunk_size=20):
        for number in range(expected, block.number):
            report.findings.append(Finding("block_missing", number, f"Block {number} is gone."))
        broken = block.number != expected
        _check_block(block, "" if broken else previous, report, linked=not broken)
        previous, expected = chain.link(block.seal), block.number + 1
        seen_tip = seen_tip or previous == tip
        covered.add(block.ranges)
        high = max(high, block.last_id)
        report.blocks += 1
        if progress:
            progress(block.number, last)
    if not seen_tip:
        report.findings.append(
            Finding("tip_missing", expected - 1, "The block that the given tip names is gone: the end was cut off.")
        )
    report.tip = previous
    _check_between(covered, high, now, report)
    report.unsealed = Event.objects.filter(id__gt=high).count()
    return report


class _Uncovered:
    """The ids that no block names, below the highest that one does."""

    def __init__(self) -> None:
        self.spans: chain.Ranges = []
        self.high = 0

    def add(self, ranges: chain.Ranges) -> None:
        for first, last in ranges:
            if first > self.high:
                if first > self.high + 1:
                    self.spans.append([self.high + 1, first - 1])
                self.high = last
            else:  # late events, in a gap that was left
                self._fill(first, last)

    def _fill(self, first: int, last: int) -> None:
        found: chain.Ranges = []
        for a, b in self.spans:
            if last < a or first > b:
                found.append([a, b])
                continue
            if a < first:
                found.append([a, first - 1])
            if b > last:
                found.append([last + 1, b])
        self.spans = found
        self.high = max(self.high, last)


def _check_block(block: EventBlock, previous: str, report: Report, *, linked: bool) -> None:
    try:
        said = signing.read(block.seal, signing.BLOCK_TYPE)
    except signing.WrongSeal:
        report.findings.append(Finding("seal_wrong", block.number, f"The seal of block {block.number} is not ours."))
        said = {}
    if said and linked and said.get("previous") != previous:
        report.findings.append(
            Finding("chain_broken", block.number, f"Block {block.number} does not follow the block before it.")
        )
    if block.removed_at is not None:
        _check_removed(block, said, report)
        return
    if said and claims(block, said.get("previous", "")) != said:
        report.findings.append(Finding("block_changed", block.number, f"Block {block.number} is not as it was sealed."))
    _check_events(block, report)


def _check_removed(block: EventBlock, said: dict[str, Any], report: Report) -> None:
    report.removed += block.count
    try:
        summary = signing.read(block.summary, signing.SUMMARY_TYPE)
    except signing.WrongSeal:
        summary = {}
    if summary.get("link") != chain.link(block.seal) or (said and summary.get("count") != said.get("count")):
        report.findings.append(
            Finding("seal_wrong", block.number, f"The summary of the removed block {block.number} is not ours.")
        )
    for rows in _events(block.ranges):
        for number in rows.values_list("pk", flat=True):
            text = f"Event {number} was removed by retention, and is there again."
            report.findings.append(Finding("not_removed", number, text))


def _check_events(block: EventBlock, report: Report) -> None:
    leaves = bytes(block.leaves)
    sealed = {number: leaves[i * chain.LEAF : (i + 1) * chain.LEAF] for i, number in enumerate(chain.ids(block.ranges))}
    for rows in _events(block.ranges):
        for row in rows.values_list(*chain.COLUMNS):  # no objects: this is what takes the time
            report.events += 1
            if chain.leaf_of(row) != sealed.pop(row[0]):
                event = Event(**dict(zip(chain.COLUMNS, row, strict=True)))
                text = f"Event {event.pk} ({event}) is not as it was sealed."
                report.findings.append(Finding("changed", event.pk, text))
    for number in sealed:
        report.findings.append(Finding("missing", number, f"Event {number} of block {block.number} is gone."))


def _check_between(covered: _Uncovered, high: int, now: datetime, report: Report) -> None:
    """An event in a gap that no block waits for was put there afterwards."""
    tip = EventBlock.objects.order_by("-number").first()
    waited = [gap[:2] for gap in still_open(tip, now)]
    for found in _events(covered.spans):
        for event in found.iterator(chunk_size=2000):
            if any(first <= event.pk <= last for first, last in waited):
                continue
            text = f"Event {event.pk} ({event}) was put between sealed ones."
            report.findings.append(Finding("inserted", event.pk, text))


def _events(ranges: chain.Ranges) -> "Iterator[QuerySet[Event]]":
    for start in range(0, len(ranges), SPANS):
        wanted = Q()
        for first, last in ranges[start : start + SPANS]:
            wanted |= Q(id__gte=first, id__lte=last)
        if wanted:
            yield Event.objects.filter(wanted).order_by("id")
