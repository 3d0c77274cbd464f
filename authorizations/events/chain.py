"""How events are digested and blocks are linked. Pure: rows in, digests out.

The form is part of every seal: a change of it is a new FORMAT, and the old one stays readable.
"""

import hashlib
import json
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from json.encoder import encode_basestring_ascii
from operator import add
from typing import Any

FORMAT = 1
FIELDS = {
    1: (
        "at",
        "name",
        "actor_id",
        "actor_name",
        "person_id",
        "person_name",
        "app_id",
        "app_name",
        "organization_id",
        "organization_name",
        "subject_type",
        "subject_id",
        "address",
        "user_agent",
        "request_id",
        "detail",
    )
}
LEAF = 16  # bytes: 128 bits against a second event with the same digest
Ranges = list[list[int]]


SORTED = {form: tuple(sorted(fields)) for form, fields in FIELDS.items()}
COLUMNS = ("id", *SORTED[FORMAT])  # of a row that `leaf_of` reads
AT = COLUMNS.index("at")
_KEYS = {form: [f"{json.dumps(name)}:" for name in names] for form, names in SORTED.items()}
_other = json.JSONEncoder(sort_keys=True, separators=(",", ":"), ensure_ascii=True).encode


def leaf(event: Any, form: int = FORMAT) -> bytes:
    """The digest of one event, its id included."""
    return leaf_of((event.pk, *(getattr(event, name) for name in SORTED[form])), form)


def leaf_of(row: Sequence[Any], form: int = FORMAT) -> bytes:
    """That of its COLUMNS: SHA-256 of the JSON text `[id,{...}]`, keys in their order, no spaces, ASCII alone. Put together
    here: there are millions, and most values are plain texts."""
    said = [encode_basestring_ascii(v) if type(v) is str else _json(v) for v in row[1:]]
    text = f"[{row[0]},{{{','.join(map(add, _KEYS[form], said))}}}]"
    return hashlib.sha256(text.encode()).digest()[:LEAF]


def _json(value: Any) -> str:
    if isinstance(value, datetime):
        return encode_basestring_ascii(plain(value))
    return _other(value) if value else json.dumps(value)


def plain(value: Any) -> Any:
    """As it stands in JSON."""
    return value.astimezone(UTC).isoformat() if isinstance(value, datetime) else value


def digest(leaves: bytes) -> str:
    return hashlib.sha256(leaves).hexdigest()


def link(seal: str) -> str:
    """What the next block says about this one."""
    return hashlib.sha256(seal.encode()).hexdigest()


def ranges(ids: Sequence[int]) -> Ranges:
    """Ascending ids as [first, last] pairs."""
    found: Ranges = []
    for number in ids:
        if found and found[-1][1] == number - 1:
            found[-1][1] = number
        else:
            found.append([number, number])
    return found


def ids(of: Ranges) -> Iterable[int]:
    for first, last in of:
        yield from range(first, last + 1)


def minus(spans: Ranges, taken: Sequence[int]) -> Ranges:
    """The spans without the ids that were taken (ascending)."""
    found: Ranges = []
    at = 0
    for first, last in spans:
        start = first
        while at < len(taken) and taken[at] < first:
            at += 1
        while at < len(taken) and taken[at] <= last:
            if taken[at] > start:
                found.append([start, taken[at] - 1])
            start = taken[at] + 1
            at += 1
        if start <= last:
            found.append([start, last])
    return found
