"""The server-side sessions: the browser holds a signed random key and nothing else."""

import secrets
import threading
from collections import OrderedDict
from dataclasses import dataclass, field

from flask import session as cookie

from demo.sample_service.connection import Attempt, Connection

MOST_VISITS = 500
MOST_ATTEMPTS = 10
KEY = "visit"


@dataclass
class Visit:
    attempts: OrderedDict[str, Attempt] = field(default_factory=OrderedDict)
    connections: dict[str, Connection] = field(default_factory=dict)
    notice: str = ""

    def remember(self, attempt: Attempt) -> None:
        self.attempts[attempt.state] = attempt
        while len(self.attempts) > MOST_ATTEMPTS:
            self.attempts.popitem(last=False)

    def take(self, model: str, state: str) -> Attempt | None:
        """Once only: a callback that is opened again finds nothing."""
        attempt = self.attempts.pop(state, None)
        return attempt if attempt and attempt.model == model else None

    def take_notice(self) -> str:
        notice, self.notice = self.notice, ""
        return notice


class Visits:
    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._visits: OrderedDict[str, Visit] = OrderedDict()

    def current(self) -> Visit:
        """The browser's visit, or an empty one that is not kept."""
        with self._lock:
            return self._visits.get(cookie.get(KEY, ""), Visit())

    def keep(self, visit: Visit) -> None:
        """Under a fresh key every time, so that a key planted before somebody connected opens nothing afterwards."""
        with self._lock:
            self._visits.pop(cookie.get(KEY, ""), None)
            cookie[KEY] = secrets.token_urlsafe(32)
            self._visits[cookie[KEY]] = visit
            while len(self._visits) > MOST_VISITS:
                self._visits.popitem(last=False)
