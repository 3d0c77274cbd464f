"""What an organization is, at a glance."""

from typing import Any

from django.db.models import Count, Q
from django.http import HttpResponse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_GET

from accounts import policies
from accounts.models import Membership, Organization
from accounts.pages.organization import frame
from accounts.pages.organization.projects import visible
from accounts.policies import Policies, Policy, TokenCreation
from accounts.stepup import PersonRequest, signed_in


@require_GET
@signed_in
def overview(request: PersonRequest, organization: str) -> HttpResponse:
    seat, now = frame.member(request, organization), timezone.now()
    found = seat.organization
    context = {
        "seat": seat,
        "me": seat.membership,
        "owned": found.owner_id == request.user.pk,
        "numbers": _numbers(found),
        "projects": visible(seat).count(),
        "invited": found.invitations.open(now).count() if seat.membership.administers else 0,
        "policies": lines(policies.effective(found.policies, now)),
    }
    return frame.render_tab(request, seat, "overview", "accounts/organization/overview.html", context)


def _numbers(organization: Organization) -> dict[str, int]:
    administrators = Q(administrator=True) | Q(person=organization.owner_id)
    return Membership.objects.filter(organization=organization).aggregate(
        members=Count("pk"),
        administrators=Count("pk", filter=administrators),
        reviewers=Count("pk", filter=Q(reviewer=True) | administrators),
    )


def lines(found: Policies) -> list[dict[str, Any]]:
    """What each policy says, in one line. `default`: nobody decided anything about it."""
    return [
        {
            "policy": policy,
            "said": said(policy, getattr(found, policy.key)),
            "default": getattr(found, policy.key) == policy.default,
        }
        for policy in policies.POLICIES.values()
    ]


def said(policy: Policy, value: Any) -> str:
    if policy.kind.name == "switch":
        return _("On") if value else _("Off")
    if policy.kind.name == "days":
        return _("No limit") if value is None else ngettext("%(n)s day", "%(n)s days", value) % {"n": value}
    return {
        TokenCreation.ALL: _("All members"),
        TokenCreation.LISTED: _("Members on the allow-list"),
        TokenCreation.PACKAGING: _("All members, with packaging permissions alone"),
        TokenCreation.LISTED_OR_PACKAGING: _("Members on the allow-list; others with packaging permissions alone"),
        TokenCreation.NONE: _("Nobody"),
    }[TokenCreation(value)]
