"""The end of a membership: what stops with it, from real numbers, and one button."""

from datetime import datetime
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.db.models import Count, Q
from django.http import HttpResponse
from django.shortcuts import redirect
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from accounts.models import Membership, Organization, User
from accounts.pages.organization import frame
from accounts.pages.organization.member import membership_of
from accounts.services import members
from accounts.services.standing import Refused
from accounts.stepup import PersonRequest, signed_in
from authorizations.models import Authorization, PersonalAccessToken


def what_stops(person: User, organization: Organization, now: datetime) -> dict[str, int]:
    """What reaches the organization for the person: two statements for services, one for tokens, one for projects."""
    place = str(organization.pk)
    live = Q(connections__revoked_at=None, connections__expires_at__gt=now)
    found = Authorization.objects.of(person).live(now).annotate(open_connections=Count("connections", filter=live))
    reaching = [
        number
        for places, number in found.values_list("organizations", "open_connections")
        if places is None or place in places
    ]
    tokens = PersonalAccessToken.objects.filter(
        Q(organization=None) | Q(organization=organization), person=person, revoked_at=None, expires_at__gt=now
    )
    return {
        "services": len(reaching),
        "connections": sum(reaching),
        "tokens": tokens.count(),
        "projects": organization.projects.filter(members=person).count(),
        "invitations": organization.invitations.waiting().filter(invited_by=person).count(),
    }


def _context(found: Membership, me: bool) -> dict[str, Any]:
    stops = what_stops(found.person, found.organization, timezone.now())
    return {"person": found.person, "me": me, "stops": stops}


@require_http_methods(["GET", "POST"])
@signed_in
def remove(request: PersonRequest, organization: str, person_id: UUID) -> HttpResponse:
    """An administrator removes somebody else."""
    seat = frame.administrator(request, organization)
    found = membership_of(seat, person_id)
    if found.person_id == request.user.pk:
        return redirect("organization:leave", seat.slug)
    if found.person_id == seat.organization.owner_id:
        messages.error(request, _("The owner cannot leave or be removed. Hand the organization over first."))
        return redirect("organization:member", seat.slug, person_id)
    if request.method == "GET":
        template = "authorizations/organization/member_remove.html"
        return frame.render_tab(request, seat, "members", template, _context(found, me=False))
    try:
        if members.remove(seat.organization, found.person, by=request.user, now=timezone.now()):
            messages.success(request, _("%(who)s is no longer a member.") % {"who": found.person})
    except Refused as refusal:
        messages.error(request, str(refusal))
        return redirect("organization:member", seat.slug, person_id)
    return redirect("organization:members", seat.slug)


@require_http_methods(["GET", "POST"])
@signed_in
def leave(request: PersonRequest, organization: str) -> HttpResponse:
    seat = frame.member(request, organization)
    if seat.organization.owner_id == request.user.pk:
        messages.error(request, _("You own it. Hand the organization over first, on the page of another member."))
        return redirect("organization:members", seat.slug)
    if request.method == "GET":
        template = "authorizations/organization/member_remove.html"
        return frame.render_tab(request, seat, "overview", template, _context(seat.membership, me=True))
    try:
        members.leave(seat.organization, request.user, now=timezone.now())
    except Refused as refusal:
        messages.error(request, str(refusal))
        return redirect("organization:overview", seat.slug)
    messages.success(request, _("You left %(name)s.") % {"name": seat.organization.name})
    return redirect("accounts:organizations")
