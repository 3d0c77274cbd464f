"""A copy of everything the portal knows about a person: at once when it is short, in the background when it is long.

The background work is a row: where it stands, who works on it, until when. A worker that dies leaves a lease that runs
out, and the next one goes on after the last part that was written.
"""

import json
import uuid
import zlib
from collections.abc import Iterable, Iterator
from datetime import datetime, timedelta

from django.db import IntegrityError, transaction
from django.db.models import Q

from accounts.models import User
from authorizations.events.kinds import Kind
from authorizations.events.log import record
from authorizations.models import Export, ExportPart
from authorizations.services.export_rows import SECTIONS, Row, read
from oauthapps.digests import derived, same

SMALL = 5_000  # rows that are made while the person waits
BATCH = 1_000
LEASE = timedelta(minutes=2)
KEPT = timedelta(days=7)
State = Export.State
UNFINISHED = (State.WAITING, State.RUNNING)
Batches = Iterable[tuple[str, list[Row]]]


def size(person: User) -> dict[str, int]:
    """How many rows each section has."""
    return {section.name: section.found(person).count() for section in SECTIONS}


def live_rows(person: User) -> Iterator[tuple[str, list[Row]]]:
    """Every section in order, as it is now; one with no rows comes once, empty."""
    for section in SECTIONS:
        after = ""
        while True:
            rows, after = read(section, person, after, BATCH)
            yield section.name, rows
            if not after:
                break


def stored_rows(export: Export) -> Iterator[tuple[str, list[Row]]]:
    """What the background work wrote, part by part."""
    for part in export.parts.order_by("number").iterator(chunk_size=1):
        yield part.section, json.loads(zlib.decompress(part.data))


@transaction.atomic
def note_exported(person: User, *, how: str, now: datetime) -> None:
    """A copy left the portal: that is in the log, too."""
    record(Kind.DATA_EXPORTED, now=now, actor=person, person=person, subject=("person", person.pk), detail={"as": how})


def request_export(person: User, *, now: datetime) -> Export:
    """The export that is being made for the person; a second click finds the first one's."""
    total = sum(size(person).values())
    try:
        with transaction.atomic():
            made = Export.objects.create(person=person, created_at=now, rows_total=total)
            record(
                Kind.DATA_EXPORT_REQUESTED, now=now, actor=person, person=person, subject=("export", made.pk), detail={}
            )
            return made
    except IntegrityError:
        return Export.objects.get(person=person, state__in=UNFINISHED)


def latest(person: User, *, now: datetime) -> Export | None:
    """The one that is being made, or the last one that is still kept."""
    kept = Q(expires_at=None) | Q(expires_at__gt=now)
    return Export.objects.filter(kept, person=person).order_by("-created_at").first()


def token_of(export: Export) -> str:
    """Stands in the address of the file, so that an id that leaked somewhere opens nothing. Computed, never stored."""
    return derived("export", str(export.pk), 24)


def opens(export: Export, token: str) -> bool:
    return same(token_of(export).encode().hex(), token.encode("utf-8", "replace").hex())


def claim(*, now: datetime) -> tuple[uuid.UUID, uuid.UUID] | None:
    """Takes the oldest export that nobody works on: (its id, this run's claim); None when there is none."""
    free = Q(claimed_until=None) | Q(claimed_until__lt=now)
    waiting = Export.objects.filter(free, state__in=UNFINISHED)
    for pk in waiting.order_by("created_at").values_list("pk", flat=True)[:20]:
        mine = uuid.uuid4()
        if waiting.filter(pk=pk).update(state=State.RUNNING, claim=mine, claimed_until=now + LEASE):
            return pk, mine
    return None


def advance(export_id: uuid.UUID, claimed: uuid.UUID, *, now: datetime) -> bool:
    """Writes the next part; False when it is finished, stopped, or another run has taken it over."""
    export = Export.objects.select_related("person").filter(pk=export_id, claim=claimed, state=State.RUNNING).first()
    if export is None:
        return False
    if not export.person.is_active:
        _finish(export, claimed, State.FAILED, now)
        return False
    if export.section >= len(SECTIONS):
        _finish(export, claimed, State.READY, now)
        return False
    return _write(export, claimed, now)


@transaction.atomic
def _write(export: Export, claimed: uuid.UUID, now: datetime) -> bool:
    section = SECTIONS[export.section]
    rows, after = read(section, export.person, export.after, BATCH)
    # Conditional: of two runs that both think it is theirs, one writes this part.
    here = Export.objects.filter(pk=export.pk, claim=claimed, section=export.section, after=export.after)
    moved = here.update(
        section=export.section if after else export.section + 1,
        after=after,
        rows_done=export.rows_done + len(rows),
        claimed_until=now + LEASE,
    )
    if not moved:
        return False
    number = export.parts.count()
    data = zlib.compress(json.dumps(rows, separators=(",", ":")).encode())
    ExportPart.objects.create(export=export, number=number, section=section.name, data=data)
    return True


def _finish(export: Export, claimed: uuid.UUID, state: Export.State, now: datetime) -> None:
    Export.objects.filter(pk=export.pk, claim=claimed).update(
        state=state, finished_at=now, expires_at=now + KEPT, claim=None, claimed_until=None
    )
    if state == State.FAILED:
        ExportPart.objects.filter(export=export).delete()


def forget_old(*, now: datetime, limit: int = 20) -> int:
    """Removes copies whose seven days are over; returns how many."""
    old = list(Export.objects.filter(expires_at__lte=now).order_by("expires_at").values_list("pk", flat=True)[:limit])
    Export.objects.filter(pk__in=old).delete()
    return len(old)
