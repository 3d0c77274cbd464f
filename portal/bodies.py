"""A body that is too large is refused before any of it is read; one whose length makes no sense is none."""

from typing import Any

from django.conf import settings
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render

from authorizations.api import gate
from authorizations.pages.csp import CSP
from portal.machine_urls import MACHINE, REST
from portal.uploads import MOST_REQUEST


def is_too_large(environ: dict[str, Any]) -> bool:
    """Pages with a file may send more (`portal.uploads`); the endpoints of the protocol take less and look themselves."""
    said = environ.get("CONTENT_LENGTH") or ""
    if not said:
        return False
    if not (said.isascii() and said.isdigit() and len(said) < 16):
        environ["CONTENT_LENGTH"] = ""  # Django would stumble over it
        return said.isascii() and said.isdigit()
    if len(said) < 6:
        return False
    multipart = environ.get("CONTENT_TYPE", "").lower().startswith("multipart/form-data")
    return int(said) > (MOST_REQUEST if multipart else settings.DATA_UPLOAD_MAX_MEMORY_SIZE)


def too_large(request: HttpRequest) -> HttpResponse:
    """RFC 9110 §15.5.14, in the shape that whoever called reads. The connection is closed: the rest is not read."""
    response: HttpResponse
    if REST.match(request.path_info):
        response = gate.error(status=413, type_key="VssServiceException", message="The body is too large.")
    elif MACHINE.match(request.path_info):
        said = {"error": "invalid_request", "error_description": "The request is too large."}
        response = JsonResponse(said, status=413)
    else:
        response = render(request, "errors/413.html", status=413)
        response["Content-Security-Policy"] = CSP
    response["X-Content-Type-Options"] = "nosniff"
    response["Cache-Control"] = "no-store"
    return response
