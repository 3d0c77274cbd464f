"""Numbers of this process that nobody counts: its memory, and the pool of database connections."""

import resource
from pathlib import Path

from django.db import connections

from authorizations.meters.memory import Key, Memory

PAGE = resource.getpagesize()
# What the pool calls it -> (our name, what to divide it by)
COUNTED = {
    "usage_ms": ("pool_held_seconds", 1000),
    "requests_queued": ("pool_waits", 1),
    "requests_wait_ms": ("pool_wait_seconds", 1000),
    "requests_errors": ("pool_errors", 1),
}


class Sampler:
    """Asked every other second while something happens. Opens no connection."""

    def __init__(self, memory: Memory) -> None:
        self._memory = memory
        self._last: dict[str, float] = {}

    def __call__(self) -> dict[Key, float]:
        found: dict[Key, float] = {("resident_bytes", ()): float(_resident())}
        pool = getattr(type(connections["default"]), "_connection_pools", {}).get("default")
        if pool is None:
            return found
        stats = pool.get_stats()
        for theirs, (ours, divisor) in COUNTED.items():
            value = float(stats.get(theirs, 0))
            # A pool that was closed and opened again begins at nothing.
            more = value - self._last.get(theirs, 0.0)
            self._last[theirs] = value
            self._memory.add(ours, (), (more if more >= 0 else value) / divisor)
        found["pool_size", ()] = float(stats.get("pool_size", 0))
        found["pool_most", ()] = float(stats.get("pool_max", 0))
        return found


def _resident() -> int:
    try:
        return int(Path("/proc/self/statm").read_text().split()[1]) * PAGE
    except (OSError, IndexError):
        return 0
