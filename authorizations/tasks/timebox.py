"""Works through batches until nothing is left or the time is up; what is left is the next run's."""

import time
from collections.abc import Callable

# Below the period of most jobs, and far below the time limit of a task.
SECONDS = 45.0


def repeat(batch: Callable[[], int], *, full: int, seconds: float = SECONDS) -> int:
    """Calls `batch` while it comes back full; returns how much was done in all."""
    ends, done = time.monotonic() + seconds, 0
    while True:
        step = batch()
        done += step
        if step < full or time.monotonic() >= ends:
            return done
