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
from typing import Any

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
    if endpoint_of(path) is None and path != AUTHORIZE:
        return None
    facts = web.begin(environ)
    try:
        answer = known_answer(path, environ) or (protocol_answer(path, environ) if path != AUTHORIZE else None)
    except Exception as problem:  # noqa: BLE001  (nothing may leave here as a trace)
        answer = _failed(problem, facts.request_id)
    if answer is None:
        return None
    documents.keep(path, environ, answer)
    answer["X-Request-Id"] = facts.request_id
    answer["Content-Length"] = str(len(answer.content))
    start_response(f"{answer.status_code} {responses[answer.status_code]}", list(answer.headers.items()))
    return [answer.content]  # of anything but a list granian asks for each part in turn


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
        if endpoint_of(path) is not None:
            return protocol_answer(path, request.META).as_django()
        if not MACHINE.match(path):
            return self.get_response(request)
        answer = timed("api", Request(request.META), lambda: view_answer(request))
        if isinstance(answer, Answer):
            answer = answer.as_django()
        return with_machine_headers(path, answer, request)


def path_of(environ: dict[str, Any]) -> str:
    """As Django reads it: WSGI hands over the bytes as Latin-1 (PEP 3333)."""
    path: str = environ.get("PATH_INFO", "") or "/"
    return path if path.isascii() else path.encode("latin-1", "replace").decode("utf-8", "replace")


def endpoint_of(path: str) -> tuple[str, Callable[[Request], Answer]] | None:
    """Old clients write paths in any case (04-wire-contracts), and some with a slash at the end."""
    return ENDPOINTS.get(path) or ENDPOINTS.get(path.rstrip("/").lower())


def protocol_answer(path: str, environ: dict[str, Any]) -> Answer:
    found = endpoint_of(path)
    assert found is not None  # noqa: S101  (both callers looked)
    name, endpoint = found
    request = Request(environ)
    if request.method == "OPTIONS" and CROSS_ORIGIN.match(path):
        answer = Answer(status=204)
    else:
        answer = timed(name, request, lambda: endpoint(request))
    return with_machine_headers(path, answer, request)


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


def timed(name: str, request: Request, call: Callable[[], Any]) -> Any:
    started, status = time.perf_counter(), 500
    try:
        answer = next((refusal for asked in BEFORE if (refusal := asked(name, request))), None)
        if answer is None:
            answer = call()
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
    answer["X-Content-Type-Options"] = "nosniff"
    answer["Content-Security-Policy"] = "default-src 'none'; frame-ancestors 'none'"
    if CROSS_ORIGIN.match(path):
        answer["Access-Control-Allow-Origin"] = "*"
        answer["Access-Control-Allow-Headers"] = "Authorization, Content-Type"
        answer["Access-Control-Allow-Methods"] = "GET, POST, OPTIONS"
        answer["Access-Control-Expose-Headers"] = "WWW-Authenticate"
    return answer
