"""The projects of an organization that the person belongs to; administrators see all of them."""

from typing import Any
from uuid import UUID

from django.conf import settings
from django.db.models import Q, QuerySet
from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from ninja import Router

from accounts.models import Project
from authorizations.api import shapes
from authorizations.api.access import Placed, admit_in
from authorizations.api.described import CONTINUED, FLAG, SKIP, TOP, WHOLE, Listed, Query, described
from authorizations.api.errors import invalid, not_found
from authorizations.api.paging import HEADER, MOST, USUAL, number
from authorizations.api.versions import check_version

SCOPE = "vso.project"
# All of ours are well formed: one is there or it is not.
STATES = ("all", "wellFormed", "unchanged", "createPending", "new", "deleting", "deleted")
PRESENT = {"", "all", "wellformed", "unchanged"}
router = Router()


@router.get("{organization}/_apis/projects")
@described(
    SCOPE,
    query=[
        TOP,
        SKIP,
        Query("continuationToken", "How many were read already: the number from the page before.", WHOLE),
        Query("stateFilter", "Which of them; all of ours are wellFormed.", {"type": "string", "enum": list(STATES)}),
    ],
    gives=Listed[shapes.Project],
    headers=CONTINUED,
)
def listing(request: HttpRequest, response: HttpResponse, organization: str) -> dict[str, Any]:
    """The projects of the person in this organization, by name."""
    placed = admit_in(request, timezone.now(), organization, SCOPE)
    check_version(request)
    # These clients read the token as a number of projects, so it cannot name the last one.
    start = number(request, "$skip", 0) + number(request, "continuationToken", 0)
    top = max(1, min(number(request, "$top", USUAL), MOST))
    found = list(_asked_for(request, placed).order_by("name")[start : start + top + 1])
    if len(found) > top:
        response[HEADER] = str(start + top)
    page = [shapes.project(p, placed.organization, settings.ISSUER) for p in found[:top]]
    return {"count": len(page), "value": page}


@router.get("{organization}/_apis/projects/{project}")
@described(
    SCOPE,
    query=[
        Query("includeCapabilities", "Passed over: there are none.", FLAG),
        Query("includeHistory", "Passed over: former names are not kept.", FLAG),
    ],
    gives=shapes.Project,
)
def one(request: HttpRequest, organization: str, project: str) -> shapes.Project:
    """One project, by its id or its name."""
    placed = admit_in(request, timezone.now(), organization, SCOPE)
    check_version(request)
    found = _visible(placed).filter(_named(project)).order_by("name").first()
    if found is None:
        raise not_found("project")
    return shapes.project(found, placed.organization, settings.ISSUER)


def _asked_for(request: HttpRequest, placed: Placed) -> QuerySet[Project]:
    state = request.GET.get("stateFilter", "").lower()
    if state not in {"", *(s.lower() for s in STATES)}:
        raise invalid(f"stateFilter is one of {', '.join(STATES)}.")
    return _visible(placed) if state in PRESENT else Project.objects.none()


def _visible(placed: Placed) -> QuerySet[Project]:
    visible = Project.objects.filter(organization=placed.organization)
    return visible if placed.membership.administers else visible.filter(members=placed.access.person)


def _named(project: str) -> Q:
    """An id wins over a name that looks like one."""
    try:
        return Q(pk=UUID(project))
    except ValueError:
        return Q(name__iexact=project[:256])
