"""What a new value of a policy would refuse, before anybody decides it: the policy itself is asked, once per shape.

People of one access level, services of one kind and consents of one age are decided the same way. Each such shape is
decided once, with the value of now and with the new one. The database finds the shape of each row and counts.
"""

import copy
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from accounts import policies
from accounts.models import Organization
from accounts.policies import POLICIES
from authorizations.services.impact import services, tokens
from authorizations.services.impact.figures import Affected, Impact

__all__ = ["Affected", "Impact", "affected", "candidate", "of"]


def of(organization: Organization, key: str, value: Any, *, at: datetime) -> Impact:
    """`at`: the instant that is decided about. A constant number of statements."""
    before, after = candidate(organization, {}, at), candidate(organization, {key: value}, at)
    if POLICIES[key].guards == "services":
        return services.impact(before, after, at)
    return tokens.impact(before, after, key, at)


def affected(organization: Organization, key: str, value: Any, *, at: datetime) -> Affected:
    """Who and what exactly: for telling them. The same conditions as the figures."""
    before, after = candidate(organization, {}, at), candidate(organization, {key: value}, at)
    if POLICIES[key].guards == "services":
        return Affected(pairs=services.pairs(before, after, at))
    return Affected(holders=tokens.holders(before, after, key, at))


def candidate(organization: Organization, values: Mapping[str, Any], at: datetime) -> Organization:
    """The organization as it would be, unsaved."""
    found = copy.copy(organization)
    for key, value in values.items():
        found.policies = policies.with_value(found.policies, key, value, begins=at, now=at)
    return found
