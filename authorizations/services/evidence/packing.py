"""Makes the pack in the background: waits until its events are sealed, writes the files, signs what was written.

Nothing of it is kept until it is whole: a worker that dies leaves a lease that runs out, and the next one begins anew.
"""

import hashlib
import json
import tempfile
import time
import uuid
import zipfile
from collections.abc import Callable, Iterable
from datetime import datetime, timedelta
from typing import IO, Any

from django.conf import settings
from django.db import IntegrityError, transaction
from django.db.models import F, Q, QuerySet

from accounts.models import User
from authorizations.events import chain
from authorizations.events.kinds import Kind
from authorizations.events.models import Event, EventBlock
from authorizations.models import EvidencePack, EvidencePiece, Incident
from authorizations.services import sealing
from authorizations.services.evidence import files, format
from authorizations.services.incidents.affected import Affected
from authorizations.services.incidents.opening import note
from authorizations.services.sealing import signing
from authorizations.services.sealing.sealer import SETTLE

State = EvidencePack.State
UNFINISHED = (State.WAITING, State.RUNNING)
LEASE = timedelta(minutes=2)
PIECE = 256 * 1024
MOST_FAULTS = 3
ROUNDS = 10
Clock = Callable[[], datetime]


class Lost(Exception):
    """Another run has taken it over."""


@transaction.atomic
def request(incident: Incident, *, by: User, now: datetime) -> EvidencePack:
    """The pack that is being made; a second click finds the first one's."""
    try:
        with transaction.atomic():
            made = EvidencePack.objects.create(incident=incident, asked_by=by, asked_at=now)
    except IntegrityError:
        return EvidencePack.objects.get(incident=incident, state__in=UNFINISHED)
    note(Kind.INCIDENT_EXPORT_REQUESTED, incident, by=by, now=now, pack=str(made.pk))
    return made


def claim(*, now: datetime) -> tuple[uuid.UUID, uuid.UUID] | None:
    """Takes the oldest pack that nobody works on and whose events may be sealed by now."""
    free = Q(claimed_until=None) | Q(claimed_until__lt=now)
    waiting = EvidencePack.objects.filter(free, state__in=UNFINISHED, asked_at__lt=now - SETTLE)
    for pk in waiting.order_by("asked_at").values_list("pk", flat=True)[:20]:
        mine = uuid.uuid4()
        if waiting.filter(pk=pk).update(state=State.RUNNING, claim=mine, claimed_until=now + LEASE):
            return pk, mine
    return None


def make(pack_id: uuid.UUID, claimed: uuid.UUID, *, clock: Clock) -> bool:
    """Makes it; False when it did not become ready, which its row says."""
    mine = EvidencePack.objects.filter(pk=pack_id, claim=claimed, state=State.RUNNING)
    pack = mine.select_related("incident__opened_by", "asked_by").first()
    if pack is None:
        return False
    try:
        _seal(pack, clock, lambda: _still(mine, clock))
        with tempfile.TemporaryFile() as file:
            rows = _write(file, pack, lambda: _still(mine, clock))
            _keep(file, pack, mine, rows, clock)
        return True
    except Lost:
        return False
    except Exception as fault:  # noqa: BLE001  (whatever it was, the row says that there is no file)
        mine.update(faults=F("faults") + 1, problem=f"It could not be written ({type(fault).__name__}).")
        mine.filter(faults__gte=MOST_FAULTS).update(state=State.FAILED, claim=None, claimed_until=None)
        return False


def _still(mine: QuerySet[EvidencePack], clock: Clock) -> None:
    if not mine.update(claimed_until=clock() + LEASE):
        raise Lost


def _seal(pack: EvidencePack, clock: Clock, alive: Callable[[], None]) -> None:
    """Seals what happened until the pack was asked for. A block that another worker made counts as well as ours; what
    cannot be sealed is in the pack all the same, and listed as not sealed."""
    for _ in range(ROUNDS):
        while sealing.seal_next(clock()):
            alive()
        high = EventBlock.objects.order_by("-number").values_list("high_id", flat=True).first() or 0
        if not Event.objects.filter(pk__gt=high, at__lte=pack.asked_at).exists():
            return
        time.sleep(0.2)


