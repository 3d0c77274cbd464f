"""Receipts are written with what they prove, in one transaction, and never changed by hand."""

import json
import secrets
from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any

from django.db import IntegrityError, transaction
from django.db.models import QuerySet

from accounts.models import User
from authorizations import bulk
from authorizations.models import Authorization, Receipt, ReceiptItem
from oauthapps.digests import derived, same

# Crockford's base 32 without 0, 1 and the letters that read like them.
ALPHABET = "23456789ABCDEFGHJKMNPQRSTVWXYZ"


def new_reference(kind: str = "R") -> str:
    """R-7K3M-Q2TD: 39 random bits, to be read out and typed in."""
    first, second = ("".join(secrets.choice(ALPHABET) for _ in range(4)) for _ in range(2))
    return f"{kind}-{first}-{second}"


def start(
    person: User, what: Receipt.What, *, by: User | None, reason: str, now: datetime, selection: str = ""
) -> Receipt:
    """An empty receipt; `add` fills it in the same transaction."""
    for _ in range(4):
        new = made(person, what, by=by, reason=reason, now=now, selection=selection)
        try:
            with transaction.atomic():
                new.save(force_insert=True)
        except IntegrityError:
            continue  # the reference is taken: once in hundreds of millions
        return new
    raise RuntimeError("No free reference was found for a receipt.")


def made(
    person: User, what: Receipt.What, *, by: User | None, reason: str, now: datetime, selection: str = ""
) -> Receipt:
    """An unsaved, empty one."""
    return Receipt(
        reference=new_reference(),
        person=person,
        what=what,
        selection=selection,
        actor_id=str(by.pk) if by else "",
        actor_name=str(by)[:200] if by else "",
        reason=reason,
        at=now,
    )


def write_all(filled: Sequence[tuple[Receipt, Sequence[ReceiptItem], Sequence[datetime]]]) -> None:
    """Many new receipts with their items and the ends of their access tokens: three statements, in the caller's
    transaction. Among very many receipts a new reference may be taken: it is drawn again."""
    taken = set(
        Receipt.objects.filter(reference__in=[r.reference for r, _, _ in filled]).values_list("reference", flat=True)
    )
    for receipt, items, ends in filled:
        while receipt.reference in taken:
            receipt.reference = new_reference()
            if Receipt.objects.filter(reference=receipt.reference).exists():
                taken.add(receipt.reference)
        taken.add(receipt.reference)
        _count(receipt, items, fresh=len(ends), ends=max(ends, default=None))
        for item in items:
            item.receipt = receipt
        receipt.seal = _seal(receipt, items)
    bulk.insert(Receipt, [receipt for receipt, _, _ in filled])
    bulk.insert(ReceiptItem, [item for _, items, _ in filled for item in items])


def add(receipt: Receipt, items: Sequence[ReceiptItem], *, fresh: int, ends: datetime | None) -> None:
    """Adds what was stopped, counts it, and seals the receipt anew."""
    for item in items:
        item.receipt = receipt
    ReceiptItem.objects.bulk_create(items, batch_size=500)
    _count(receipt, items, fresh=fresh, ends=ends)
    receipt.seal = seal(receipt)
    receipt.save(
        update_fields=["services", "connections", "codes", "fresh_connections", "access_tokens_end_at", "seal"]
    )


def _count(receipt: Receipt, items: Sequence[ReceiptItem], *, fresh: int, ends: datetime | None) -> None:
    receipt.services += len({item.authorization_id for item in items})
    receipt.connections += sum(item.connections for item in items)
    receipt.codes += sum(item.codes for item in items)
    receipt.fresh_connections += fresh
    receipt.access_tokens_end_at = max(filter(None, (receipt.access_tokens_end_at, ends)), default=None)


def seal(receipt: Receipt) -> str:
    """What only this server can compute from the facts of the receipt."""
    return _seal(receipt, receipt.items.order_by("pk"))


def _seal(receipt: Receipt, items: Iterable[ReceiptItem]) -> str:
    facts = [_facts(receipt, RECEIPT_FACTS), *(_facts(item, ITEM_FACTS) for item in items)]
    return derived("receipt-row", json.dumps(facts, separators=(",", ":")))


def is_intact(receipt: Receipt) -> bool:
    """False when somebody edited the row or its items after they were written."""
    return same(receipt.seal, seal(receipt))


RECEIPT_FACTS = (
    "reference",
    "person_id",
    "what",
    "selection",
    "actor_id",
    "actor_name",
    "reason",
    "at",
    "services",
    "connections",
    "codes",
    "fresh_connections",
    "access_tokens_end_at",
)
# Not the authorization: its row may be swept one day.
ITEM_FACTS = ("connection_id", "device", "app_id", "app_name", "publisher", "connections", "codes", "last_used_at")


def _facts(row: Any, names: Iterable[str]) -> list[str]:
    values = (getattr(row, name) for name in names)
    return [v.isoformat() if isinstance(v, datetime) else str(v) for v in values]


def of(person: User) -> QuerySet[Receipt]:
    return Receipt.objects.filter(person=person)


def of_connection(person: User, connection_id: Any) -> Receipt | None:
    """The receipt of a connection that the person ended."""
    return of(person).filter(items__connection_id=connection_id).order_by("-at").first()


def of_authorization(authorization: Authorization) -> Receipt | None:
    """The receipt of its last revocation; none when it simply expired."""
    if authorization.revoked_at is None:
        return None
    found = Receipt.objects.filter(
        items__authorization=authorization, items__connection_id=None, at=authorization.revoked_at
    )
    return found.order_by("-at").first()
