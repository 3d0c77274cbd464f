"""Bearer tokens at our own endpoints (RFC 6750), decided on live facts in one statement."""

from abc import ABC, abstractmethod
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from typing import Any
from uuid import UUID

from accounts.models import User
from authorizations import explaining, pauses, selectors, usage
from authorizations.events.context import note_client, note_person
from authorizations.explaining import Denial, Presented
from authorizations.models import Connection
from authorizations.policy import PASSING, Facts, PlaceFacts, Reason, decide
from authorizations.protocol.http import WithHeaders
from authorizations.rows.shapes import PersonRow
from authorizations.services import access_tokens
from authorizations.services.access_tokens import AccessToken
from oauthapps import scopes
from oauthapps.models import Application

REALM = 'Bearer realm="Gatehouse"'


class BearerRefused(Exception):
    """RFC 6750 §3.1. `reason` is the policy's, when it refused; `why` is the address of the page that says more."""

    def __init__(
        self,
        status: int,
        error: str,
        description: str,
        reason: Reason | None = None,
        retry_after: str = "",
        why: str = "",
    ) -> None:
        super().__init__(description)
        self.status, self.error, self.description, self.reason = status, error, description, reason
        self.retry_after = retry_after
        self.code = reason or explaining.OF_ERRORS.get(error, Denial.TOKEN_MISSING)
        self.why = why or explaining.page(reason or explaining.OF_ERRORS.get(error, Denial.TOKEN_MISSING))

    @property
    def challenge(self) -> str:
        if not self.error:
            return REALM
        return f'{REALM}, error="{self.error}", error_description="{self.description}", error_uri="{self.why}"'


class Access(ABC):
    """What was presented with a call and is good now: whose it is, and what it carries."""

    granted: tuple[str, ...]

    @property
    @abstractmethod
    def person(self) -> User: ...

    @property
    @abstractmethod
    def app(self) -> Application | None:
        """None for a personal access token: no app stands between."""

    @property
    @abstractmethod
    def organizations(self) -> Sequence[str] | None:
        """The ids of those that it is limited to; None is all of the person's."""

    @abstractmethod
    def facts(self, now: datetime, place: PlaceFacts | None = None) -> Facts: ...

    @abstractmethod
    def note_scope(self, scope: str, now: datetime) -> None:
        """The call needed this permission."""

    @abstractmethod
    def note_organization(self, organization_id: UUID, now: datetime) -> None:
        """The call was about this organization."""

    @property
    def presented(self) -> Presented | None:
        """What came with the call, for the page that explains a refusal."""
        return None

    def covers(self, scope: str) -> bool:
        return scopes.covers(self.granted, scope)


@dataclass(frozen=True)
class TokenAccess(Access):
    """An access token of an app."""

    token: AccessToken
    connection: Connection
    granted: tuple[str, ...]

    @cached_property
    def person(self) -> User:  # type: ignore[override]
        found: Any = self.connection.authorization.person
        return found.whole() if isinstance(found, PersonRow) else found

    @property
    def app(self) -> Application:
        return self.connection.authorization.application

    @property
    def organizations(self) -> Sequence[str] | None:
        return self.connection.authorization.organizations

    @property
    def presented(self) -> Presented:
        return Presented("connection", self.connection.pk)

    def facts(self, now: datetime, place: PlaceFacts | None = None) -> Facts:
        return selectors.connection_facts(self.connection, now, place)

    def note_scope(self, scope: str, now: datetime) -> None:
        usage.note_scope(self.connection, scope, now)

    def note_organization(self, organization_id: UUID, now: datetime) -> None:
        usage.note_organization(self.connection, organization_id, now)


def read_bearer(request: WithHeaders) -> str:
    """From the header only: in an address it would end in logs (RFC 9700 §4.3.2)."""
    scheme, _, value = request.headers.get("Authorization", "").partition(" ")
    if scheme.lower() != "bearer" or not value.strip():
        raise BearerRefused(401, "", "Send an access token in the Authorization header.")
    return value.strip()


def authenticate(request: WithHeaders, now: datetime, *, endpoint: str = "api") -> TokenAccess:
    """One statement. `endpoint` is what the use is counted as. Raises BearerRefused."""
    value = read_bearer(request)
    token = access_tokens.read(value, now)
    # Every answer to a token of the legacy model says when the model ends; the edge adds the headers.
    request.legacy_token = token.legacy if token else access_tokens.says_legacy(value)  # type: ignore[attr-defined]
    if token is None:
        raise BearerRefused(401, "invalid_token", "The access token is not valid or has expired.")
    if token.connection_id is None:
        why = explaining.page(Denial.PERSON_NEEDED)
        raise BearerRefused(403, "insufficient_scope", "This needs the access token of a person.", why=why)
    connection = selectors.connection_of_token(token.connection_id, token.jti)
    if connection is None:
        raise BearerRefused(401, "invalid_token", "The access token is no longer in force.")
    note_client(connection.authorization.application.client_id)
    note_person(connection.authorization.person_id)
    access = _decided(token, connection, endpoint, now)
    usage.note_call(connection, endpoint, now)
    return access


def _decided(token: AccessToken, connection: Connection, endpoint: str, now: datetime) -> TokenAccess:
    facts = selectors.connection_facts(connection, now)
    decision = decide(frozenset(), facts)
    if decision.reason in PASSING:
        raise paused(decision.reason, now)
    if decision.reason:
        usage.note_refused(decision.reason, connection, endpoint, now)
        why = why_of(connection, decision.reason, now)
        raise BearerRefused(401, "invalid_token", "The access token is no longer in force.", decision.reason, why=why)
    # Permissions that the person has dropped since are gone from the token at once.
    still = scopes.closure(connection.authorization.scopes)
    return TokenAccess(token, connection, tuple(s for s in token.scopes if s in still))


def why_of(connection: Connection, code: explaining.Code, now: datetime, scopes: Sequence[str] = ()) -> str:
    """The address of the page about a refusal of what was presented with this connection. No statement."""
    found = connection.authorization
    presented = Presented("connection", connection.pk)
    return explaining.address(
        code, now=now, person=found.person, app=found.application, presented=presented, scopes=scopes
    )


def paused(reason: Reason, now: datetime) -> BearerRefused:
    """The token is good, and will be again: 503 and never 401, so that no client throws it away."""
    pause = pauses.of(reason, now)
    return BearerRefused(503, "temporarily_unavailable", pause.sentence, reason, pause.seconds)
