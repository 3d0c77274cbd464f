"""One project: its name and description, the members in it, and its end."""

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.db.models import Exists, OuterRef
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils import timezone
from django.utils.http import urlencode
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_http_methods, require_POST

from accounts.models import Membership, Project, User
from accounts.pages import asked
from accounts.pages.organization import frame
from accounts.pages.organization.frame import Seat
from accounts.pages.organization.members import matching
from accounts.pages.organization.projects import ProjectForm, visible
from accounts.services import projects
from accounts.services.standing import Refused, Stale
from accounts.stepup import PersonRequest, signed_in

PER_PAGE = 50
CANDIDATES = 50


def project_of(seat: Seat, project_id: UUID) -> Project:
    """One that the person sees. Raises Http404."""
    found = visible(seat).filter(pk=project_id).first()
    if found is None:
        raise Http404
    found.organization = seat.organization
    return found


def _form(project: Project) -> ProjectForm:
    return ProjectForm(initial={"name": project.name, "description": project.description, "revision": project.revision})


@require_http_methods(["GET", "POST"])
@signed_in
def page(request: PersonRequest, organization: str, project_id: UUID) -> HttpResponse:
    if request.method == "POST":
        return _save(request, frame.administrator(request, organization), project_id)
    seat = frame.member(request, organization)
    project = project_of(seat, project_id)
    return _page(request, seat, project, _form(project))


def _save(request: PersonRequest, seat: Seat, project_id: UUID) -> HttpResponse:
    project = project_of(seat, project_id)
    form = ProjectForm(request.POST)
    if not form.is_valid():
        return _page(request, seat, project, form, status=400)
    said = form.cleaned_data
    try:
        if projects.change(
            project,
            name=said["name"],
            description=said["description"],
            revision=said["revision"] or 0,
            by=request.user,
            now=timezone.now(),
        ):
            messages.success(request, _("The project is saved."))
    except Stale as refusal:
        messages.error(request, str(refusal))
        return _page(request, seat, project, _form(project), status=409)
    except Refused as refusal:
        form.add_error(refusal.field or None, str(refusal))
        return _page(request, seat, project, form, status=400)
    return redirect("organization:project", seat.slug, project_id)


def _page(
    request: PersonRequest, seat: Seat, project: Project, form: ProjectForm, *, status: int = 200
) -> HttpResponse:
    query, administers = asked.query(request), seat.membership.administers
    inside = Exists(Project.members.through.objects.filter(project=project.pk, user=OuterRef("person")))
    everyone = Membership.objects.filter(organization=seat.organization).select_related("person")
    everyone = everyone.order_by("person__display_name", "pk")
    found = everyone.filter(inside)
    total = found.count()
    if query:
        found = found.filter(matching(query, addresses=administers))
    adding = request.GET.get("add", "").replace("\x00", "").strip()[: asked.LONGEST] if administers else ""
    candidates = everyone.filter(~inside, matching(adding, addresses=True))[:CANDIDATES] if adding else []
    context: dict[str, Any] = {
        "project": project,
        "form": form,
        "page": asked.page(request, found, PER_PAGE, count=None if query else total),
        "total": total,
        "query": query,
        "adding": adding,
        "candidates": list(candidates),
        "most_candidates": CANDIDATES,
    }
    return frame.render_tab(request, seat, "projects", "accounts/organization/project.html", context, status=status)


def _ids(request: HttpRequest) -> list[UUID]:
    """Those ticked; what is no id is nobody."""
    found = []
    for text in request.POST.getlist("person"):
        try:
            found.append(UUID(text))
        except ValueError:
            continue
    return found


@require_POST
@signed_in
def add(request: PersonRequest, organization: str, project_id: UUID) -> HttpResponse:
    seat = frame.administrator(request, organization)
    project = project_of(seat, project_id)
    try:
        number = projects.add_members(project, _ids(request), by=request.user, now=timezone.now())
    except Refused as refusal:
        messages.error(request, str(refusal))
    else:
        said = ngettext("%(number)s member was added.", "%(number)s members were added.", number)
        (messages.success if number else messages.info)(request, said % {"number": number})
    return redirect("organization:project", seat.slug, project_id)


@require_POST
@signed_in
def remove(request: PersonRequest, organization: str, project_id: UUID) -> HttpResponse:
    seat = frame.administrator(request, organization)
    project = project_of(seat, project_id)
    person = User.objects.filter(pk__in=_ids(request)[:1], projects=project).first()
    try:
        if person and projects.remove_member(project, person, by=request.user, now=timezone.now()):
            words = {"who": person, "name": project.name}
            messages.success(request, _("%(who)s is no longer in %(name)s.") % words)
    except Refused as refusal:
        messages.error(request, str(refusal))
    kept = {k: v for k in ("q", "page") if (v := request.GET.get(k, "")[: asked.LONGEST])}
    address = reverse("organization:project", args=[seat.slug, project_id])
    return redirect(address + (f"?{urlencode(kept)}" if kept else ""))


@require_http_methods(["GET", "POST"])
@signed_in
def delete(request: PersonRequest, organization: str, project_id: UUID) -> HttpResponse:
    """The page asks for the name: there is no way back."""
    seat = frame.administrator(request, organization)
    project = project_of(seat, project_id)
    typed = request.POST.get("name", "")
    wrong = request.method == "POST" and " ".join(typed.split()) != project.name
    if request.method == "GET" or wrong:
        context = {"project": project, "members": project.members.count(), "wrong": wrong, "typed": typed}
        status = 400 if wrong else 200
        template = "accounts/organization/project_delete.html"
        return frame.render_tab(request, seat, "projects", template, context, status=status)
    try:
        if projects.delete(project, by=request.user, now=timezone.now()):
            messages.success(request, _("%(name)s is deleted.") % {"name": project.name})
    except Refused as refusal:
        messages.error(request, str(refusal))
    return redirect("organization:projects", seat.slug)
