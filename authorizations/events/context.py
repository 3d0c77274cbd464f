"""Where the current request came from, for events. Set once at the edge; tasks and commands leave it empty."""

from contextvars import ContextVar
from dataclasses import dataclass


@dataclass(frozen=True)
class RequestFacts:
    address: str = ""
    user_agent: str = ""
    request_id: str = ""


NOWHERE = RequestFacts()
_current: ContextVar[RequestFacts] = ContextVar("request_facts", default=NOWHERE)


def remember(facts: RequestFacts) -> None:
    _current.set(facts)


def current() -> RequestFacts:
    return _current.get()
