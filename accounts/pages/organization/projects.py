"""The projects of an organization, and making one. Administrators see all, others those they are in."""

from typing import Any

from django import forms
from django.contrib import messages
from django.db.models import Count, QuerySet
from django.http import HttpResponse
from django.shortcuts import redirect
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_GET, require_http_methods

from accounts.models import Project
from accounts.pages import asked
from accounts.pages.organization import frame
from accounts.pages.organization.frame import Seat
from accounts.services import projects
from accounts.services.standing import Refused
from accounts.stepup import PersonRequest, signed_in

PER_PAGE = 50


class ProjectForm(forms.Form):
    name = forms.CharField(label=gettext_lazy("Name"), max_length=64)
    description = forms.CharField(
        label=gettext_lazy("Description"),
        required=False,
        max_length=projects.LONGEST_DESCRIPTION,
        widget=forms.Textarea(attrs={"rows": 3}),
    )
    revision = forms.IntegerField(widget=forms.HiddenInput, required=False, min_value=0, max_value=2**31 - 1)


def visible(seat: Seat) -> QuerySet[Project]:
    found = Project.objects.filter(organization=seat.organization)
    return found if seat.membership.administers else found.filter(members=seat.membership.person_id)


@require_GET
@signed_in
def listing(request: PersonRequest, organization: str) -> HttpResponse:
    seat = frame.member(request, organization)
    query, found = asked.query(request), visible(seat)
    total = found.count()
    if query:
        found = found.filter(name__icontains=query)
    page = asked.page(request, found.order_by("name", "pk"), PER_PAGE, count=None if query else total)
    context = {"rows": _rows(page.object_list), "page": page, "query": query, "total": total}
    return frame.render_tab(request, seat, "projects", "accounts/organization/projects.html", context)


def _rows(found: Any) -> list[dict[str, Any]]:
    """How many members each has: one statement for all of them."""
    projects_shown = list(found)
    inside = Project.members.through.objects.filter(project__in=[p.pk for p in projects_shown]).order_by()
    members = dict(inside.values_list("project_id").annotate(Count("pk")))
    return [{"project": p, "members": members.get(p.pk, 0)} for p in projects_shown]


@require_http_methods(["GET", "POST"])
@signed_in
def create(request: PersonRequest, organization: str) -> HttpResponse:
    seat = frame.administrator(request, organization)
    form = ProjectForm(request.POST if request.method == "POST" else None)
    if form.is_valid():
        said = form.cleaned_data
        try:
            made = projects.create(
                seat.organization,
                name=said["name"],
                description=said["description"],
                by=request.user,
                now=timezone.now(),
            )
        except Refused as refusal:
            form.add_error(refusal.field or None, str(refusal))
        else:
            messages.success(request, _("The project %(name)s is there. Put members into it.") % {"name": made.name})
            return redirect("organization:project", seat.slug, made.pk)
    status = 400 if form.errors else 200
    return frame.render_tab(
        request, seat, "projects", "accounts/organization/project_new.html", {"form": form}, status=status
    )
