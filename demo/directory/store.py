"""What the directory remembers while it runs: codes, access tokens, and what tests asked it to do."""

import secrets
import threading
from dataclasses import dataclass, field
from typing import Any

from demo.directory.accounts import Account

FORGET_SECONDS = 3600  # both for codes, so that a late one is told why it fails, and for access tokens


@dataclass(frozen=True)
class Grant:
    """What an authorization code stands for."""

    account: Account
    auth_time: int
    redirect_uri: str
    challenge: str
    nonce: str
    scope: str
    made_at: float


@dataclass
class Controls:
    refusals: dict[str, tuple[str, str]] = field(default_factory=dict)
    override: dict[str, Any] = field(default_factory=dict)

    def take_override(self) -> dict[str, Any]:
        """For the next token only."""
        taken, self.override = self.override, {}
        return taken

    def reset(self) -> None:
        self.refusals.clear()
        self.override = {}


class Store:
    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._codes: dict[str, Grant] = {}
        self._spent: set[str] = set()
        self._access: dict[str, tuple[Account, float]] = {}

    def issue_code(self, grant: Grant) -> str:
        code = secrets.token_urlsafe(32)
        with self._lock:
            self._forget(grant.made_at)
            self._codes[code] = grant
        return code

    def spend(self, code: str) -> tuple[Grant | None, bool]:
        """The grant, and whether this is the first time (RFC 6749 §4.1.2: a code is used once)."""
        with self._lock:  # two exchanges of one code must not both be the first
            first = code not in self._spent
            if code in self._codes:
                self._spent.add(code)
            return self._codes.get(code), first

    def issue_access_token(self, account: Account, now: float) -> str:
        token = secrets.token_urlsafe(48)
        with self._lock:
            self._access[token] = (account, now + FORGET_SECONDS)
        return token

    def bearer(self, token: str, now: float) -> Account | None:
        account, ends = self._access.get(token, (None, 0.0))
        return account if now < ends else None

    def _forget(self, now: float) -> None:
        self._codes = {code: grant for code, grant in self._codes.items() if now - grant.made_at < FORGET_SECONDS}
        self._spent &= self._codes.keys()
        self._access = {token: (who, ends) for token, (who, ends) in self._access.items() if now < ends}
