"""Discovery and the public keys: what everybody asks for, and what changes only with the settings and the keys.

The first answer is made as every other (`portal.machine`); while its body is what would be said, the same status and
headers are sent again, with a request id of their own. Nothing is asked for that: no limit, no database.
"""

import time
from collections.abc import Callable, Iterable
from typing import Any, NamedTuple

from authorizations.protocol import metadata
from authorizations.protocol.http import Answer
from authorizations.services.keys import ring
from portal import web
from portal.machine_urls import ENDPOINTS

# What each says now; None when that has to be looked up.
BODIES: dict[str, Callable[[], bytes | None]] = {
    "/.well-known/openid-configuration": metadata.written,
    "/.well-known/oauth-authorization-server": metadata.written,
    "/.well-known/jwks.json": ring.ready_document,
}


class Document(NamedTuple):
    name: str
    body: bytes
    headers: list[tuple[str, str]]


_kept: dict[str, Document] = {}


def ready(environ: dict[str, Any]) -> Document | None:
    """Only of the paths as they are published; other spellings go the longer way."""
    kept = _kept.get(environ["PATH_INFO"])
    if kept is None or environ["REQUEST_METHOD"] != "GET" or kept.body is not BODIES[environ["PATH_INFO"]]():
        return None
    return kept


def send(
    document: Document,
    environ: dict[str, Any],
    start_response: Callable[..., Any],
    told_after: Iterable[Callable[[str, int, float], None]],
) -> list[bytes]:
    started = time.perf_counter()
    request_id = web.begin(environ).request_id
    start_response("200 OK", [*document.headers, ("X-Request-Id", request_id)])
    for told in told_after:
        told(document.name, 200, time.perf_counter() - started)
    return [document.body]


def keep(path: str, environ: dict[str, Any], answer: Answer) -> None:
    """`answer`: all but its request id."""
    if path in BODIES and environ["REQUEST_METHOD"] == "GET" and answer.status_code == 200:
        headers = [*answer.headers.items(), ("Content-Length", str(len(answer.content)))]
        _kept[path] = Document(ENDPOINTS[path][0], answer.content, headers)