class _Writer:
    """Adds files to the archive, and keeps the digest of each."""

    def __init__(self, archive: zipfile.ZipFile, at: datetime, alive: Callable[[], None]) -> None:
        self.archive, self.at, self.alive = archive, at, alive
        self.digests: dict[str, dict[str, Any]] = {}

    def add(self, name: str, parts: Iterable[bytes]) -> None:
        digest, size = hashlib.sha256(), 0
        entry = zipfile.ZipInfo(name, self.at.timetuple()[:6])
        entry.compress_type = zipfile.ZIP_DEFLATED
        with self.archive.open(entry, "w", force_zip64=True) as there:
            for part in parts:
                there.write(part)
                digest.update(part)
                size += len(part)
                self.alive()
        self.digests[name] = {"sha256": digest.hexdigest(), "size": size}


def _write(file: IO[bytes], pack: EvidencePack, alive: Callable[[], None]) -> int:
    """Returns how many events are in it."""
    affected, ids, covered = Affected(pack.incident), [], []  # type: ignore[var-annotated]
    found = files.in_pack(affected, pack.asked_at)
    with zipfile.ZipFile(file, "w") as archive:
        writer = _Writer(archive, pack.asked_at, alive)
        writer.add("people.csv", files.people(affected))
        writer.add("organizations.csv", files.organizations(affected))
        writer.add("authorizations.csv", files.authorizations(affected))
        writer.add("connections.csv", files.connections(affected))
        writer.add(format.EVENTS, files.events(found, ids))
        writer.add("events.csv", files.events_to_read(found.filter(pk__lte=ids[-1] if ids else 0)))
        writer.add(format.BLOCKS, files.blocks(ids, covered))
        unsealed = sorted(set(ids) - set(covered))
        said = files.document(affected, asked_at=pack.asked_at, by=str(pack.asked_by), unsealed=unsealed, ids=ids)
        writer.add(format.DOCUMENT, [json.dumps(said, indent=1, ensure_ascii=False).encode()])
        writer.add("report.html", [files.report(affected, said)])
        writer.add(format.KEYS, [files.keys()])
        writer.add("README.txt", [format.README.encode()])
        _sign(writer, pack, ids, unsealed)
    return len(ids)


def _sign(writer: _Writer, pack: EvidencePack, ids: list[int], unsealed: list[int]) -> None:
    manifest = {
        "type": format.TYPE,
        "format": format.FORMAT,
        "issuer": settings.ISSUER,
        "incident": pack.incident.reference,
        "asked_at": pack.asked_at.isoformat(),
        "files": dict(writer.digests),
        "events": {"count": len(ids), "ranges": chain.ranges(ids), "not_sealed": unsealed},
    }
    text = json.dumps(manifest, indent=1, sort_keys=True).encode()
    claims = {"sha256": hashlib.sha256(text).hexdigest(), "incident": pack.incident.reference, "iss": settings.ISSUER}
    writer.add(format.MANIFEST, [text])
    writer.add(format.SIGNATURE, [signing.sign(claims, format.SIGNATURE_TYPE).encode()])


@transaction.atomic
def _keep(file: IO[bytes], pack: EvidencePack, mine: QuerySet[EvidencePack], rows: int, clock: Clock) -> None:
    """The pieces, the state and the event: all or nothing."""
    digest, size, number = hashlib.sha256(), 0, 0
    file.seek(0)
    EvidencePiece.objects.filter(pack=pack).delete()
    while data := file.read(PIECE):
        EvidencePiece.objects.create(pack=pack, number=number, data=data)
        digest.update(data)
        size, number = size + len(data), number + 1
    said = {"size": size, "sha256": digest.hexdigest(), "rows": rows}
    now = clock()
    if not mine.update(state=State.READY, finished_at=now, claim=None, claimed_until=None, problem="", **said):
        raise Lost
    note(Kind.INCIDENT_EXPORTED, pack.incident, by=pack.asked_by, now=now, pack=str(pack.pk), **said)


def content(pack: EvidencePack) -> Iterable[bytes]:
    for piece in EvidencePiece.objects.filter(pack=pack).order_by("number").iterator(chunk_size=1):
        yield bytes(piece.data)
