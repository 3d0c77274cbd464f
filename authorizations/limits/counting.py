"""Counts calls in windows of the clock. Each process counts for itself and tells the others now and then.

A count is told when it is a hundredth of the limit: a limit of 100 or less is exact over all processes, a larger one is
passed by a hundredth for each process at most. So a busy caller costs a round trip for one call in many, who calls now and
then costs none, and neither does who is over the limit.
"""

import threading
import time
from collections.abc import Callable

from authorizations.limits.store import Store

PART = 100
MOST_KEPT = 20_000
Rate = tuple[int, int]  # so many calls in so many seconds; (0, 0): no limit


class Window:
    __slots__ = ("known", "number", "untold")

    def __init__(self, number: int) -> None:
        self.number = number
        self.known = 0  # that Redis knows, of all processes
        self.untold = 0  # of this process


class Counts:
    def __init__(self, store: Store | None = None, clock: Callable[[], float] = time.time) -> None:
        self._store, self._clock = store, clock
        self._lock = threading.Lock()
        self._windows: dict[str, Window] = {}

    def full(self, key: str, rate: Rate) -> float:
        """Seconds to wait where this process knows that the limit is reached; 0: none. Counts nothing, asks nobody."""
        window = self._windows.get(key)
        if window is None or not rate[0]:
            return 0.0
        now = self._clock()
        if window.number != int(now // rate[1]) or window.known + window.untold < rate[0]:
            return 0.0
        return _left(now, rate)

    def add(self, key: str, rate: Rate, proof: str = "") -> float:
        """Counts one call. Seconds to wait, where it is one too many; such a call is not counted. `proof`: to be
        remembered by all processes."""
        if not rate[0]:
            return 0.0
        now = self._clock()
        with self._lock:
            window = self._window(key, int(now // rate[1]))
            if window.known + window.untold >= rate[0]:
                return _left(now, rate)
            window.untold += 1
            if self._store is None or not (proof or _is_due(window, rate)):
                return 0.0
            sent, window.untold = window.untold, 0
            window.known += sent
        total = self._store.add(f"{key}:{window.number}", sent, rate[1] + 60, proof)
        if total is None:
            return 0.0
        window.known = max(window.known, total)
        return _left(now, rate) if total > rate[0] else 0.0

    def _window(self, key: str, number: int) -> Window:
        window = self._windows.get(key)
        if window is None or window.number != number:
            if window is None and len(self._windows) >= MOST_KEPT:
                self._make_room()
            window = self._windows[key] = Window(number)
        return window

    def _make_room(self) -> None:
        """The callers that were seen first go first; a flood of new addresses cannot fill the memory."""
        for key in list(self._windows)[: MOST_KEPT // 10]:
            del self._windows[key]


def _is_due(window: Window, rate: Rate) -> bool:
    return window.untold * PART >= rate[0]


def _left(now: float, rate: Rate) -> float:
    return rate[1] - now % rate[1]
