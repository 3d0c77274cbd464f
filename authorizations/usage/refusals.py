"""The first call that was refused after a revocation, from the buffer to the receipts.

A note is `refused:<authorization>:<connection>:<call>` with an instant; either id may be missing. Only tokens and codes
that we once issued lead here, so nobody can make up a refusal.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from uuid import UUID

from django.db.models import Q

from authorizations.models import ReceiptItem

PREFIX = "refused:"
# Processes need not agree on the time to the second: a refusal "before" the revocation by less is one after it.
SKEW = timedelta(seconds=5)
BATCH = 200


@dataclass(frozen=True)
class Refused:
    authorization: UUID | None  # revoked
    connection: UUID | None  # what the token belongs to
    call: str
    at: datetime


def key(authorization: UUID | None, connection: UUID | None, call: str) -> str:
    return f"{PREFIX}{authorization or ''}:{connection or ''}:{call}"


def sorted_out(seen: dict[str, float]) -> tuple[list[Refused], dict[str, float]]:
    """What was refused, the earliest first, and all other notes."""
    found = [_read(k, at) for k, at in seen.items() if k.startswith(PREFIX)]
    return sorted(found, key=lambda r: r.at), {k: at for k, at in seen.items() if not k.startswith(PREFIX)}


def _read(noted: str, at: float) -> Refused:
    authorization, connection, call = noted.removeprefix(PREFIX).split(":")
    return Refused(
        UUID(authorization) if authorization else None,
        UUID(connection) if connection else None,
        call,
        datetime.fromtimestamp(at, UTC),
    )


def write(refused: list[Refused]) -> None:
    """One statement finds the receipts that still wait, however often a stopped service keeps knocking."""
    for start in range(0, len(refused), BATCH):
        batch = refused[start : start + BATCH]
        items = _concerned(batch)
        for refusal in batch:
            _fill(refusal, [item for item in items if _concerns(item, refusal)])


def _concerned(batch: Iterable[Refused]) -> list[ReceiptItem]:
    authorizations = {r.authorization for r in batch if r.authorization}
    connections = {r.connection for r in batch if r.connection}
    latest = max(r.at for r in batch)
    about = Q(authorization_id__in=authorizations, connection_id=None) | Q(connection_id__in=connections)
    # A later flush may bring an earlier refusal: those of another process.
    waiting = Q(first_refused_at=None) | Q(first_refused_at__gt=min(r.at for r in batch))
    found = ReceiptItem.objects.select_related("receipt").filter(about, waiting)
    return list(found.filter(restored_at=None, receipt__at__lte=latest + SKEW).order_by("pk"))


def _concerns(item: ReceiptItem, refusal: Refused) -> bool:
    if refusal.at + SKEW < item.receipt.at:
        return False
    if item.connection_id is not None:
        return item.connection_id == refusal.connection
    return item.authorization_id is not None and item.authorization_id == refusal.authorization


def _fill(refusal: Refused, items: Iterable[ReceiptItem]) -> None:
    for item in items:
        at = max(refusal.at, item.receipt.at)
        earlier = Q(first_refused_at=None) | Q(first_refused_at__gt=at)
        ReceiptItem.objects.filter(earlier, pk=item.pk, restored_at=None).update(
            first_refused_at=at, first_refused_call=refusal.call
        )
