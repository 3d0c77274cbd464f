"""What a personal access token may be, when it is made, made anew, or changed to be able to do more. Pure.

Whether it is accepted at use is the policy's question, asked live: an organization that becomes stricter does not
wait for tokens to be made anew.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from accounts.policies import Policies, TokenCreation
from oauthapps.scopes import CATALOGUE, FULL_ACCESS

# The technical maximum; organizations may set less.
LONGEST = timedelta(days=365)
MOST_LIVE = 200
LONGEST_NAME = 100
PACKAGING = frozenset(s.identifier for s in CATALOGUE.values() if s.category == "Packaging")


class Problem(StrEnum):
    """The codes that clients of `tokens/pats` know."""

    NAME_MISSING = "displayNameRequired"
    NAME_WRONG = "invalidDisplayName"
    END_WRONG = "invalidValidTo"
    SCOPE_WRONG = "invalidScope"
    ORGANIZATION_WRONG = "invalidTargetAccounts"
    NOT_ALLOWED = "accessDenied"
    PAUSED = "serviceUnavailable"  # a kill switch: nothing is issued for now
    NOT_THERE = "authorizationNotFound"
    CHANGED = "failedToUpdateAccessToken"
    # An organization's policies.
    CREATION_OFF = "disablePatCreationPolicyViolation"
    EVERY_ORGANIZATION = "globalPatPolicyViolation"
    FULL_SCOPE = "fullScopePatPolicyViolation"
    TOO_LONG = "patLifespanPolicyViolation"


# Which policy of the organization says so.
POLICY_OF = {
    Problem.CREATION_OFF: "token_creation",
    Problem.EVERY_ORGANIZATION: "all_organizations_tokens",
    Problem.FULL_SCOPE: "full_scope_tokens",
    Problem.TOO_LONG: "token_days",
}


@dataclass(frozen=True)
class Wanted:
    scopes: frozenset[str]
    every_organization: bool
    begins: datetime
    ends: datetime


def may_make(found: Policies, scopes: frozenset[str], *, listed: bool) -> bool:
    """`listed`: the person is on the organization's allow-list."""
    packaging = bool(scopes) and scopes <= PACKAGING
    return {
        TokenCreation.ALL: True,
        TokenCreation.LISTED: listed,
        TokenCreation.PACKAGING: packaging,
        TokenCreation.LISTED_OR_PACKAGING: listed or packaging,
    }.get(TokenCreation(found.token_creation), False)


def broken(found: Policies, wanted: Wanted, *, listed: bool) -> Problem | None:
    """The first policy of one organization that the token would break."""
    if not may_make(found, wanted.scopes, listed=listed):
        return Problem.CREATION_OFF
    if wanted.every_organization and not found.all_organizations_tokens:
        return Problem.EVERY_ORGANIZATION
    if FULL_ACCESS in wanted.scopes and not found.full_scope_tokens:
        return Problem.FULL_SCOPE
    if found.token_days is not None and wanted.ends > wanted.begins + timedelta(days=found.token_days):
        return Problem.TOO_LONG
    return None
