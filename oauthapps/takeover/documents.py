"""From a file to one dictionary per line. A line that cannot be read is a problem of that line, not of the file."""

import csv
import json
from collections.abc import Iterator
from typing import IO, Any

LISTS = ("redirect_uris", "scopes", "owners")
SECRETS = (
    ("primary", "secret", "secret_expires_at"),
    ("alternative", "alternative_secret", "alternative_secret_expires_at"),
)
LONGEST_LINE = 256 * 1024

csv.field_size_limit(LONGEST_LINE)


class LineProblem(Exception):
    """Says in a sentence what is wrong with a line."""


Line = dict[str, Any] | LineProblem


def lines(name: str) -> Iterator[tuple[int, Line]]:
    """(line number, what it says). Raises OSError and UnicodeDecodeError. Memory for one line at a time."""
    with open(0 if name == "-" else name, encoding="utf-8-sig", newline="") as file:
        yield from _csv(file) if name.lower().endswith(".csv") else _json(file)


def _json(file: IO[str]) -> Iterator[tuple[int, Line]]:
    for number, text in enumerate(file, 1):
        if text.strip():
            yield number, _object(text)


def _object(text: str) -> Line:
    if len(text) > LONGEST_LINE:
        return LineProblem("is longer than 256 KB.")
    try:
        found = json.loads(text)
    except (ValueError, RecursionError) as error:
        return LineProblem(f"is not JSON: {error}.")
    return found if isinstance(found, dict) else LineProblem("must hold one JSON object.")


def _csv(file: IO[str]) -> Iterator[tuple[int, Line]]:
    """Lists are separated by spaces; empty cells count as left out."""
    rows = csv.DictReader(file)
    try:
        for row in rows:
            yield rows.line_num, _row(row)
    except csv.Error as error:
        yield rows.line_num, LineProblem(f"is not CSV: {error}.")


def _row(row: dict[Any, Any]) -> Line:
    if None in row or None in row.values():
        return LineProblem("has more or fewer cells than the head line.")
    found: dict[str, Any] = {name: value.strip() for name, value in row.items() if value.strip()}
    for name in LISTS:
        if name in found:
            found[name] = found[name].split()
    secrets = []
    for slot, value, expires_at in SECRETS:
        if value in found:
            secrets.append({"slot": slot, "value": found.pop(value)})
            if expires_at in found:
                secrets[-1]["expires_at"] = found.pop(expires_at)
    return found | ({"secrets": secrets} if secrets else {})
