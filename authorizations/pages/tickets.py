"""The signed state of an approval page: what was asked and shown, by whom it is answered, in which browser session."""

import uuid
from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Any

from django.conf import settings
from django.core import signing
from django.http import HttpRequest
from django.utils.crypto import constant_time_compare, salted_hmac

SALT = "gatehouse.approval"


@dataclass(frozen=True)
class Ticket:
    wire: str
    params: dict[str, str]
    shown: str  # the fingerprint of what the person saw
    had: tuple[str, ...]  # what of the request the page called allowed already
    opened: int  # seconds since the epoch
    issued: int
    id: uuid.UUID

    @property
    def ends_at(self) -> datetime:
        """Each renewal gives the lifetime again, up to the limit of the page as a whole (WCAG 2.2.1)."""
        lifetime, limit = settings.CONSENT_TICKET_LIFETIME, settings.CONSENT_TICKET_LIMIT
        return min(_instant(self.issued) + lifetime, _instant(self.opened) + limit)


class TicketInvalid(Exception):
    """Tampered with, too old, or of somebody else. `params` is set where the request itself can be made again."""

    def __init__(self, why: str, params: dict[str, str] | None = None) -> None:
        super().__init__(why)
        self.params = params


def new(wire: str, params: dict[str, str], *, shown: str, had: Iterable[str], now: datetime) -> Ticket:
    at = int(now.timestamp())
    return Ticket(wire, params, shown, tuple(had), at, at, uuid.uuid4())


def renewed(ticket: Ticket, now: datetime) -> Ticket:
    """The same page for longer: one page has one id, so that it makes one code however often it is renewed."""
    return replace(ticket, issued=int(now.timestamp()))


def shows(ticket: Ticket, *, shown: str, had: Iterable[str]) -> Ticket:
    """The page was drawn anew, perhaps in other words."""
    return replace(ticket, shown=shown, had=tuple(had))


def sign(request: HttpRequest, ticket: Ticket) -> str:
    content = {
        "w": ticket.wire,
        "q": ticket.params,
        "d": ticket.shown,
        "h": ticket.had,
        "o": ticket.opened,
        "t": ticket.issued,
        "i": str(ticket.id),
        "p": str(request.user.pk),
        "s": _session(request),
    }
    return signing.dumps(content, salt=SALT, compress=True)


def read(request: HttpRequest, wire: str, value: str, now: datetime) -> Ticket:
    """Raises TicketInvalid."""
    try:
        content = signing.loads(value, salt=SALT)
    except signing.BadSignature as error:
        raise TicketInvalid("not a ticket of ours") from error
    if content["w"] != wire:
        raise TicketInvalid("of the other endpoint")
    ticket = _ticket(content)
    mine = content["p"] == str(request.user.pk) and constant_time_compare(content["s"], _session(request))
    if not mine:
        raise TicketInvalid("of another person or session", ticket.params)
    if now >= ticket.ends_at:
        raise TicketInvalid("too old", ticket.params)
    return ticket


def _ticket(content: dict[str, Any]) -> Ticket:
    return Ticket(
        content["w"],
        content["q"],
        content["d"],
        tuple(content["h"]),
        content["o"],
        content["t"],
        uuid.UUID(content["i"]),
    )


def _session(request: HttpRequest) -> str:
    return salted_hmac(SALT, request.session.session_key or "").hexdigest()[:32]


def _instant(seconds: int) -> datetime:
    return datetime.fromtimestamp(seconds, UTC)
