"""Where the current request came from, for events. Set once at the edge; tasks and commands leave it empty."""

from contextvars import ContextVar
from typing import NamedTuple


class RequestFacts(NamedTuple):
    address: str = ""
    user_agent: str = ""
    request_id: str = ""


class Known:
    """Who is behind the current request, for log lines: filled in as it becomes known."""

    __slots__ = ("client_id", "person_id")

    def __init__(self) -> None:
        self.client_id = self.person_id = ""


NOWHERE = RequestFacts()
_current: ContextVar[RequestFacts] = ContextVar("request_facts", default=NOWHERE)


_known: ContextVar[Known | None] = ContextVar("known", default=None)


def remember(facts: RequestFacts) -> None:
    _current.set(facts)
    _known.set(Known())


def current() -> RequestFacts:
    return _current.get()


def known() -> Known:
    return _known.get() or Known()


def note_client(client_id: str) -> None:
    if who := _known.get():
        who.client_id = client_id


def note_person(person_id: object) -> None:
    if who := _known.get():
        who.person_id = str(person_id)
