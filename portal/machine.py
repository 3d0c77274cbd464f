"""The lean path: machine endpoints go straight to their view, past session, CSRF, messages and allauth.

Machine clients carry their own credential in each request and no cookie, so none of that middleware can help
them, and none of it can hurt them. One pattern says which paths are machine paths; `portal.machine_urls` routes them.
"""

import re
from collections.abc import Callable

from django.http import HttpRequest, HttpResponse, HttpResponseNotFound
from django.urls import Resolver404, resolve

from authorizations.legacy.sunset import announce_end

MACHINE = re.compile(
    r"^/(?:oauth2/(?:v2\.0/)?(?:token|introspect|revoke|userinfo)|\.well-known/.+|secrets/report|(?:[^/]+/)?_apis(?:/.*)?)/?$",
    re.I | re.S,  # a line break in a path makes it no page
)
# Public data and endpoints that never look at a cookie may be called from any page (single-page apps).
CROSS_ORIGIN = re.compile(r"^/(?:oauth2/v2\.0/(?:token|revoke|userinfo)|\.well-known/)", re.I)


class MachineMiddleware:
    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        if not MACHINE.match(request.path_info):
            return self.get_response(request)
        return with_machine_headers(request, answer(request))


def answer(request: HttpRequest) -> HttpResponse:
    if request.method == "OPTIONS" and CROSS_ORIGIN.match(request.path_info):
        return HttpResponse(status=204)
    try:
        if "\x00" in request.path_info:  # no name holds one, and PostgreSQL cannot even look for it
            raise Resolver404
        # Old clients write paths in any case (04-wire-contracts), and some with a slash at the end.
        view, args, kwargs = resolve(request.path_info.rstrip("/").lower(), urlconf="portal.machine_urls")
    except Resolver404:
        return HttpResponseNotFound('{"error":"not_found"}', content_type="application/json")
    return view(request, *args, **kwargs)


def with_machine_headers(request: HttpRequest, response: HttpResponse) -> HttpResponse:
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
