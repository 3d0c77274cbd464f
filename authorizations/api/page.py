"""The REST API for people: the OpenAPI document as a page."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from authorizations.api.openapi import ADDRESS, Operation, operations, refusals, versions


def _shown(operation: Operation) -> dict[str, object]:
    return {
        "operation": operation,
        "method": operation.method.upper(),
        "versions": versions(operation.resource),
        "refusals": sorted(refusals(operation).items()),
    }


def reference(request: HttpRequest) -> HttpResponse:
    """Public, as the document is."""
    areas: dict[str, list[dict[str, object]]] = {}
    for operation in operations():
        areas.setdefault(operation.resource.area, []).append(_shown(operation))
    return render(request, "authorizations/rest_api.html", {"areas": areas, "document": f"/{ADDRESS}"})
