"""The frame around each page of one organization: who may see it, its tabs, and what the head says.

To somebody who does not belong to it, an organization is not there.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from accounts.models import Membership, Organization
from accounts.stepup import PersonRequest


@dataclass(frozen=True)
class Seat:
    """The organization of a page, and how the person sits in it."""

    membership: Membership

    @property
    def organization(self) -> Organization:
        return self.membership.organization

    @property
    def slug(self) -> str:
        return self.organization.slug


def member(request: PersonRequest, slug: str) -> Seat:
    """One statement. Raises Http404 for strangers."""
    found = (
        Membership.objects.select_related("organization__owner")
        .filter(person=request.user, organization__slug=slug.lower())
        .first()
    )
    if found is None:
        raise Http404
    found.person = request.user
    return Seat(found)


def _only(request: PersonRequest, slug: str, may: Callable[[Membership], bool]) -> Seat:
    seat = member(request, slug)
    if not may(seat.membership):
        raise PermissionDenied
    return seat


def administrator(request: PersonRequest, slug: str) -> Seat:
    """Raises Http404 for strangers, PermissionDenied for other members."""
    return _only(request, slug, lambda m: m.administers)


def owner(request: PersonRequest, slug: str) -> Seat:
    """Raises Http404 for strangers, PermissionDenied for other members."""
    return _only(request, slug, lambda m: m.organization.owner_id == m.person_id)


def policy_setter(request: PersonRequest, slug: str) -> Seat:
    """An administrator with at least Basic. Raises Http404 for strangers, PermissionDenied for other members."""
    return _only(request, slug, lambda m: m.sets_policies)


def reviewer(request: PersonRequest, slug: str) -> Seat:
    """Administrators, and those they chose to answer requests. Raises as the others."""
    return _only(request, slug, lambda m: m.reviews)


@dataclass(frozen=True)
class Tab:
    """`name` is the URL name in `organization:`, which takes the slug."""

    name: str
    label: Any
    may: Callable[[Membership], bool]


TABS = (
    Tab("overview", _("Overview"), lambda m: True),
    Tab("members", _("Members"), lambda m: True),
    Tab("projects", _("Projects"), lambda m: True),
    Tab("policies", _("Policies"), lambda m: m.administers),
    Tab("services", _("Services"), lambda m: m.administers),
    Tab("approvals", _("Approvals"), lambda m: m.reviews),
    Tab("tokens", _("Personal tokens"), lambda m: m.administers),
    Tab("audit", _("Audit"), lambda m: m.administers),
    Tab("settings", _("Settings"), lambda m: m.administers),
)


def tabs(seat: Seat, current: str) -> list[dict[str, Any]]:
    return [
        {
            "name": tab.name,
            "label": tab.label,
            "url": reverse(f"organization:{tab.name}", args=[seat.slug]),
            "current": tab.name == current,
        }
        for tab in TABS
        if tab.may(seat.membership)
    ]


def render_tab(
    request: PersonRequest, seat: Seat, current: str, template: str, context: dict[str, Any], *, status: int = 200
) -> HttpResponse:
    """One tab: `template` extends accounts/organization/base.html and fills its `content` block."""
    frame = {
        "organization": {
            "name": seat.organization.name,
            "slug": seat.slug,
            "owner": seat.organization.owner,
            "administers": seat.membership.administers,
        },
        "tabs": tabs(seat, current),
    }
    return render(request, template, frame | context, status=status)
