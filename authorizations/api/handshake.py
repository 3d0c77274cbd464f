"""What a client asks before its first call: which resources there are, where, and in which versions.

Public and the same for every organization, whether it is there or not: no statement, and nothing to find out.
"""

from typing import Any

from django.http import HttpResponse, JsonResponse

from authorizations.api.resources import BY_ROUTE, NEWEST, OLDEST, RESOURCES, Resource
from authorizations.api.versions import written


def answer(path: str) -> HttpResponse:
    """OPTIONS on `path`, which starts without a slash: everything, one area, or the resource that it leads to."""
    prefix, _, rest = path.lower().rpartition("_apis")
    found = [r for r in offered(in_organization=bool(prefix)) if _asked(r, path, rest.strip("/"))]
    return JsonResponse({"count": len(found), "value": [location(r) for r in found]})


def _asked(resource: Resource, path: str, rest: str) -> bool:
    return not rest or resource.area.lower() == rest or leads_to(path) is resource


def leads_to(path: str) -> Resource | None:
    """The resource behind a path in which values stand."""
    parts = path.lower().split("/")
    for route, resource in BY_ROUTE.items():
        wanted = route.split("/")
        if len(wanted) == len(parts) and all(w in {"{}", p} for w, p in zip(wanted, parts, strict=True)):
            return resource
    return None


def offered(*, in_organization: bool) -> list[Resource]:
    return [r for r in RESOURCES if (r.in_organization if in_organization else r.at_root)]


def location(resource: Resource) -> dict[str, Any]:
    """Versions are numbers and a string, as the SDKs read them; 0.0 says that nothing is released yet."""
    return {
        "id": resource.id,
        "area": resource.area,
        "resourceName": resource.name,
        "routeTemplate": resource.template,
        "resourceVersion": resource.version,
        "minVersion": float(written(OLDEST)),
        "maxVersion": float(written(NEWEST)),
        "releasedVersion": written(resource.released) if resource.released else "0.0",
    }
