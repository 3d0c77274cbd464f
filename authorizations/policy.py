"""THE answer to "may this app, with these scopes, act for this person here, now?".

Pure: facts in, decision out; no framework, no database, no clock. Asked at authorize, at every issue and refresh,
at bearer use, userinfo and introspection. The order of RULES is part of the meaning: the first refusal is the one told.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum
from typing import NamedTuple


class Reason(StrEnum):
    APP_DISABLED = "app_disabled"
    MODEL_ENDED = "model_ended"
    BROWN_OUT = "brown_out"
    LEGACY_STOPPED = "legacy_stopped"
    ISSUING_STOPPED = "issuing_stopped"
    READ_ONLY = "read_only"
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
    THIRD_PARTY_ACCESS_OFF = "third_party_access_off"
    SERVICE_BLOCKED = "service_blocked"
    PUBLISHER_NOT_VERIFIED = "publisher_not_verified"
    AUTHORIZATION_TOO_OLD = "authorization_too_old"
    RULED_OUT = "ruled_out"
    APPROVAL_NEEDED = "approval_needed"
    SHUT_OUT = "shut_out"
    TOKEN_SHUT_OUT = "token_shut_out"  # noqa: S105
    TOKEN_FULL_SCOPE = "token_full_scope"  # noqa: S105
    TOKEN_ALL_ORGANIZATIONS = "token_all_organizations"  # noqa: S105
    TOKEN_LIFE_TOO_LONG = "token_life_too_long"  # noqa: S105
    TOKEN_IDLE = "token_idle"  # noqa: S105


# Refused for now and not for good: what was presented stays good, so no client may throw it away.
PASSING = frozenset({Reason.BROWN_OUT, Reason.LEGACY_STOPPED, Reason.ISSUING_STOPPED, Reason.READ_ONLY})


class AppFacts(NamedTuple):
    enabled: bool
    legacy: bool
    scopes: frozenset[str]  # registered, with all they include
    secret_live: bool = True


class ConsentFacts(NamedTuple):
    scopes: frozenset[str]  # consented, with all they include
    revoked: bool
    expires_at: datetime | None
    given_at: datetime | None = None  # the last time the person said yes


class ConnectionFacts(NamedTuple):
    revoked: bool
    expires_at: datetime
    token_revoked: bool = False
    begun_at: datetime | None = None  # when the first token of it was issued
    scopes: frozenset[str] = frozenset()  # what it was issued for, with all they include


@dataclass(frozen=True, slots=True)
class PersonalTokenFacts:
    """A personal access token, which is used without any app."""

    full: bool
    every_organization: bool
    begun_at: datetime
    expires_at: datetime
    last_used_at: datetime  # or made, while it was not used
    shut_out: bool = False  # by an administrator of the organization that the call is about


@dataclass(frozen=True, slots=True)
class ServiceRules:
    """What an organization has decided about an app."""

    third_party_access: bool = True
    blocked: bool = False
    publisher_accepted: bool = True
    approved: frozenset[str] | None = None  # the scopes that need no approval or have it; None: all of them
    longest: timedelta | None = None  # how long a consent counts there


@dataclass(frozen=True, slots=True)
class TokenRules:
    """What an organization has decided about personal access tokens."""

    full_scope: bool = True
    every_organization: bool = True
    longest: timedelta | None = None
    idle: timedelta | None = None


@dataclass(frozen=True, slots=True)
class PlaceFacts:
    """The organization that a call is about."""

    member: bool
    included: bool  # the person's consent reaches it
    carried: frozenset[str]  # the scopes that the person's access level there is enough for
    shut_out: bool = False  # an administrator ended there what the service could do for this person
    services: ServiceRules = ServiceRules()
    tokens: TokenRules = TokenRules()
    # Revocation rules: whatever was begun before the instant and has any of the scopes is refused.
    ruled_out: tuple[tuple[datetime, frozenset[str]], ...] = ()
    # Its id. Two places that decide alike are equal, whichever they are.
    organization: str = field(default="", compare=False)


class Facts(NamedTuple):
    """None means: not asked at this point (a request has no connection yet, a client of its own has no person)."""

    now: datetime
    app: AppFacts
    legacy_sunset: datetime
    person_active: bool | None = None
    consent_needed: bool = True
    consent: ConsentFacts | None = None
    connection: ConnectionFacts | None = None
    place: PlaceFacts | None = None
    personal_token: PersonalTokenFacts | None = None
    brown_out_ends: datetime | None = None  # of the announced window that runs now, if one does
    legacy_stopped: bool = False  # by a kill switch
    # What keeps the portal from issuing anything; asked only where something is about to be issued.
    issuance_closed: Reason | None = None


class Decision(NamedTuple):
    reason: Reason | None

    @property
    def allowed(self) -> bool:
        return self.reason is None


YES = Decision(None)
Rule = Callable[[frozenset[str], Facts], Reason | None]


def app_is_enabled(_: frozenset[str], facts: Facts) -> Reason | None:
    return None if facts.app.enabled else Reason.APP_DISABLED


def model_has_not_ended(_: frozenset[str], facts: Facts) -> Reason | None:
    return Reason.MODEL_ENDED if facts.app.legacy and facts.now >= facts.legacy_sunset else None


def no_brown_out_runs(_: frozenset[str], facts: Facts) -> Reason | None:
    """The end is for good, a brown-out is not: so it is asked after it, and told as something that passes."""
    over = facts.brown_out_ends
    return Reason.BROWN_OUT if facts.app.legacy and over is not None and facts.now < over else None


def legacy_is_not_stopped(_: frozenset[str], facts: Facts) -> Reason | None:
    return Reason.LEGACY_STOPPED if facts.app.legacy and facts.legacy_stopped else None


def issuance_is_open(_: frozenset[str], facts: Facts) -> Reason | None:
    """Asked last: what is refused for good is said as that, also while nothing is issued."""
    return facts.issuance_closed


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


def third_party_access_is_on(_: frozenset[str], facts: Facts) -> Reason | None:
    if facts.place is None or facts.personal_token is not None:
        return None
    return None if facts.place.services.third_party_access else Reason.THIRD_PARTY_ACCESS_OFF


def service_is_not_blocked(_: frozenset[str], facts: Facts) -> Reason | None:
    if facts.place is None or facts.personal_token is not None:
        return None
    return Reason.SERVICE_BLOCKED if facts.place.services.blocked else None


def publisher_is_accepted(_: frozenset[str], facts: Facts) -> Reason | None:
    if facts.place is None or facts.personal_token is not None:
        return None
    return None if facts.place.services.publisher_accepted else Reason.PUBLISHER_NOT_VERIFIED


def service_is_not_shut_out(_: frozenset[str], facts: Facts) -> Reason | None:
    """Asked after what the person cannot change: approving again lets the service in, and is told only if it would."""
    if facts.place is None or facts.personal_token is not None:
        return None
    return Reason.SHUT_OUT if facts.place.shut_out else None


def consent_is_young_enough(_: frozenset[str], facts: Facts) -> Reason | None:
    if facts.place is None or facts.place.services.longest is None or facts.personal_token is not None:
        return None
    given = facts.consent.given_at if facts.consent else None
    over = given is not None and facts.now >= given + facts.place.services.longest
    return Reason.AUTHORIZATION_TOO_OLD if over else None


def no_revocation_rule_matches(_: frozenset[str], facts: Facts) -> Reason | None:
    if facts.place is None:
        return None
    held = facts.connection
    if held is None or held.begun_at is None:
        return None
    for before, ruled in facts.place.ruled_out:
        if held.begun_at < before and not ruled.isdisjoint(held.scopes):
            return Reason.RULED_OUT
    return None


def approval_is_given(requested: frozenset[str], facts: Facts) -> Reason | None:
    if facts.place is None or facts.place.services.approved is None or facts.personal_token is not None:
        return None
    return None if requested <= facts.place.services.approved else Reason.APPROVAL_NEEDED


def personal_token_fits(_: frozenset[str], facts: Facts) -> Reason | None:
    if facts.place is None or facts.personal_token is None:
        return None
    token, rules = facts.personal_token, facts.place.tokens
    if token.shut_out:
        return Reason.TOKEN_SHUT_OUT
    if token.full and not rules.full_scope:
        return Reason.TOKEN_FULL_SCOPE
    if token.every_organization and not rules.every_organization:
        return Reason.TOKEN_ALL_ORGANIZATIONS
    if rules.longest is not None and facts.now >= token.begun_at + rules.longest:
        return Reason.TOKEN_LIFE_TOO_LONG
    if rules.idle is not None and facts.now >= token.last_used_at + rules.idle:
        return Reason.TOKEN_IDLE
    return None


RULES: tuple[Rule, ...] = (
    app_is_enabled,
    model_has_not_ended,
    no_brown_out_runs,
    legacy_is_not_stopped,
    person_is_active,
    consent_is_live,
    connection_is_live,
    secret_is_live,
    scopes_are_registered,
    scopes_are_consented,
    person_belongs,
    third_party_access_is_on,
    service_is_not_blocked,
    publisher_is_accepted,
    service_is_not_shut_out,
    consent_is_young_enough,
    no_revocation_rule_matches,
    personal_token_fits,
    access_level_suffices,
    approval_is_given,
    issuance_is_open,
)


def decide(requested: frozenset[str], facts: Facts) -> Decision:
    """`requested`: scope identifiers, not closed. The first rule that refuses decides."""
    for rule in RULES:
        if reason := rule(requested, facts):
            return Decision(reason)
    return YES
