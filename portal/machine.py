"""The lean path: machine endpoints go straight to their view, past session, CSRF, messages and allauth.

Machine clients carry their own credential in each request and no cookie, so none of that middleware can help
them, and none of it can hurt them. One pattern says which paths are machine paths; `portal.machine_urls` routes them.
"""

import re
from collections.abc import Callable

from django.http import HttpRequest, HttpResponse, HttpResponseBase, HttpResponseNotFound
from django.urls import Resolver404, ResolverMatch, resolve

from authorizations.api import gate
from authorizations.legacy.sunset import announce_end

MACHINE = re.compile(
    r"^/(?:oauth2/(?:v2\.0/)?(?:token|introspect|revoke|userinfo)|\.well-known/.+|secrets/report|(?:[^/]+/)?_apis(?:/.*)?)/?$",
    re.I | re.S,  # a line break in a path makes it no page
)
REST = re.compile(r"^/(?:[^/]+/)?_apis(?:/|$)", re.I)
# Public data and endpoints that never look at a cookie may be called from any page (single-page apps).
CROSS_ORIGIN = re.compile(r"^/(?:oauth2/v2\.0/(?:token|revoke|userinfo)|\.well-known/)", re.I)


class MachineMiddleware:
    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        if not MACHINE.match(request.path_info):
            return self.get_response(request)
        return with_machine_headers(request, answer(request))


def answer(request: HttpRequest) -> HttpResponseBase:
    if request.method == "OPTIONS" and CROSS_ORIGIN.match(request.path_info):
        return HttpResponse(status=204)
    match = leads_to(request.path_info)
    if REST.match(request.path_info):
        return gate.answer(request, match)
    if match is None:
        return HttpResponseNotFound('{"error":"not_found"}', content_type="application/json")
    return match.func(request, *match.args, **match.kwargs)


def leads_to(path: str) -> ResolverMatch | None:
    """Old clients write paths in any case (04-wire-contracts), and some with a slash at the end. What a path names is
    matched without regard to case; the values in it are handed over as they were written."""
    if "\x00" in path:  # no name holds one, and PostgreSQL cannot even look for it
        return None
    try:
        match = resolve(path.rstrip("/").lower(), urlconf="portal.machine_urls")
    except Resolver404:
        return None
    match.kwargs |= values_as_written(match, path)
    return match


def values_as_written(match: ResolverMatch, path: str) -> dict[str, str]:
    """Each parameter is one whole segment, so the segments of route and path stand side by side."""
    segments = zip(match.route.split("/"), path[1:].split("/"), strict=False)
    written = {route[1:-1].rpartition(":")[2]: value for route, value in segments if route.startswith("<")}
    return {name: value for name, value in written.items() if isinstance(match.kwargs.get(name), str)}


def with_machine_headers(request: HttpRequest, response: HttpResponseBase) -> HttpResponseBase:
    if getattr(request, "legacy_token", False):
        announce_end(response)
    response.headers.setdefault("Cache-Control", "no-store")
    response["X-Content-Type-Options"] = "nosniff"
    response["Content-Security-Policy"] = "default-src 'none'; frame-ancestors 'none'"
    if CROSS_ORIGIN.match(request.path_info):
        response["Access-Control-Allow-Origin"] = "*"
        response["Access-Control-Allow-Headers"] = "Authorization, Content-Type"
        response["Access-Control-Allow-Methods"] = "GET, POST, OPTIONS"
        response["Access-Control-Expose-Headers"] = "WWW-Authenticate"
    return response
