"""The switches as this process knows them: read from the database at most once a second.

A turn is therefore in force everywhere one second after it was acknowledged, and costs no statement per request. An
end that was said beforehand is kept by the clock of each process, in the same second everywhere.
"""

import threading
import time
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from authorizations.policy import Reason
from authorizations.switches.models import Switch, SwitchPeriod

SECONDS = 1.0
# When nobody knows the end: soon enough to notice it, seldom enough not to hammer.
RETRY, LONGEST_RETRY = timedelta(minutes=2), timedelta(hours=1)
# Which switch each reason comes from.
SWITCH_OF: Mapping[Reason, Switch] = {
    Reason.ISSUING_STOPPED: Switch.STOP_ISSUING,
    Reason.LEGACY_STOPPED: Switch.STOP_LEGACY,
    Reason.READ_ONLY: Switch.READ_ONLY,
}


@dataclass(frozen=True, slots=True)
class On:
    switch: Switch
    since: datetime
    until: datetime | None
    told: str  # to people; empty: nothing was said

    def seconds(self, now: datetime) -> int:
        """For Retry-After (RFC 9110 §10.2.3): whole seconds, rounded up."""
        left = RETRY if self.until is None else min(self.until - now, LONGEST_RETRY)
        return max(1, int(-((timedelta(0) - left).total_seconds() // 1)))


class Memory:
    def __init__(self) -> None:
        self._reading = threading.Lock()
        self._known: tuple[On, ...] = ()
        self._read_at: float | None = None

    def forget(self) -> None:
        """The next question reads again: this process turned a switch."""
        self._read_at = None

    def assume_off(self) -> None:
        """For tests: nothing is on, and nobody reads until a switch is turned here."""
        self._known, self._read_at = (), float("inf")

    @property
    def last(self) -> tuple[On, ...]:
        """As it was read last, however long ago."""
        return self._known

    def known(self) -> tuple[On, ...]:
        read_at = self._read_at
        age = float("inf") if read_at is None else time.monotonic() - read_at
        if age > SECONDS:
            self._read(wait=age > 2 * SECONDS)
        return self._known

    def _read(self, *, wait: bool) -> None:
        """One thread reads, the others go on with what is known for a second longer. They do not wait for it: it may
        itself wait for a database connection, and they hold those."""
        if not self._reading.acquire(blocking=False):
            if wait:
                self._known = _standing()
            return
        try:
            began = time.monotonic()  # before the statement: what it did not see yet is older than that
            self._known = _standing()
            self._read_at = began
        finally:
            self._reading.release()


def _standing() -> tuple[On, ...]:
    found = SwitchPeriod.objects.standing().values_list("switch", "turned_on_at", "until", "told")
    return tuple(On(Switch(switch), since, until, told) for switch, since, until, told in found)


memory = Memory()


def live(now: datetime) -> list[On]:
    """What is on, in the order of the list of switches."""
    found = [on for on in memory.known() if on.until is None or now < on.until]
    return sorted(found, key=lambda on: list(Switch).index(on.switch)) if len(found) > 1 else found


def on(switch: Switch, now: datetime) -> On | None:
    for found in memory.known():
        if found.switch == switch and (found.until is None or now < found.until):
            return found
    return None


def issuance_closed(now: datetime) -> Reason | None:
    """A fact of the policy: what keeps the portal from issuing codes and tokens, if anything does."""
    if not memory.known():
        return None
    if on(Switch.READ_ONLY, now):
        return Reason.READ_ONLY
    return Reason.ISSUING_STOPPED if on(Switch.STOP_ISSUING, now) else None


def legacy_stopped(now: datetime) -> bool:
    return on(Switch.STOP_LEGACY, now) is not None


def registrations_stopped(now: datetime) -> On | None:
    return on(Switch.STOP_REGISTRATIONS, now) or on(Switch.READ_ONLY, now)


def health(now: datetime) -> list[dict[str, Any]]:
    """What is on as far as this process knows, without asking: a probe must have an answer while the database has none.
    A switch is no fault: a process with one on is able to serve."""
    return [
        {"switch": found.switch.value, "since": _said(found.since), "until": _said(found.until)}
        for found in memory.last
        if found.until is None or now < found.until
    ]


def _said(instant: datetime | None) -> str | None:
    return None if instant is None else f"{instant:%Y-%m-%dT%H:%M:%SZ}"
