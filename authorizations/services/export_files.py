"""Rows as files, written while they are read: JSON, or a zip of one CSV table per section. Memory stays flat."""

import csv
import io
import json
import zipfile
from collections.abc import Iterable, Iterator
from datetime import datetime
from itertools import groupby
from typing import Any

from django.conf import settings

from authorizations.services.export_rows import SECTIONS, Row

Batches = Iterable[tuple[str, list[Row]]]
# A spreadsheet takes what begins with these for a formula.
FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n")
COLUMNS = {section.name: section.columns for section in SECTIONS}


def as_json(batches: Batches, *, now: datetime) -> Iterator[bytes]:
    """One object; each section a list."""
    head = {"type": "gatehouse.my-data", "version": 1, "issuer": settings.ISSUER, "made_at": now.isoformat()}
    yield (json.dumps(head)[:-1] + ', "sections": {\n').encode()
    for place, (name, parts) in enumerate(groupby(batches, key=lambda batch: batch[0])):
        yield ((",\n" if place else "") + json.dumps(name) + ": [").encode()
        first = True
        for _name, rows in parts:
            text = ",\n".join(json.dumps(row, ensure_ascii=False) for row in rows)
            if text:
                yield (("\n" if first else ",\n") + text).encode()
                first = False
        yield b"]"
    yield b"\n}}\n"


class _Pipe(io.RawIOBase):
    """What the archive writes, until it is taken."""

    def __init__(self) -> None:
        self._chunks: list[bytes] = []

    def writable(self) -> bool:
        return True

    def write(self, data: Any) -> int:
        self._chunks.append(bytes(data))
        return len(data)

    def take(self) -> bytes:
        taken, self._chunks = b"".join(self._chunks), []
        return taken


def as_csv_zip(batches: Batches, *, now: datetime) -> Iterator[bytes]:
    pipe = _Pipe()
    with zipfile.ZipFile(pipe, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, parts in groupby(batches, key=lambda batch: batch[0]):
            entry = zipfile.ZipInfo(f"{name}.csv", now.timetuple()[:6])
            entry.compress_type = zipfile.ZIP_DEFLATED
            with archive.open(entry, "w", force_zip64=True) as table:
                # The mark at the beginning tells spreadsheets that it is UTF-8.
                table.write(b"\xef\xbb\xbf" + csv_lines(COLUMNS[name], []))
                for _name, rows in parts:
                    table.write(csv_lines((), [[row[c] for c in COLUMNS[name]] for row in rows]))
                    yield pipe.take()
    yield pipe.take()


def csv_lines(header: Iterable[str], rows: Iterable[Iterable[Any]]) -> bytes:
    text = io.StringIO()
    writer = csv.writer(text)
    if header:
        writer.writerow(header)
    writer.writerows([cell(value) for value in row] for row in rows)
    return text.getvalue().encode()


def cell(value: Any) -> Any:
    """Text that a spreadsheet would run as a formula is quoted (CWE-1236)."""
    if isinstance(value, list):
        value = "; ".join(map(str, value))
    if isinstance(value, dict):
        value = json.dumps(value, ensure_ascii=False)
    if isinstance(value, str) and value.startswith(FORMULA):
        return "'" + value
    return value
