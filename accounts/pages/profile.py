"""The person's own page."""

from django.http import HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_GET

from accounts.models import Membership, Project
from accounts.stepup import PersonRequest, signed_in


@require_GET
@signed_in
def profile(request: PersonRequest) -> HttpResponse:
    person = request.user
    projects: dict[object, list[str]] = {}
    for organization_id, name in (
        Project.objects.filter(members=person).order_by("name").values_list("organization_id", "name")
    ):
        projects.setdefault(organization_id, []).append(name)
    memberships = [
        {
            "organization_name": m.organization.name,
            "access_level_label": m.get_access_level_display(),
            "administrator": m.administrator,
            "owner": m.organization.owner_id == person.pk,
            "projects": projects.get(m.organization_id, []),
        }
        for m in Membership.objects.filter(person=person).select_related("organization").order_by("organization__name")
    ]
    return render(request, "accounts/profile.html", {"person": person, "memberships": memberships})
