"""The access log: a line for each request, written past Python's logging, which would cost more than some requests."""

import os
import re
from datetime import UTC, datetime

import orjson
from django.conf import settings

from authorizations.events.context import current, known
from portal.logs.formatting import JSON
from portal.logs.secrets import without_secrets

# No secret of ours is shorter: most paths need no second look, which costs more than all the rest.
LONG = re.compile(r"[^/]{16}|[=@\s]")
FD = 2  # standard error, where all log lines go


def write(*, method: str, path: str, endpoint: str, status: int, seconds: float, person_id: str = "") -> None:
    """`path` is without its query. One system call: lines of several threads do not mix."""
    if not settings.ACCESS_LOG:
        return
    facts, who = current(), known()
    line = {
        "at": datetime.now(UTC).isoformat(timespec="milliseconds"),
        "level": "info",
        "logger": "portal.access",
        "message": "request",
        "request_id": facts.request_id,
        "method": method[:16],
        # Links in mails and invitations carry their token in the path.
        "path": without_secrets(path[:300]) if LONG.search(path) else path[:300],
        "endpoint": endpoint,
        "status": status,
        "ms": round(seconds * 1000, 2),
        "address": facts.address,
    }
    if not method:
        del line["method"]
    if who.client_id:
        line["client_id"] = who.client_id
    if person := person_id or who.person_id:
        line["person_id"] = person
    _out(orjson.dumps(line) if settings.LOG_FORMAT == JSON else _readable(line))


def _readable(line: dict[str, object]) -> bytes:
    said = "{at} {path} {status} {ms} ms ({endpoint})".format_map(line)
    return said.encode("utf-8", "backslashreplace")


def _out(line: bytes) -> None:
    try:
        os.write(FD, line.replace(b"\n", b"\\n") + b"\n")
    except OSError:
        return  # nobody reads any more, or the disk is full; requests go on
