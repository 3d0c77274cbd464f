"""What the servers cost: processor time and memory of a process and all that it started (Linux, /proc)."""

import os
import subprocess
import time
import urllib.request
from collections.abc import Callable
from pathlib import Path

TICK = os.sysconf("SC_CLK_TCK")


def tree(root: int) -> list[int]:
    """The process and its descendants."""
    children: dict[int, list[int]] = {}
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit() and (found := _stat(int(entry.name))):
            children.setdefault(int(found[1]), []).append(int(entry.name))
    found, waiting = [], [root]
    while waiting:
        pid = waiting.pop()
        found.append(pid)
        waiting += children.get(pid, [])
    return found


def _stat(pid: int) -> list[str] | None:
    """From the state on: the name before it may hold anything."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    except OSError:
        return None


def cpu(root: int) -> float:
    """Seconds, those of children that ended included."""
    return sum(sum(map(int, found[11:15])) for pid in tree(root) if (found := _stat(pid))) / TICK


def ran(pid: int) -> float:
    """Seconds that a process of one thread was on a processor: to the microsecond, where `cpu` counts ticks."""
    return int(Path(f"/proc/{pid}/schedstat").read_text().split()[0]) / 1e9


def memory(root: int) -> tuple[float, float]:
    """MB: the largest resident size that one process ever had, and what all of them take now (shared pages once)."""
    peaks, total = [0.0], 0.0
    for pid in tree(root):
        try:
            status, rollup = Path(f"/proc/{pid}/status").read_text(), Path(f"/proc/{pid}/smaps_rollup").read_text()
        except OSError:
            continue
        peaks.append(_kilobytes(status, "VmHWM:") / 1024)
        total += _kilobytes(rollup, "Pss:") / 1024
    return max(peaks), total


def _kilobytes(text: str, name: str) -> int:
    return next((int(line.split()[1]) for line in text.splitlines() if line.startswith(name)), 0)


def start(command: list[str], log: Path, *, env: dict[str, str] | None = None, cwd: Path | None = None) -> int:
    with log.open("ab") as out:
        made = subprocess.Popen(command, stdout=out, stderr=out, env=env, cwd=cwd, start_new_session=True)
    STARTED.append(made)
    return made.pid


STARTED: list[subprocess.Popen[bytes]] = []


def runs(pid: int) -> bool:
    return any(made.pid == pid and made.poll() is None for made in STARTED)


def stop_all() -> None:
    for made in reversed(STARTED):
        if made.poll() is None:
            made.terminate()
            try:
                made.wait(10)
            except subprocess.TimeoutExpired:
                for pid in tree(made.pid):
                    os.kill(pid, 9)
    STARTED.clear()


def wait_until(what: str, condition: Callable[[], bool], seconds: float = 60) -> None:
    deadline = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > deadline:
            raise TimeoutError(f"{what} did not come within {seconds:.0f} seconds.")
        time.sleep(0.1)


def answers(address: str) -> bool:
    try:
        with urllib.request.urlopen(address, timeout=2) as answer:  # noqa: S310  (loopback)
            return answer.status == 200
    except OSError:
        return False
