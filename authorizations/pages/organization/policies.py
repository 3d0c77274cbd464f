"""The policies of an organization: what holds, since when, what is planned, and what was decided before."""

from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from django.core.paginator import Paginator
from django.db.models import OuterRef, Subquery
from django.http import Http404, HttpResponse
from django.utils import timezone
from django.views.decorators.http import require_GET

from accounts import policies
from accounts.models import Organization, PolicyChange
from accounts.pages.organization import frame
from accounts.pages.organization.frame import Seat
from accounts.policies import POLICIES, SWITCH, Policies, Policy, TokenCreation
from accounts.stepup import PersonRequest, signed_in
from authorizations.notifications.texts.policies import value_words

PAGE = 20


@require_GET
@signed_in
def listing(request: PersonRequest, organization: str) -> HttpResponse:
    seat, now = frame.administrator(request, organization), timezone.now()
    history = PolicyChange.objects.filter(organization=seat.organization)
    page = Paginator(history, PAGE).get_page(request.GET.get("page"))
    latest = {change.policy: change for change in _in_force(seat.organization, now)}
    rows = [row(policy, seat.organization, latest.get(policy.key), now) for policy in POLICIES.values()]
    context = {
        "groups": [
            {"guards": guards, "rows": [r for r in rows if r["guards"] == guards]} for guards in ("services", "tokens")
        ],
        "history": [_entry(change, latest, now) for change in page],
        "page": page,
        "may_change": seat.membership.sets_policies,
    }
    return frame.render_tab(request, seat, "policies", "authorizations/organization/policies.html", context)


def row(policy: Policy, organization: Organization, change: PolicyChange | None, now: datetime) -> dict[str, Any]:
    coming = policies.scheduled(organization.policies, policy.key, now)
    current = getattr(policies.effective(organization.policies, now), policy.key)
    return {
        "key": policy.key,
        "guards": policy.guards,
        "title": policy.title,
        "sentence": policy.sentence,
        "value": value_words(current),
        "default": current == policy.default,
        "since": change,
        "coming": {"at": datetime.fromtimestamp(coming[0], UTC), "value": value_words(coming[1])} if coming else None,
    }


def _in_force(organization: Organization, now: datetime) -> Any:
    """The newest change that counts, of each policy: one statement."""
    begun = PolicyChange.objects.filter(organization=organization, cancelled_at=None, effective_at__lte=now)
    newest = begun.filter(policy=OuterRef("policy")).order_by("-version").values("pk")[:1]
    return begun.filter(pk=Subquery(newest))


def _entry(change: PolicyChange, latest: dict[str, PolicyChange], now: datetime) -> dict[str, Any]:
    policy, standing = POLICIES.get(change.policy), latest.get(change.policy)
    planned = change.effective_at > now and change.cancelled_at is None
    return {
        "change": change,
        "title": policy.title if policy else change.policy,
        "old": value_words(change.previous),
        "new": value_words(change.value),
        "planned": planned,
        "was_planned": change.effective_at > change.made_at,
        # The service asks again; a newer one that is planned stands in the way too, and then it says so.
        "undoable": standing is not None and standing.pk == change.pk,
    }


def found(seat: Seat, change_id: UUID) -> PolicyChange:
    """Of this organization: one of another is not there."""
    change = PolicyChange.objects.filter(organization=seat.organization, pk=change_id).first()
    if change is None or change.policy not in POLICIES:
        raise Http404
    change.organization = seat.organization
    return change


def policy_of(key: str) -> Policy:
    if key not in POLICIES:
        raise Http404
    return POLICIES[key]


def choices(policy: Policy, current: Policies) -> list[dict[str, Any]]:
    """The values to choose among; empty for a number of days."""
    values: list[Any] = [True, False] if policy.kind is SWITCH else []
    if policy.key == "token_creation":
        values = [str(value) for value in TokenCreation]
    now = getattr(current, policy.key)
    return [{"value": str(v).lower(), "label": value_words(v), "current": v == now} for v in values]
