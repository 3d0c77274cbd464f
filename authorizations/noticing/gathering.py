"""Collects in the memory of this process, within bounds: a caller that nobody knows cannot fill it."""

import logging
import os
import threading
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime

from django.conf import settings
from django.db import Error, close_old_connections

# Different things in one turn of ten seconds. What is beyond is counted, without what tells it apart.
MOST_PROVED, MOST_UNPROVED = 2000, 100
log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Facts:
    """What tells one kind of occurrence from another. No token, code or secret, and nothing that a stranger chose."""

    kind: str
    endpoint: str
    reason: str = ""
    app_id: str = ""
    caller_id: str = ""  # the resource server that asked
    person_id: str = ""
    organization_id: str = ""
    organization_name: str = ""
    address: str = ""
    proved: bool = False  # a client or a person proved who they are

    def among_others(self) -> "Facts":
        return replace(
            self, app_id="", caller_id="", person_id="", organization_id="", organization_name="", address="*"
        )


@dataclass(slots=True)
class Tally:
    first: datetime
    last: datetime
    calls: int = 1


class Gathering:
    def __init__(self, due: Callable[[], object]) -> None:
        self._due = due
        self._fresh()
        os.register_at_fork(after_in_child=self._fresh)

    def _fresh(self) -> None:
        self._lock = threading.Lock()
        self._found: dict[Facts, Tally] = {}
        self._unproved = 0
        self._timer: threading.Timer | None = None

    def add(self, facts: Facts, now: datetime) -> None:
        with self._lock:
            tally = self._found.get(facts)
            if tally is None:
                facts = self._within_bounds(facts)
                tally = self._found.get(facts)
            if tally is None:
                self._found[facts] = Tally(now, now)
            else:
                tally.calls += 1
                tally.last = now
        if self._timer is None and settings.NOTICING_SECONDS:
            self._arm()

    def _within_bounds(self, facts: Facts) -> Facts:
        if facts.proved:
            return facts.among_others() if len(self._found) - self._unproved >= MOST_PROVED else facts
        self._unproved += 1
        return facts.among_others() if self._unproved > MOST_UNPROVED else facts

    def keep(self, found: dict[Facts, Tally]) -> None:
        """Takes back what could not be written, within the same bounds."""
        with self._lock:
            for facts, tally in found.items():
                key = facts if facts in self._found else self._within_bounds(facts)
                have = self._found.get(key)
                if have is None:
                    self._found[key] = tally
                else:
                    have.first, have.calls = min(have.first, tally.first), have.calls + tally.calls

    def drain(self) -> dict[Facts, Tally]:
        with self._lock:
            found, self._found, self._unproved = self._found, {}, 0
        return found

    def _arm(self) -> None:
        self._timer = threading.Timer(settings.NOTICING_SECONDS, self._turn)
        self._timer.daemon = True
        self._timer.start()

    def _turn(self) -> None:
        self._timer = None
        try:
            self._due()
        except Error as problem:
            log.warning("what was noticed could not be written: %s", type(problem).__name__)
        finally:
            close_old_connections()
