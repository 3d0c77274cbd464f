"""The announced brown-outs as this process knows them: read from the database at most every two seconds.

A window is announced well before it starts, so all processes know it by then, and each begins and ends it by its own
clock in the same second. Only legacy requests ask: the standard model pays nothing for it.
"""

import threading
import time
from datetime import datetime
from typing import Protocol, TypeVar

from authorizations.models import BrownOut


class Told(Protocol):
    """An answer, Django's or ours."""

    def __setitem__(self, name: str, value: str, /) -> None: ...


Response = TypeVar("Response", bound=Told)
SECONDS = 2.0
Window = tuple[datetime, datetime]


class Windows:
    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._known: tuple[Window, ...] = ()
        self._read_at: float | None = None

    def forget(self) -> None:
        """The next question reads again: this process changed a window."""
        self._read_at = None

    def known(self, now: datetime) -> tuple[Window, ...]:
        read_at = self._read_at
        if read_at is None or time.monotonic() - read_at > SECONDS:
            with self._lock:
                found = BrownOut.objects.planned(now).values_list("starts_at", "ends_at")
                self._known, self._read_at = tuple(found), time.monotonic()
        return self._known

    def ends(self, now: datetime) -> datetime | None:
        """When the brown-out that runs at `now` is over; None: none runs. Windows that touch count as one."""
        over: datetime | None = None
        for starts_at, ends_at in self.known(now):  # in the order of their starts
            if starts_at <= (over or now) and ends_at > (over or now):
                over = ends_at
        return over


windows = Windows()


def ends(now: datetime) -> datetime | None:
    return windows.ends(now)


def retry_after(until: datetime, now: datetime) -> str:
    """RFC 9110 §10.2.3: whole seconds, rounded up, so that who waits them does not come too early."""
    return str(max(1, int(-((now - until).total_seconds() // 1))))


def tell(response: Response, seconds: str) -> Response:
    """RFC 9110 §15.6.4. It was announced, so it is no error of ours and does not fill the log as one."""
    response["Retry-After"] = seconds
    response._has_been_logged = True  # type: ignore[attr-defined]
    return response
