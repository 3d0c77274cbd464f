"""The folder of numbers: a file for each process of this machine, and one for all that have ended.

Files are replaced as a whole, so a reader never sees half of one. What a process counted stays when it ends:
counters that fell would look like a burst.
"""

import fcntl
import json
import os
import socket
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from authorizations.meters.adding import Total

ENDED = "ended.json"
# A file of another host (a container that shared the folder) nobody wrote for so long is of one that has gone.
GONE_AFTER = 3600.0


def made(folder: str) -> Path:
    """Raises OSError when it is not a folder of ours alone: in a shared place somebody else may have been first."""
    path = Path(folder)
    path.mkdir(mode=0o700, parents=True, exist_ok=True)
    if path.stat().st_uid != os.getuid():
        raise PermissionError(1, "the folder METRICS_DIR belongs to somebody else")
    return path


def own_file(folder: str) -> Path:
    """The time of the start tells a process from an earlier one with the same number."""
    return made(folder) / f"{socket.gethostname()}~{os.getpid()}~{_started(os.getpid())}.json"


def replace(path: Path, text: str) -> None:
    half = path.with_suffix(".half")
    half.write_text(text)
    half.replace(path)


def _started(pid: int) -> str:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[19]
    except (OSError, IndexError):
        return "0"


def _lives(path: Path) -> bool:
    host, pid, started = path.stem.split("~")
    if host != socket.gethostname():
        return time.time() - path.stat().st_mtime < GONE_AFTER
    try:
        os.kill(int(pid), 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return _started(int(pid)) == started


def total(folder: str) -> Total:
    """The sum over all processes. Files of those that ended are put together on the way."""
    path, found = made(folder), Total()
    with _alone(path):
        ended = _read(path / ENDED)
        found.add(ended, alive=False)
        over = Total()
        gone = []
        for file in sorted(path.glob("*~*~*.json")):
            try:
                lives, numbers = _lives(file), _read(file)
            except FileNotFoundError:
                continue
            found.add(numbers, alive=lives)
            if not lives:
                over.add(numbers, alive=False)
                gone.append(file)
        if gone:
            over.add(ended, alive=False)
            replace(path / ENDED, json.dumps(over.as_json()))
            for file in gone:
                file.unlink(missing_ok=True)
    return found


def _read(file: Path) -> dict[str, Any]:
    try:
        return json.loads(file.read_text())
    except FileNotFoundError:
        return {}
    except ValueError:  # cut short by a crash of the machine
        return {}


@contextmanager
def _alone(path: Path) -> Iterator[None]:
    with (path / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield
