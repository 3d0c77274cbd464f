"""The policies of an organization: /{organization}/_apis/organizationpolicy/policies.

Read with vso.auditlog, whose records hold the same; changed with vso.security_manage. Administrators with at least
Basic alone: the access level of the first is the least that either permission needs.
"""

from datetime import datetime
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from django.utils.dateparse import parse_datetime
from ninja import Router

from accounts import policies, policy_changes
from accounts.models import Organization, PolicyChange
from accounts.policies import POLICIES, Policy, WrongValue
from authorizations.api import json_patch
from authorizations.api.access import Placed, admit_in, refused
from authorizations.api.described import Listed, described
from authorizations.api.errors import ApiError, invalid, not_found
from authorizations.api.organization_policy_shapes import Change, OrganizationPolicy, from_wire, shape
from authorizations.api.versions import check_version
from authorizations.explaining import Denial

READ, CHANGE = "vso.auditlog", "vso.security_manage"
PATHS = ("/value", "/reason", "/effectiveat")
BY_NAME = {policy.wire.lower(): policy for policy in POLICIES.values()}
router = Router()
TAGGED = {"ETag": "The version of the policies: send it as If-Match with a change."}
BASE = "{organization}/_apis/organizationpolicy/policies"


@router.get(BASE)
@described(READ, gives=Listed[OrganizationPolicy], headers=TAGGED)
def listing(request: HttpRequest, organization: str, response: HttpResponse) -> dict[str, Any]:
    """The policies of the organization."""
    placed, now = _admitted(request, organization, READ)
    check_version(request)
    response["ETag"] = _tag(placed.organization)
    found = [shape(policy, placed.organization, now) for policy in POLICIES.values()]
    return {"count": len(found), "value": found}


@router.get(BASE + "/{name}")
@described(READ, gives=OrganizationPolicy, headers=TAGGED)
def one(request: HttpRequest, organization: str, name: str, response: HttpResponse) -> dict[str, Any]:
    """One policy."""
    placed, now = _admitted(request, organization, READ)
    check_version(request)
    response["ETag"] = _tag(placed.organization)
    return shape(_policy(name), placed.organization, now)


@router.patch(BASE + "/{name}")
@described(
    CHANGE,
    takes=list[Change],
    takes_kind="application/json-patch+json",
    gives=OrganizationPolicy,
    also=[409, 412],
    headers=TAGGED,
)
def change(request: HttpRequest, organization: str, name: str, response: HttpResponse) -> dict[str, Any]:
    """`/Value` is what the systems before us take; `/Reason` and `/EffectiveAt` are ours, and may be left out."""
    placed, now = _admitted(request, organization, CHANGE)
    check_version(request)
    policy, said = _policy(name), json_patch.document(request, PATHS)
    seen = _seen(request, placed.organization)
    _tested(said, policy, placed.organization, now)
    try:
        _change(placed, policy, said, seen, now)
    except WrongValue as error:
        raise invalid(str(error)) from error
    except policy_changes.Stale as error:
        raise _stale(request, str(error)) from error
    except policy_changes.Refused as error:
        raise invalid(str(error)) from error
    response["ETag"] = _tag(placed.organization)
    return shape(policy, placed.organization, now)


def _admitted(request: HttpRequest, organization: str, scope: str) -> tuple[Placed, datetime]:
    now = timezone.now()
    placed = admit_in(request, now, organization, scope, administrator=True)
    if not placed.membership.sets_policies:
        words = "This is for administrators with at least Basic access."
        raise refused(placed.access, Denial.POLICY_SETTERS_ONLY, words, placed.organization, now)
    return placed, now


def _policy(name: str) -> Policy:
    if name.lower() not in BY_NAME:
        raise not_found("policy")
    return BY_NAME[name.lower()]


def _change(placed: Placed, policy: Policy, said: json_patch.Patch, seen: int, now: datetime) -> PolicyChange | None:
    app = placed.access.app
    through = f"Changed through the REST API by {app.name}." if app else "Changed through the REST API."
    if "/value" not in said.values:
        raise invalid("Say the new value: an operation with the path /Value.")
    return policy_changes.set_policy(
        placed.organization,
        policy.key,
        from_wire(policy, said.values["/value"]),
        by=placed.access.person,
        why=_text(said.values.get("/reason") or through),
        effective_at=_instant(said.values.get("/effectiveat")),
        seen_version=seen,
        now=now,
    )


def _tested(said: json_patch.Patch, policy: Policy, organization: Organization, now: datetime) -> None:
    """RFC 6902 §4.6: an operation `test` that does not hold fails the whole patch."""
    if "/value" not in said.tests:
        return
    current = getattr(policies.effective(organization.policies, now), policy.key)
    try:
        holds = policy.kind.parse(from_wire(policy, said.tests["/value"])) == current
    except WrongValue:
        holds = False
    if not holds:
        raise ApiError(409, "VssServiceException", "The test does not hold: /Value is another. Nothing was changed.")


def _text(value: Any) -> str:
    if not isinstance(value, str) or any("\ud800" <= c <= "\udfff" for c in value):
        raise invalid("/Reason must be a text.")
    return value


def _instant(value: Any) -> datetime | None:
    if value is None:
        return None
    try:
        found = parse_datetime(value) if isinstance(value, str) else None
    except ValueError:
        found = None
    if found is None or found.tzinfo is None:
        raise invalid("/EffectiveAt must be an instant like 2026-12-01T09:00:00Z.")
    return found


def _seen(request: HttpRequest, organization: Organization) -> int:
    """The version that the program read (RFC 9110 §13.1.1); without If-Match, the one of this moment."""
    said = request.headers.get("If-Match", "").strip()
    if said in {"", "*"}:
        return organization.policies_version
    if said != _tag(organization):
        raise _stale(request, "The policies of the organization changed since they were read.")
    return organization.policies_version


def _stale(request: HttpRequest, message: str) -> ApiError:
    return ApiError(412 if request.headers.get("If-Match") else 409, "VssServiceException", message)


def _tag(organization: Organization) -> str:
    return f'"{organization.policies_version}"'
