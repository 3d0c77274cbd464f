"""What the portal said yes to, and whether it kept its word.

A line is written when the answer has come, so whatever is in here was acknowledged. What was sent and not answered may
have happened or not, and is counted apart.
"""

import threading
import time
from collections import Counter
from dataclasses import dataclass, field


@dataclass
class Call:
    at: float  # when it was sent
    took: float
    what: str
    status: int  # 0: no answer


@dataclass
class Ledger:
    grants: Counter[str] = field(default_factory=Counter)  # per person
    grants_unsure: Counter[str] = field(default_factory=Counter)
    connections: dict[str, str] = field(default_factory=dict)  # connection -> authorization
    refreshes: Counter[str] = field(default_factory=Counter)  # per connection
    refreshes_unsure: Counter[str] = field(default_factory=Counter)
    revoked_authorizations: dict[str, float] = field(default_factory=dict)
    revoked_connections: dict[str, float] = field(default_factory=dict)
    dead_tokens: list[str] = field(default_factory=list)  # access tokens that must never be accepted again
    live_tokens: dict[str, str] = field(default_factory=dict)  # per connection: what must still be accepted
    calls: list[Call] = field(default_factory=list)
    broken: list[str] = field(default_factory=list)  # promises
    lock: threading.Lock = field(default_factory=threading.Lock)

    def called(self, what: str, began: float, status: int) -> None:
        with self.lock:
            self.calls.append(Call(began, time.monotonic() - began, what, status))

    def promise(self, kept: bool, says: str) -> None:
        if not kept:
            with self.lock:
                self.broken.append(says)

    def failures(self, since: float, until: float = float("inf")) -> list[Call]:
        """5xx and no answer at all; a refusal is an answer."""
        with self.lock:
            return [
                c for c in self.calls if since <= c.at + c.took and c.at < until and (c.status == 0 or c.status >= 500)
            ]
