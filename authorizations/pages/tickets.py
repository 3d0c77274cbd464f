"""The signed state of an approval page: what was asked, by whom it is being answered, in which browser session."""

import uuid
from dataclasses import dataclass
from datetime import timedelta

from django.core import signing
from django.http import HttpRequest
from django.utils.crypto import constant_time_compare, salted_hmac

SALT = "gatehouse.approval"


class TicketInvalid(Exception):
    """Tampered, too old, or of somebody else."""


@dataclass(frozen=True)
class Ticket:
    params: dict[str, str]
    id: uuid.UUID


def _session(request: HttpRequest) -> str:
    return salted_hmac(SALT, request.session.session_key or "").hexdigest()[:32]


def make(request: HttpRequest, wire: str, params: dict[str, str]) -> str:
    content = {"w": wire, "q": params, "p": str(request.user.pk), "s": _session(request), "i": str(uuid.uuid4())}
    return signing.dumps(content, salt=SALT, compress=True)


def read(request: HttpRequest, wire: str, value: str, lifetime: timedelta) -> Ticket:
    """Raises TicketInvalid."""
    try:
        content = signing.loads(value, salt=SALT, max_age=lifetime)
    except signing.BadSignature as error:
        raise TicketInvalid from error
    mine = content["p"] == str(request.user.pk) and constant_time_compare(content["s"], _session(request))
    if not mine or content["w"] != wire:
        raise TicketInvalid
    return Ticket(content["q"], uuid.UUID(content["i"]))
