"""One child process: started in a session of its own, logged to a file, ended for certain."""

import contextlib
import ctypes
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

from demo.run.plan import Process

PR_SET_PDEATHSIG = 1
MOST_RESTARTS, RESTART_WINDOW = 3, 60.0


def die_with_parent() -> Callable[[], None] | None:
    """Linux: a supervisor that is killed outright takes its children with it."""
    if not sys.platform.startswith("linux"):
        return None
    libc = ctypes.CDLL(None)
    return lambda: libc.prctl(PR_SET_PDEATHSIG, signal.SIGTERM)


class Child:
    def __init__(self, process: Process, env: dict[str, str], logs: Path) -> None:
        self.process, self._env, self.log = process, env, logs / f"{process.name}.log"
        self._restarts: list[float] = []
        if self.log.exists():
            self.log.replace(self.log.with_suffix(".log.1"))

    def start(self) -> None:
        with self.log.open("ab") as log:
            self._popen = subprocess.Popen(
                self.process.command,
                env=self._env,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,
                preexec_fn=die_with_parent(),  # noqa: PLW1509  (no threads are running yet)
            )

    @property
    def alive(self) -> bool:
        return self._popen.poll() is None

    def restart(self) -> bool:
        """False when it died too often: three times a minute."""
        now = time.monotonic()
        self._restarts = [t for t in self._restarts if now - t < RESTART_WINDOW] + [now]
        if len(self._restarts) > MOST_RESTARTS:
            return False
        time.sleep(0.5 * len(self._restarts))
        self.start()
        return True

    def ask_to_end(self) -> None:
        with contextlib.suppress(ProcessLookupError):
            self._popen.terminate()

    def end(self, deadline: float) -> None:
        with contextlib.suppress(subprocess.TimeoutExpired):
            self._popen.wait(max(0.1, deadline - time.monotonic()))
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.killpg(self._popen.pid, signal.SIGKILL)  # whatever it started goes with it
        self._popen.wait()

    def last_lines(self, count: int = 5) -> str:
        return "\n".join(self.log.read_text(errors="replace").splitlines()[-count:])
