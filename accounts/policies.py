"""The policies of an organization: which there are, their types and defaults, and what counts at an instant.

Stored on the organization as `{policy: [[from, value], ...]}`, `from` being seconds since the epoch: the value now,
and at most one that is scheduled. So a scheduled change begins in the same second in every process, and no job has
to run for it.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, fields
from datetime import datetime
from enum import StrEnum
from typing import Any

from django.utils.translation import gettext_lazy as _


class TokenCreation(StrEnum):
    """Who may make personal access tokens, and which."""

    ALL = "all"
    LISTED = "listed"  # people on the allow-list
    PACKAGING = "packaging"  # everybody, with packaging permissions alone
    LISTED_OR_PACKAGING = "listed_or_packaging"
    NONE = "none"


class WrongValue(ValueError):
    """A value that the policy cannot have; the text says what it can have."""


@dataclass(frozen=True)
class Kind:
    """`parse` takes a JSON value and returns it in its one form. Raises WrongValue."""

    name: str
    parse: Callable[[Any], Any]


def _switch(value: Any) -> bool:
    if isinstance(value, bool):
        return value
    if isinstance(value, str) and value.lower() in {"true", "false"}:
        return value.lower() == "true"
    raise WrongValue("The value must be true or false.")


def _days(most: int) -> Callable[[Any], int | None]:
    def parse(value: Any) -> int | None:
        if value in (None, ""):
            return None
        text = str(value)
        if isinstance(value, bool) or not (text.isascii() and text.isdigit()) or not 1 <= int(text[:9]) <= most:
            raise WrongValue(f"The value must be a whole number of days from 1 to {most}, or nothing for no limit.")
        return int(text)

    return parse


def _creation(value: Any) -> str:
    if value not in TokenCreation.__members__.values():
        raise WrongValue(f"The value must be one of: {', '.join(TokenCreation)}.")
    return str(value)


SWITCH = Kind("switch", _switch)


@dataclass(frozen=True)
class Policies:
    """What counts in one organization at one instant."""

    third_party_access: bool = True
    approved_services_only: bool = False
    verified_publishers_only: bool = False
    high_privilege_approval: bool = False
    authorization_days: int | None = None
    token_creation: str = TokenCreation.ALL
    full_scope_tokens: bool = True
    all_organizations_tokens: bool = True
    token_days: int | None = None
    token_idle_days: int | None = None


DEFAULTS = Policies()


@dataclass(frozen=True)
class Policy:
    """`guards`: what it is about, "services" or "tokens". `strict`: the value that refuses most, for a switch."""

    key: str
    kind: Kind
    title: Any
    sentence: Any
    guards: str
    wire: str = ""  # the name the REST API of the systems before us has for it
    wire_inverted: bool = field(default=False)

    @property
    def default(self) -> Any:
        return getattr(DEFAULTS, self.key)


POLICIES: Mapping[str, Policy] = {
    p.key: p
    for p in (
        Policy(
            "third_party_access",
            SWITCH,
            _("Third-party application access via OAuth"),
            _("Services that members authorized may act in this organization."),
            "services",
            "Policy.DisallowOAuthAuthentication",
            wire_inverted=True,
        ),
        Policy(
            "approved_services_only",
            SWITCH,
            _("Only approved services"),
            _("A service acts here only after somebody who reviews requests has approved it."),
            "services",
            "Policy.OnlyApprovedServices",
        ),
        Policy(
            "verified_publishers_only",
            SWITCH,
            _("Only verified publishers"),
            _("A service acts here only when its publisher has proved to own a domain."),
            "services",
            "Policy.OnlyVerifiedPublishers",
        ),
        Policy(
            "high_privilege_approval",
            SWITCH,
            _("High-privilege permissions need approval"),
            _("A service uses a high-privilege permission here only after it was approved."),
            "services",
            "Policy.HighPrivilegeNeedsApproval",
        ),
        Policy(
            "authorization_days",
            Kind("days", _days(3650)),
            _("Longest authorization"),
            _("After so many days a person has to approve a service again before it acts here."),
            "services",
            "Policy.MaxAuthorizationLifespanInDays",
        ),
        Policy(
            "token_creation",
            Kind("choice", _creation),
            _("Who may make personal access tokens"),
            _("It counts for new tokens, for new values of old ones and for longer ends."),
            "tokens",
            "Policy.DisablePATCreation",
        ),
        Policy(
            "full_scope_tokens",
            SWITCH,
            _("Full-access personal tokens"),
            _("A personal access token may carry full access here."),
            "tokens",
            "Policy.RestrictFullScopePersonalAccessTokens",
            wire_inverted=True,
        ),
        Policy(
            "all_organizations_tokens",
            SWITCH,
            _("Personal tokens for all organizations"),
            _("A personal access token that was made for every organization of its person is good here."),
            "tokens",
            "Policy.RestrictGlobalPersonalAccessTokens",
            wire_inverted=True,
        ),
        Policy(
            "token_days",
            Kind("days", _days(3650)),
            _("Longest life of a personal token"),
            _("A personal access token is good here for at most so many days."),
            "tokens",
            "Policy.RestrictPersonalAccessTokenLifespan",
        ),
        Policy(
            "token_idle_days",
            Kind("days", _days(3650)),
            _("Unused personal tokens end"),
            _("A personal access token that was not used for so many days ends."),
            "tokens",
            "Policy.EndIdlePersonalAccessTokens",
        ),
    )
}
assert set(POLICIES) == {f.name for f in fields(Policies)}  # noqa: S101  (at import: the table and the type agree)


def effective(stored: Mapping[str, Any], now: datetime) -> Policies:
    """`stored` is `Organization.policies`. What is not stored has its default."""
    if not stored:
        return DEFAULTS
    at, found = now.timestamp(), {}
    for key, timed in stored.items():
        begun = [value for begins, value in timed if begins <= at]
        if begun and key in POLICIES:
            found[key] = begun[-1]
    return Policies(**found)


def scheduled(stored: Mapping[str, Any], key: str, now: datetime) -> tuple[float, Any] | None:
    """The change of this policy that is still to come: (seconds since the epoch, value)."""
    later = [(begins, value) for begins, value in stored.get(key, []) if begins > now.timestamp()]
    return later[0] if later else None


def with_value(stored: Mapping[str, Any], key: str, value: Any, *, begins: datetime, now: datetime) -> dict[str, Any]:
    """`stored` with one more decision. It replaces what was scheduled; with `begins` not after `now` it counts at once."""
    current = getattr(effective(stored, now), key)
    timed = [[0, current]] if begins > now else []
    return {**stored, key: [*timed, [begins.timestamp() if begins > now else 0, value]]}
