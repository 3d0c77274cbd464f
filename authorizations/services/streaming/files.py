"""JSON lines in a file: at least once, resumed where it stopped, also after a crash and after the file was rotated.

The place is kept in a file beside it, written after the lines are on the disk. A line that a crash cut short is cut
off on the next start; what follows the kept place is written again, so a reader that cares looks at `id`.
"""

import fcntl
import json
import os
from collections.abc import Collection
from pathlib import Path
from typing import Any, BinaryIO

from authorizations.services.streaming import reading
from authorizations.services.streaming.reading import Place


class Occupied(Exception):
    """Another process writes this file."""


def lines(events: list[dict[str, Any]]) -> bytes:
    return b"".join(json.dumps(e, separators=(",", ":"), ensure_ascii=False).encode() + b"\n" for e in events)


class File:
    def __init__(self, path: Path, kinds: Collection[str] = ()) -> None:
        self._path, self._kinds = path, kinds
        self._kept = path.with_name(path.name + ".place")
        self._lock = path.with_name(path.name + ".lock").open("w")
        try:
            fcntl.flock(self._lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as problem:
            raise Occupied from problem

    def close(self) -> None:
        self._lock.close()

    def place(self) -> Place | None:
        """Where an earlier run stopped."""
        try:
            block, event = self._kept.read_text().strip().split(".")
            return Place(int(block), int(event))
        except FileNotFoundError:
            return None

    def write(self, place: Place) -> tuple[Place, int, bool]:
        """One batch. Returns where to go on, how many were written, and whether more waits. Raises OSError."""
        read = reading.after(place, kinds=self._kinds)
        if read.events:
            # Opened anew each time: a file that was renamed meanwhile is left alone, and a new one begun.
            with self._path.open("ab") as file:
                _whole(file)
                file.write(lines(read.events))
                file.flush()
                os.fsync(file.fileno())
        if read.place != place:
            half = self._kept.with_suffix(".half")
            half.write_text(f"{read.place}\n")
            half.replace(self._kept)
        return read.place, len(read.events), read.more


def _whole(file: BinaryIO) -> None:
    """Cuts off a line that a crash left unfinished."""
    size = file.seek(0, os.SEEK_END)
    with open(file.name, "rb") as reader:
        end = size
        while end:
            start = max(0, end - 65_536)
            reader.seek(start)
            found = reader.read(end - start).rfind(b"\n")
            if found >= 0:
                end = start + found + 1
                break
            end = start
    if end != size:
        file.truncate(end)
