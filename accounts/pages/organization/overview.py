"""What an organization is, at a glance."""

from django.http import HttpResponse
from django.views.decorators.http import require_GET

from accounts.pages.organization import frame
from accounts.stepup import PersonRequest, signed_in


@require_GET
@signed_in
def overview(request: PersonRequest, organization: str) -> HttpResponse:
    seat = frame.member(request, organization)
    context = {
        "members": seat.organization.memberships.count(),
        "projects": seat.organization.projects.count(),
    }
    return frame.render_tab(request, seat, "overview", "accounts/organization/overview.html", context)
