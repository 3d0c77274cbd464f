"""The page behind an invitation's link: which organization, who invites, what it gives, and one button."""

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from accounts.models import Membership
from accounts.services import invitations
from accounts.stepup import PersonRequest, signed_in


@require_http_methods(["GET", "POST"])
@signed_in
def invitation(request: PersonRequest, value: str) -> HttpResponse:
    now = timezone.now()
    try:
        found = invitations.find(value, now)
        if request.method == "POST":
            joined = invitations.accept(value, person=request.user, now=now)
            messages.success(request, _("You are a member of %(name)s now.") % {"name": joined.name})
            return redirect("organization:overview", joined.slug)
    except invitations.InvitationOver:
        return render(request, "accounts/invitation_over.html", {"days": invitations.LIFETIME.days}, status=404)
    except invitations.AlreadyMember:
        messages.info(request, _("You are a member of %(name)s already.") % {"name": found.organization.name})
        return redirect("organization:overview", found.organization.slug)
    context = {
        "invitation": found,
        "organization": found.organization,
        "projects": found.organization.projects.filter(pk__in=found.projects).order_by("name"),
        "already": Membership.objects.filter(organization=found.organization, person=request.user).exists(),
        "another": not invitations.meant_for(found, request.user),
    }
    return render(request, "accounts/invitation.html", context)
