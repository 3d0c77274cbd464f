"""Where things are and who calls: connectionData and ResourceAreas, at the root and in an organization."""

from typing import Any
from uuid import UUID

from django.conf import settings
from django.http import HttpRequest
from django.utils import timezone
from ninja import Router

from authorizations.api import location_shapes as shapes
from authorizations.api.access import admit, admit_in
from authorizations.api.described import Listed, Query, described
from authorizations.api.errors import invalid, not_found
from authorizations.api.paging import number
from authorizations.api.resources import AREAS
from authorizations.api.versions import check_version

router = Router()
SERVICES = {"1", "includeservices"}
OPTIONS = {"", "0", "none"} | SERVICES
CONNECTION = described(
    query=[
        Query(
            "connectOptions",
            "includeServices adds the addresses of all resources.",
            {"type": "string", "enum": ["none", "includeServices", "0", "1"]},
        ),
        Query("lastChangeId", "What the client knows already.", {"type": "integer", "minimum": -1, "maximum": 2**31}),
        Query(
            "lastChangeId64",
            "The same, for clients with longer numbers.",
            {"type": "integer", "minimum": -1, "maximum": 2**31},
        ),
    ],
    gives=shapes.ConnectionData,
)
AREA_LIST = described(gives=Listed[shapes.ResourceArea])
AREA = described(gives=shapes.ResourceArea)


@router.get("_apis/connectiondata")
@CONNECTION
def connection_data(request: HttpRequest) -> shapes.ConnectionData:
    """Who the token acts for."""
    person = admit(request, timezone.now()).person
    check_version(request)
    return shapes.connection_data(person, None, **_asked(request))


@router.get("{organization}/_apis/connectiondata")
@CONNECTION
def connection_data_in(request: HttpRequest, organization: str) -> shapes.ConnectionData:
    """Who the token acts for, in an organization that it reaches."""
    placed = admit_in(request, timezone.now(), organization)
    check_version(request)
    return shapes.connection_data(placed.access.person, placed.organization, **_asked(request))


def _asked(request: HttpRequest) -> dict[str, Any]:
    options = request.GET.get("connectOptions", "").lower()
    if options not in OPTIONS:
        raise invalid("connectOptions is none or includeServices.")
    known = [_change(request, name) for name in ("lastChangeId", "lastChangeId64")]
    return {"services": options in SERVICES, "fresh": shapes.LAST_CHANGE in known}


def _change(request: HttpRequest, name: str) -> int:
    """Clients that know nothing yet say -1."""
    return -1 if request.GET.get(name) == "-1" else number(request, name, 0)


@router.get("_apis/resourceareas")
@AREA_LIST
def areas(request: HttpRequest) -> dict[str, Any]:
    """The areas that live at another address: none."""
    admit(request, timezone.now())
    check_version(request)
    return _nothing_elsewhere()


@router.get("{organization}/_apis/resourceareas")
@AREA_LIST
def areas_in(request: HttpRequest, organization: str) -> dict[str, Any]:
    """The areas that live at another address: none."""
    admit_in(request, timezone.now(), organization)
    check_version(request)
    return _nothing_elsewhere()


def _nothing_elsewhere() -> dict[str, Any]:
    """Empty means "all of it is at the address that you asked". With a list, an SDK that misses an area in it would
    look for that area at its vendor's, and send our token there."""
    return {"count": 0, "value": []}


@router.get("_apis/resourceareas/{area_id}")
@AREA
def area(request: HttpRequest, area_id: str) -> shapes.ResourceArea:
    """The address of one area."""
    admit(request, timezone.now())
    check_version(request)
    return _area(area_id, settings.ISSUER)


@router.get("{organization}/_apis/resourceareas/{area_id}")
@AREA
def area_in(request: HttpRequest, organization: str, area_id: str) -> shapes.ResourceArea:
    """The address of one area, for this organization."""
    placed = admit_in(request, timezone.now(), organization)
    check_version(request)
    return _area(area_id, f"{settings.ISSUER}/{placed.organization.slug}")


def _area(area_id: str, address: str) -> shapes.ResourceArea:
    try:
        asked = str(UUID(area_id))
    except ValueError as error:
        raise not_found("area") from error
    for name, known in AREAS.items():
        if known == asked:
            return {"id": known, "name": name, "locationUrl": f"{address}/"}
    raise not_found("area")
