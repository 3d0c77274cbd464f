"""Receipts as documents that leave the portal, and whether a document that comes back is one of ours.

The seal is over what the document says, so it stands by itself: nobody has to be signed in, and no row has to exist any
more, to tell a genuine document from one that was changed.
"""

import json
import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django.conf import settings

from authorizations.models import Receipt, ReceiptItem
from oauthapps.digests import derived, same

TYPE = "gatehouse.revocation-receipt"
VERSION = 1
# A receipt of a thousand services is about 400 kB.
LONGEST = 4 * 1024 * 1024
SEAL_LINE = re.compile(r"^Seal: +([A-Za-z0-9_-]{20,64})$")


class NotReadable(Exception):
    """The text is no receipt at all; the words say what it lacks, for the person who pasted it."""


def as_json(receipt: Receipt, *, now: datetime) -> str:
    """The document for programs, sealed over its canonical form."""
    document = described(receipt, now)
    return json.dumps(document | {"seal": _seal_of(document)}, indent=2, ensure_ascii=False) + "\n"


def described(receipt: Receipt, now: datetime) -> dict[str, Any]:
    person = receipt.person
    return {
        "type": TYPE,
        "version": VERSION,
        "issuer": settings.ISSUER,
        "reference": receipt.reference,
        "what": receipt.what,
        "revoked_at": _instant(receipt.at),
        "revoked_by": who(receipt),
        "reason": receipt.reason,
        "person": {"id": str(person.pk), "name": person.display_name, "user_name": person.principal_name},
        "stopped": {
            "services": receipt.services,
            "connections": receipt.connections,
            "refresh_tokens": receipt.connections,
            "pending_authorization_codes": receipt.codes,
            "connections_with_an_unexpired_access_token": receipt.fresh_connections,
            "access_tokens_end_by_themselves_at": _instant(receipt.access_tokens_end_at),
        },
        "services": [_service(item) for item in receipt.items.order_by("app_name", "pk")],
        "issued_at": _instant(now),
        "verify_at": f"{settings.ISSUER}/receipts/verify",
    }


def _service(item: ReceiptItem) -> dict[str, Any]:
    refused = {"at": _instant(item.first_refused_at), "call": item.first_refused_call}
    return {
        "name": item.app_name,
        "publisher": item.publisher,
        "app_id": item.app_id,
        "connection": str(item.connection_id) if item.connection_id else None,
        "connections": item.connections,
        "pending_authorization_codes": item.codes,
        "last_used_at": _instant(item.last_used_at),
        "first_refused_call": refused if item.first_refused_at else None,
        "restored_at": _instant(item.restored_at),
    }


def who(receipt: Receipt) -> str:
    """The person, operations, or the portal itself. Which member of staff it was stands in the event log."""
    if not receipt.actor_id:
        return "portal"
    return "person" if receipt.actor_id == str(receipt.person_id) else "operations"


def as_text(receipt: Receipt, *, now: datetime) -> str:
    """The document for people: plain lines, sealed over every word of them."""
    lines = list(_lines(described(receipt, now)))
    return "\n".join([*lines, "", f"Seal: {_seal_of_lines(lines)}", ""])


def _lines(document: dict[str, Any]) -> Iterable[str]:
    stopped, person = document["stopped"], document["person"]
    yield f"Revocation receipt {document['reference']}"
    yield f"Issued by {document['issuer']} at {document['issued_at']}"
    yield ""
    yield f"Revoked at:    {document['revoked_at']}"
    yield f"Revoked by:    {document['revoked_by']}"
    yield f"Person:        {_line(person['name'])} <{_line(person['user_name'])}>, {person['id']}"
    yield f"Services:      {stopped['services']}"
    yield f"Connections:   {stopped['connections']}, each with its refresh token"
    yield f"Pending codes: {stopped['pending_authorization_codes']}"
    yield f"Access tokens: refused here from {document['revoked_at']}"
    if stopped["access_tokens_end_by_themselves_at"]:
        held = stopped["connections_with_an_unexpired_access_token"]
        yield f"               held unexpired by {held} of the connections, the last until {stopped['access_tokens_end_by_themselves_at']}"
    for service in document["services"]:
        yield from _service_lines(service)
    yield ""
    yield f"To check this document, paste all of it at {document['verify_at']}"


def _service_lines(service: dict[str, Any]) -> Iterable[str]:
    refused = service["first_refused_call"]
    yield ""
    yield f"{_line(service['name'])} by {_line(service['publisher'])}, app {service['app_id']}"
    if service["connection"]:
        yield f"  connection {service['connection']}"
    yield f"  connections: {service['connections']}, pending codes: {service['pending_authorization_codes']}"
    yield f"  last used: {service['last_used_at'] or 'never'}"
    yield f"  first refused call: {refused['at'] + ' (' + refused['call'] + ')' if refused else 'none yet'}"
    if service["restored_at"]:
        yield f"  consent restored: {service['restored_at']}"


def _line(text: str) -> str:
    """One line, so that no name can pretend to be another line of the document."""
    return " ".join(text.split())


def _instant(value: datetime | None) -> str | None:
    return value.strftime("%Y-%m-%dT%H:%M:%S.%fZ") if value else None


def _seal_of(document: dict[str, Any]) -> str:
    canonical = json.dumps(document, sort_keys=True, separators=(",", ":"), ensure_ascii=True)
    return derived("receipt-json", canonical)


def _seal_of_lines(lines: Iterable[str]) -> str:
    """Blank lines and spaces at the edges do not count: mail programs and editors change them."""
    return derived("receipt-text", "\n".join(text for line in lines if (text := " ".join(line.split()))))


@dataclass(frozen=True)
class Verdict:
    genuine: bool
    # What a genuine document says, for comparison with the paper in hand: labels and values, or its lines.
    document: dict[str, Any] = field(default_factory=dict)
    lines: tuple[str, ...] = ()
    reference: str = ""


def verify(text: str) -> Verdict:
    """Raises NotReadable for what is no receipt of any kind."""
    text = text.strip().removeprefix("\ufeff")
    if not text:
        raise NotReadable("empty")
    if len(text) > LONGEST:
        raise NotReadable("long")
    return _verify_json(text) if text.startswith("{") else _verify_text(text)


def _verify_json(text: str) -> Verdict:
    try:
        document = json.loads(text, object_pairs_hook=_no_duplicates, parse_constant=_no_constant)
    except (ValueError, RecursionError) as error:
        raise NotReadable("json") from error
    seal = document.pop("seal", None)
    if document.get("type") != TYPE or not isinstance(seal, str):
        raise NotReadable("other")
    if not same(_seal_of(document).encode().hex(), seal.encode("utf-8", "replace").hex()):
        return Verdict(False)
    return Verdict(True, document=document, reference=document["reference"])


def _no_duplicates(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """A name said twice could show a reader the one and the seal the other."""
    found = dict(pairs)
    if len(found) != len(pairs):
        raise ValueError("a name is there twice")
    return found


def _no_constant(name: str) -> None:
    raise ValueError(name)


def _verify_text(text: str) -> Verdict:
    shown = [raw.rstrip() for raw in text.splitlines()]
    lines = [line for line in shown if line]
    found = SEAL_LINE.match(lines[-1].strip())
    if found is None or not lines[0].strip().startswith("Revocation receipt "):
        raise NotReadable("other")
    if not same(_seal_of_lines(lines[:-1]), found[1]):
        return Verdict(False)
    return Verdict(
        True,
        lines=tuple(shown[: shown.index(lines[-1])]),
        reference=lines[0].strip().removeprefix("Revocation receipt ").strip(),
    )
