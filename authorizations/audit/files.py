"""The audit as a file, written while it is read."""

import csv
import json
from collections.abc import Callable, Iterable, Iterator
from typing import Any

from authorizations.audit.entries import entry
from authorizations.events.models import Event

COLUMNS = (
    *("id", "timestamp", "actionId", "area", "categoryDisplayName", "details", "actorDisplayName", "actorUserId"),
    *("ipAddress", "userAgent", "scopeDisplayName", "scopeId", "correlationId", "data"),
)
# A spreadsheet takes a cell that begins with one of these for a formula.
FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n")


class _Line:
    """What `csv` writes to: gives each line back."""

    def write(self, text: str) -> str:
        return text


def as_csv(events: Iterable[Event]) -> Iterator[bytes]:
    writer = csv.writer(_Line())
    yield b"\xef\xbb\xbf" + writer.writerow(COLUMNS).encode()
    for event in events:
        found = entry(event)
        yield writer.writerow([cell(found[name]) for name in COLUMNS]).encode()


def cell(value: Any) -> str:
    text = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False, sort_keys=True)
    return f"'{text}" if text.startswith(FORMULA) else text


def as_json(events: Iterable[Event]) -> Iterator[bytes]:
    yield b"["
    for number, event in enumerate(events):
        yield (",\n" if number else "\n").encode() + json.dumps(entry(event), ensure_ascii=False).encode()
    yield b"\n]\n"


# format -> (writer, content type)
FORMATS: dict[str, tuple[Callable[[Iterable[Event]], Iterator[bytes]], str]] = {
    "csv": (as_csv, "text/csv; charset=utf-8"),
    "json": (as_json, "application/json"),
}
