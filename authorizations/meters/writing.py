"""Writes the numbers of this process to its file, every other second while something happens."""

import atexit
import json
import logging
import os
import threading
from pathlib import Path

from django.conf import settings

from authorizations.meters import folder
from authorizations.meters.memory import Memory

EVERY = 2.0  # seconds
log = logging.getLogger(__name__)


class Writer:
    def __init__(self, memory: Memory) -> None:
        self._memory = memory
        self.forget()
        os.register_at_fork(after_in_child=self.forget)
        atexit.register(self.write)

    def forget(self) -> None:
        if timer := getattr(self, "_timer", None):
            timer.cancel()
        self._timer: threading.Timer | None = None
        self._writing = threading.Lock()
        self._path: Path | None = None
        self._failed = False

    def arm(self) -> None:
        # Unlocked: two timers at once only write twice.
        if self._timer or not settings.METRICS_DIR:
            return
        self._timer = threading.Timer(EVERY, self._due)
        self._timer.daemon = True
        self._timer.start()

    def _due(self) -> None:
        self._timer = None
        self.write()

    def write(self) -> None:
        """A folder that is full or not ours costs the numbers, and never a request."""
        if not settings.METRICS_DIR:
            return
        with self._writing:
            try:
                self._path = self._path or folder.own_file(settings.METRICS_DIR)
                folder.replace(self._path, json.dumps(self._memory.snapshot(), separators=(",", ":")))
                self._failed = False
            except OSError as problem:
                self._path = None  # a folder that somebody cleared away is made again
                if not self._failed:
                    log.warning("metrics cannot be written: %s", problem.strerror or type(problem).__name__)
                self._failed = True
