"""A policy as the REST API of the systems before us has it: some of them are said the other way round there."""

from datetime import UTC, datetime
from typing import Any, Literal, NotRequired

from typing_extensions import TypedDict

from accounts import policies
from accounts.models import Organization
from accounts.policies import SWITCH, Policy, TokenCreation
from authorizations.api.shapes import instant


class Scheduled(TypedDict):
    value: Any
    effectiveAt: str


class OrganizationPolicy(TypedDict):
    name: str
    value: Any
    effectiveValue: Any
    isValueUndefined: bool
    enforce: bool
    parentPolicy: None
    description: str
    version: int
    scheduled: NotRequired[Scheduled]


class Change(TypedDict):
    """An operation of a JSON Patch (RFC 6902)."""

    op: Literal["add", "replace", "test"]
    path: Literal["/Value", "/Reason", "/EffectiveAt"]
    value: Any


def to_wire(policy: Policy, value: Any) -> Any:
    return not value if policy.wire_inverted else value


def from_wire(policy: Policy, value: Any) -> Any:
    """The value as ours. What it cannot be is left as it is: the policy says what it can have."""
    if policy.key == "token_creation" and str(value).lower() in {"true", "false"}:
        # There, it is a switch with an allow-list behind it.
        return TokenCreation.LISTED if str(value).lower() == "true" else TokenCreation.ALL
    if policy.kind is SWITCH and policy.wire_inverted:
        return not SWITCH.parse(value)
    return value


def shape(policy: Policy, organization: Organization, now: datetime) -> dict[str, Any]:
    current = getattr(policies.effective(organization.policies, now), policy.key)
    coming = policies.scheduled(organization.policies, policy.key, now)
    said = {
        "name": policy.wire,
        "value": to_wire(policy, current),
        "effectiveValue": to_wire(policy, current),
        "isValueUndefined": policy.key not in organization.policies,
        "enforce": True,
        "parentPolicy": None,
        "description": str(policy.sentence),
        "version": organization.policies_version,
    }
    if coming:
        begins, value = coming
        at = instant(datetime.fromtimestamp(begins, UTC))
        said["scheduled"] = {"value": to_wire(policy, value), "effectiveAt": at}
    return said
