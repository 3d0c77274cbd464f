"""THE answer to "may this app, with these scopes, act for this person here, now?".

Pure: facts in, decision out; no framework, no database, no clock. Asked at authorize, at every issue and refresh,
at bearer use, userinfo and introspection. The order of RULES is part of the meaning: the first refusal is the one told.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum


class Reason(StrEnum):
    APP_DISABLED = "app_disabled"
    MODEL_ENDED = "model_ended"
    BROWN_OUT = "brown_out"
    SECRET_ENDED = "secret_ended"  # noqa: S105
    PERSON_INACTIVE = "person_inactive"
    SCOPE_NOT_REGISTERED = "scope_not_registered"
    NOT_AUTHORIZED = "not_authorized"
    AUTHORIZATION_REVOKED = "authorization_revoked"
    AUTHORIZATION_EXPIRED = "authorization_expired"
    CONNECTION_REVOKED = "connection_revoked"
    CONNECTION_EXPIRED = "connection_expired"
    TOKEN_REVOKED = "token_revoked"  # noqa: S105
    SCOPE_NOT_CONSENTED = "scope_not_consented"
    NOT_A_MEMBER = "not_a_member"
    ORGANIZATION_NOT_INCLUDED = "organization_not_included"
    ACCESS_LEVEL_TOO_LOW = "access_level_too_low"


@dataclass(frozen=True, slots=True)
class AppFacts:
    enabled: bool
    legacy: bool
    scopes: frozenset[str]  # registered, with all they include
    secret_live: bool = True


@dataclass(frozen=True, slots=True)
class ConsentFacts:
    scopes: frozenset[str]  # consented, with all they include
    revoked: bool
    expires_at: datetime | None


@dataclass(frozen=True, slots=True)
class ConnectionFacts:
    revoked: bool
    expires_at: datetime
    token_revoked: bool = False


@dataclass(frozen=True, slots=True)
class PlaceFacts:
    """The organization that a call is about."""

    member: bool
    included: bool  # the person's consent reaches it
    carried: frozenset[str]  # the scopes that the person's access level there is enough for


@dataclass(frozen=True, slots=True)
class Facts:
    """None means: not asked at this point (a request has no connection yet, a client of its own has no person)."""

    now: datetime
    app: AppFacts
    legacy_sunset: datetime
    person_active: bool | None = None
    consent_needed: bool = True
    consent: ConsentFacts | None = None
    connection: ConnectionFacts | None = None
    place: PlaceFacts | None = None
    brown_out_ends: datetime | None = None  # of the announced window that runs now, if one does


@dataclass(frozen=True, slots=True)
class Decision:
    reason: Reason | None

    @property
    def allowed(self) -> bool:
        return self.reason is None


Rule = Callable[[frozenset[str], Facts], Reason | None]


def app_is_enabled(_: frozenset[str], facts: Facts) -> Reason | None:
    return None if facts.app.enabled else Reason.APP_DISABLED


def model_has_not_ended(_: frozenset[str], facts: Facts) -> Reason | None:
    return Reason.MODEL_ENDED if facts.app.legacy and facts.now >= facts.legacy_sunset else None


def no_brown_out_runs(_: frozenset[str], facts: Facts) -> Reason | None:
    """The end is for good, a brown-out is not: so it is asked after it, and told as something that passes."""
    over = facts.brown_out_ends
    return Reason.BROWN_OUT if facts.app.legacy and over is not None and facts.now < over else None


def person_is_active(_: frozenset[str], facts: Facts) -> Reason | None:
    return Reason.PERSON_INACTIVE if facts.person_active is False else None


def scopes_are_registered(requested: frozenset[str], facts: Facts) -> Reason | None:
    return None if requested <= facts.app.scopes else Reason.SCOPE_NOT_REGISTERED


def consent_is_live(_: frozenset[str], facts: Facts) -> Reason | None:
    if not facts.consent_needed:
        return None
    if facts.consent is None:
        return Reason.NOT_AUTHORIZED
    if facts.consent.revoked:
        return Reason.AUTHORIZATION_REVOKED
    expires_at = facts.consent.expires_at
    return Reason.AUTHORIZATION_EXPIRED if expires_at is not None and expires_at <= facts.now else None


def connection_is_live(_: frozenset[str], facts: Facts) -> Reason | None:
    if facts.connection is None:
        return None
    if facts.connection.revoked:
        return Reason.CONNECTION_REVOKED
    if facts.connection.expires_at <= facts.now:
        return Reason.CONNECTION_EXPIRED
    return Reason.TOKEN_REVOKED if facts.connection.token_revoked else None


def secret_is_live(_: frozenset[str], facts: Facts) -> Reason | None:
    """A secret that ended, ends every token minted with it (04-wire-contracts: secrets)."""
    return None if facts.app.secret_live else Reason.SECRET_ENDED


def scopes_are_consented(requested: frozenset[str], facts: Facts) -> Reason | None:
    if not facts.consent_needed or facts.consent is None:
        return None
    return None if requested <= facts.consent.scopes else Reason.SCOPE_NOT_CONSENTED


def person_belongs(_: frozenset[str], facts: Facts) -> Reason | None:
    if facts.place is None:
        return None
    if not facts.place.member:
        return Reason.NOT_A_MEMBER
    return None if facts.place.included else Reason.ORGANIZATION_NOT_INCLUDED


def access_level_suffices(requested: frozenset[str], facts: Facts) -> Reason | None:
    """An app never does more in an organization than the person's own access level there is good for."""
    if facts.place is None:
        return None
    return None if requested <= facts.place.carried else Reason.ACCESS_LEVEL_TOO_LOW


RULES: tuple[Rule, ...] = (
    app_is_enabled,
    model_has_not_ended,
    no_brown_out_runs,
    person_is_active,
    consent_is_live,
    connection_is_live,
    secret_is_live,
    scopes_are_registered,
    scopes_are_consented,
    person_belongs,
    access_level_suffices,
)


def decide(requested: frozenset[str], facts: Facts) -> Decision:
    """`requested`: scope identifiers, not closed. The first rule that refuses decides."""
    for rule in RULES:
        if reason := rule(requested, facts):
            return Decision(reason)
    return Decision(None)
