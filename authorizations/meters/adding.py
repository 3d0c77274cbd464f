"""Adds up the numbers of processes."""

from collections import defaultdict
from typing import Any

from authorizations.meters.memory import Key


class Total:
    def __init__(self) -> None:
        self.processes = 0
        self.counts: defaultdict[Key, float] = defaultdict(float)
        self.times: dict[Key, list[float]] = {}
        # Of processes that live, each one's own.
        self.gauges: defaultdict[Key, list[float]] = defaultdict(list)

    def add(self, numbers: dict[str, Any], *, alive: bool) -> None:
        for name, labels, value in numbers.get("counts", ()):
            self.counts[name, tuple(labels)] += value
        for name, labels, cells in numbers.get("times", ()):
            key = name, tuple(labels)
            have = self.times.get(key, [0.0] * len(cells))
            if len(have) == len(cells):  # other bounds: an earlier release counted it
                self.times[key] = [a + b for a, b in zip(have, cells, strict=True)]
        if alive:
            self.processes += 1
            for name, labels, value in numbers.get("gauges", ()):
                self.gauges[name, tuple(labels)].append(value)

    def as_json(self) -> dict[str, Any]:
        return {
            "counts": [[name, labels, value] for (name, labels), value in self.counts.items()],
            "times": [[name, labels, cells] for (name, labels), cells in self.times.items()],
        }
