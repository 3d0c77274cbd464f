"""Runs the checks, for two seconds at most, and keeps what they found for two.

Checks that ask the same server go one after the other in one thread. A server that hangs holds that thread, and not
one for each probe: until it has come back its checks are not begun again, and count as failed.
"""

import logging
import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from django.db import connections

KEPT, LONGEST = 2.0, 2.0  # seconds
log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Finding:
    check: str
    state: str  # ok, degraded or unavailable
    reason: str = ""


@dataclass(frozen=True)
class Check:
    """`run` returns nothing when all is well, or a state and a sentence; an exception, or no answer, is `silent`."""

    name: str
    run: Callable[[], tuple[str, str] | None]
    silent: tuple[str, str]


Line = Sequence[Check]


class Look:
    def __init__(self, lines: Sequence[Line]) -> None:
        self._lines = lines
        self._lock = threading.Lock()
        self.forget()

    def forget(self) -> None:
        self._found: list[Finding] = []
        self._at = float("-inf")
        self._running: dict[int, threading.Thread] = {}

    def now(self) -> list[Finding]:
        with self._lock:
            if time.monotonic() - self._at > KEPT:
                self._found = self._ask()
                self._at = time.monotonic()
            return self._found

    def _ask(self) -> list[Finding]:
        found: dict[str, Finding] = {}
        for number, line in enumerate(self._lines):
            before = self._running.get(number)
            if before is None or not before.is_alive():
                self._running[number] = thread = threading.Thread(target=_run, args=(line, found), daemon=True)
                thread.start()
        ends = time.monotonic() + LONGEST
        for thread in self._running.values():
            thread.join(max(0.0, ends - time.monotonic()))
        return [found.get(c.name) or Finding(c.name, *c.silent) for line in self._lines for c in line]


def _run(line: Line, found: dict[str, Finding]) -> None:
    try:
        for check in line:
            try:
                trouble = check.run()
            except Exception as problem:  # noqa: BLE001  (whatever it is, the probe must have an answer)
                log.warning("health: %s failed with %s", check.name, type(problem).__name__)
                trouble = check.silent
            found[check.name] = Finding(check.name, *(trouble or ("ok", "")))
    finally:
        connections.close_all()  # this thread's own
