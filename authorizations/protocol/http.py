"""A request and an answer of a machine endpoint, and no more: what a call of a machine needs of HTTP (RFC 9110).

The endpoints are called with these before Django's handler (`portal.machine`), which is most of what they would cost.
They speak as Django's own do where both are used, so that code which reads a header need not know which it has.
"""

import json
from functools import cached_property, lru_cache
from typing import Any, Protocol

import orjson
from django.http import HttpResponse

JSON = "application/json"
MOST_BYTES = 64 * 1024


class Headers(Protocol):
    def get(self, name: str, default: str = ..., /) -> Any: ...


class WithHeaders(Protocol):
    """A request of Django, or ours."""

    @property
    def headers(self) -> Any: ...


class EnvironHeaders:
    """The headers of a request, by their usual names."""

    __slots__ = ("_environ",)

    def __init__(self, environ: dict[str, Any]) -> None:
        self._environ = environ

    def get(self, name: str, default: str = "") -> str:
        found: str = self._environ.get(_variable(name), default)
        return found


@lru_cache(maxsize=64)  # names are written in our code
def _variable(name: str) -> str:
    return "HTTP_" + name.upper().replace("-", "_")


class Request:
    """What the server was sent."""

    legacy_token = False  # set where a token says that it is of the legacy model

    def __init__(self, environ: dict[str, Any]) -> None:
        self.environ = environ
        self.method: str = environ["REQUEST_METHOD"]
        self.headers = EnvironHeaders(environ)

    @property
    def content_type(self) -> str:
        found: str = self.environ.get("CONTENT_TYPE", "")
        return found.partition(";")[0].strip().lower() if found else ""

    @property
    def query(self) -> str:
        found: str = self.environ.get("QUERY_STRING", "")
        return found

    @property
    def length(self) -> int:
        """0 for a header that is no number, as for one that is missing: there is no body then."""
        try:
            return max(0, int(self.environ.get("CONTENT_LENGTH") or 0))
        except ValueError:
            return 0

    @cached_property
    def body(self) -> bytes:
        """Of one that is too large just enough to see it."""
        found: bytes = self.environ["wsgi.input"].read(min(self.length, MOST_BYTES + 1)) if self.length else b""
        return found


class Answer:
    """Status, headers and body."""

    def __init__(self, content: bytes = b"", status: int = 200, headers: dict[str, str] | None = None) -> None:
        self.content, self.status_code, self.headers = content, status, headers or {}

    def __setitem__(self, name: str, value: str) -> None:
        self.headers[name] = value

    def __getitem__(self, name: str) -> str:
        return self.headers[name]

    def as_django(self) -> HttpResponse:
        response = HttpResponse(self.content, status=self.status_code, headers=self.headers)
        if "Retry-After" in self.headers:  # meant, and no error of ours: see brown_outs.tell
            response._has_been_logged = True  # type: ignore[attr-defined]
        return response


def json_answer(said: Any, status: int = 200) -> Answer:
    try:
        body = orjson.dumps(said)
    except TypeError:  # a text that is no UTF-8 can hold (half a surrogate pair)
        body = json.dumps(said).encode()
    return Answer(body, status, {"Content-Type": JSON})
