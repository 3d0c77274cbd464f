"""The numbers of one process, in memory."""

import os
import threading
from bisect import bisect_left
from collections import defaultdict
from collections.abc import Callable
from typing import Any

REQUESTS, SECONDS = "requests", "request_seconds"
DECISIONS, ISSUED, REFUSALS = "decisions", "tokens_issued", "refusals"
# Seconds. A machine call takes a few milliseconds, a page some tens; above ten seconds somebody is waiting in vain.
BOUNDS = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0)
Labels = tuple[str, ...]
Key = tuple[str, Labels]


class Memory:
    """Counts, and times in buckets. Any thread may add."""

    def __init__(self) -> None:
        self.forget()
        # Numbers that are asked for when the file is written: (name, labels) -> value.
        self.samplers: list[Callable[[], dict[Key, float]]] = []
        # A child of a fork begins at nothing, or what its parent counted would be counted twice.
        os.register_at_fork(after_in_child=self.forget)

    def forget(self) -> None:
        self._lock = threading.Lock()
        self._counts: defaultdict[Key, float] = defaultdict(float)
        self._times: dict[Key, list[float]] = {}

    def add(self, name: str, labels: Labels, amount: float = 1) -> None:
        with self._lock:
            self._counts[name, labels] += amount

    def time(self, name: str, labels: Labels, seconds: float) -> None:
        place = bisect_left(BOUNDS, seconds)
        with self._lock:
            cells = self._times.get((name, labels))
            if cells is None:
                # One cell for each bound, one for what is above all, and the sum.
                cells = self._times[name, labels] = [0.0] * (len(BOUNDS) + 2)
            cells[place] += 1
            cells[-1] += seconds

    def snapshot(self) -> dict[str, Any]:
        """Everything, as JSON."""
        gauges = {key: value for sampler in self.samplers for key, value in sampler().items()}
        with self._lock:
            return {
                "counts": [[name, labels, value] for (name, labels), value in self._counts.items()],
                "times": [[name, labels, list(cells)] for (name, labels), cells in self._times.items()],
                "gauges": [[name, labels, value] for (name, labels), value in gauges.items()],
            }
