"""The lean path: what machines call is answered past session, CSRF, messages and allauth.

Machine clients carry their own credential in each request and no cookie, so none of that can help them, and none of it
can hurt them. The endpoints of the protocol are answered before Django's handler (`serve`); calls of the REST API pass
through it to `MachineMiddleware`, which goes straight to their view. Django's test client has no server before its
handler: there the middleware answers everything, with the same function.
"""

import logging
import time
from collections.abc import Callable, Iterable
from http.client import responses
from typing import Any, NamedTuple

from django.http import HttpRequest, HttpResponse, HttpResponseBase, HttpResponseNotFound
from django.urls import Resolver404, ResolverMatch, resolve
from django.utils import timezone

from authorizations.api import gate
from authorizations.legacy.sunset import announce_end
from authorizations.pages import known
from authorizations.protocol.http import Answer, Request, json_answer
from portal import documents, web
from portal.machine_urls import AUTHORIZE, CROSS_ORIGIN, ENDPOINTS, MACHINE, REST

logger = logging.getLogger(__name__)

# Asked before each call (but of documents that are ready), with the name of its endpoint; the first that has an answer
# ends it. No statement, and at most one round trip to Redis.
BEFORE: list[Callable[[str, Request], Answer | None]] = []
# Told after each call: the name of the endpoint, the status, and how many seconds it took. No statement.
AFTER: list[Callable[[str, int, float], None]] = []


def serve(environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes] | None:
    """The answer to a call of the protocol's endpoints, or None: it is for Django."""
    if (document := documents.ready(environ)) is not None:
        return documents.send(document, environ, start_response, AFTER)
    path = path_of(environ)
    route = route_of(path)
    if route is None and path != AUTHORIZE:
        return None
    facts = web.begin(environ)
    try:
        answer = known_answer(path, environ) if route is None else protocol_answer(route, environ)
    except Exception as problem:  # noqa: BLE001  (nothing may leave here as a trace)
        answer = _failed(problem, facts.request_id)
    if answer is None:
        return None
    documents.keep(path, environ, answer)
    status, content, headers = answer.status_code, answer.content, answer.headers
    headers["X-Request-Id"] = facts.request_id
    headers["Content-Length"] = str(len(content))
    start_response(f"{status} {responses[status]}", list(headers.items()))
    return [content]  # of anything but a list granian asks for each part in turn


def _failed(problem: Exception, request_id: str) -> Answer:
    if not web.is_passing(problem):
        logger.exception("a machine endpoint failed (request %s)", request_id)
        return json_answer(web.MACHINE_ERRORS[500], 500)
    logger.error("a machine endpoint had no database: %s (request %s)", type(problem).__name__, request_id)
    answer = json_answer(web.MACHINE_ERRORS[503], 503)
    answer["Retry-After"] = web.RETRY_SECONDS
    return answer


class MachineMiddleware:
    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        path = request.path_info
        if path == AUTHORIZE and (known_already := known_answer(path, request.META)):
            return known_already.as_django()
        if (route := route_of(path)) is not None:
            return protocol_answer(route, request.META).as_django()
        if not MACHINE.match(path):
            return self.get_response(request)
        answer = timed("api", Request(request.META), lambda _: view_answer(request))
        if isinstance(answer, Answer):
            answer = answer.as_django()
        return with_machine_headers(path, answer, request)


def path_of(environ: dict[str, Any]) -> str:
    """As Django reads it: WSGI hands over the bytes as Latin-1 (PEP 3333)."""
    path: str = environ.get("PATH_INFO", "") or "/"
    return path if path.isascii() else path.encode("latin-1", "replace").decode("utf-8", "replace")


class Route(NamedTuple):
    """An endpoint of the protocol, with the headers of all its answers."""

    name: str
    endpoint: Callable[[Request], Answer]
    is_cross_origin: bool
    headers: dict[str, str]


def route_of(path: str) -> Route | None:
    """Old clients write paths in any case (04-wire-contracts), and some with a slash at the end."""
    return ROUTES.get(path) or ROUTES.get(path.rstrip("/").lower())


def protocol_answer(route: Route, environ: dict[str, Any]) -> Answer:
    request = Request(environ)
    if route.is_cross_origin and request.method == "OPTIONS":
        answer = Answer(status=204)
    else:
        answer = timed(route.name, request, route.endpoint)
    if request.legacy_token:
        announce_end(answer)
    answer.headers = {"Cache-Control": "no-store", **answer.headers, **route.headers}
    return answer


def known_answer(path: str, environ: dict[str, Any]) -> Answer | None:
    """To an authorization request that needs no page; None leaves it to Django."""
    if path != AUTHORIZE:
        return None
    started, request = time.perf_counter(), Request(environ)
    for asked in BEFORE:
        asked("authorize", request)
    answer = known.answer(request, timezone.now())
    if answer is not None:
        answer.headers |= web.page_headers(secure=known.is_secure(environ))
        for told in AFTER:
            told("authorize", answer.status_code, time.perf_counter() - started)
    return answer


def timed(name: str, request: Request, call: Callable[[Request], Any]) -> Any:
    started, status = time.perf_counter(), 500
    try:
        answer = None
        for asked in BEFORE:
            answer = answer or asked(name, request)
        if answer is None:
            answer = call(request)
        status = answer.status_code
        return answer
    finally:  # what fails counts, too
        for told in AFTER:
            told(name, status, time.perf_counter() - started)


def view_answer(request: HttpRequest) -> HttpResponseBase:
    if request.method == "OPTIONS" and CROSS_ORIGIN.match(request.path_info):
        return HttpResponse(status=204)
    match = request.resolver_match = leads_to(request.path_info)
    if REST.match(request.path_info):
        return gate.answer(request, match)
    if match is None:
        return HttpResponseNotFound('{"error":"not_found"}', content_type="application/json")
    return match.func(request, *match.args, **match.kwargs)


def leads_to(path: str) -> ResolverMatch | None:
    """What a path names is matched without regard to case; the values in it are handed over as they were written."""
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


def with_machine_headers(path: str, answer: Any, request: Any) -> Any:
    """For an answer of Django's or ours."""
    if getattr(request, "legacy_token", False):
        announce_end(answer)
    answer.headers.setdefault("Cache-Control", "no-store")
    for name, value in machine_headers(path).items():
        answer[name] = value
    return answer


def machine_headers(path: str) -> dict[str, str]:
    said = {
        "X-Content-Type-Options": "nosniff",
        "Content-Security-Policy": "default-src 'none'; frame-ancestors 'none'",
    }
    if CROSS_ORIGIN.match(path):
        said |= {
            "Access-Control-Allow-Origin": "*",
            "Access-Control-Allow-Headers": "Authorization, Content-Type",
            "Access-Control-Allow-Methods": "GET, POST, OPTIONS",
            "Access-Control-Expose-Headers": "WWW-Authenticate",
        }
    return said


ROUTES = {
    path: Route(name, endpoint, bool(CROSS_ORIGIN.match(path)), machine_headers(path))
    for path, (name, endpoint) in ENDPOINTS.items()
}
