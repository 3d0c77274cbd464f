"""What Contoso remembers on its server: attempts under way, and the access it was given."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any


@dataclass(frozen=True)
class Attempt:
    """One trip to the portal; everything in it must still fit when the person comes back."""

    model: str
    state: str
    nonce: str = field(default="", repr=False)
    verifier: str = field(default="", repr=False)


@dataclass(frozen=True)
class Answer:
    """What one HTTP call brought back; without a status, nobody answered."""

    title: str
    url: str
    at: datetime
    status: int | None
    headers: Mapping[str, str]
    body: Any

    @property
    def ok(self) -> bool:
        return self.status == 200


@dataclass(frozen=True)
class RefreshOutcome:
    at: datetime
    status: int | None
    error: str = ""
    description: str = ""


@dataclass
class Connection:
    model: str
    token: dict[str, Any] = field(repr=False)
    asked_scope: str
    connected_at: datetime
    claims: dict[str, Any] = field(default_factory=dict)
    token_headers: Mapping[str, str] = field(default_factory=dict)
    answers: list[Answer] = field(default_factory=list)
    refresh: RefreshOutcome | None = None
    reports: Answer | None = None
    name_from_api: str = ""
    over: bool = False

    @property
    def person(self) -> str:
        """Remembered, because after a revocation nobody tells us any more."""
        name = self.claims.get("name") or self.claims.get("preferred_username") or self.name_from_api
        return str(name or "the person who connected")

    @property
    def scopes(self) -> list[str]:
        """What the portal named; RFC 6749 §5.1 lets it name none when that is what was asked for."""
        return str(self.token.get("scope") or "").split()

    @property
    def expires_at(self) -> datetime | None:
        instant = self.token.get("expires_at")
        return datetime.fromtimestamp(instant, UTC) if isinstance(instant, int) else None

    def ran_out(self, now: datetime) -> bool:
        return self.expires_at is not None and self.expires_at <= now

    @property
    def api_status(self) -> int | None:
        """The first call asks who we act for; the others may be refused for a scope or an organization alone."""
        return self.answers[0].status if self.answers else None
