"""Counts and times every request, by the name of its route and never by its path."""

import time
from collections.abc import Callable
from http import HTTPStatus

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.utils import timezone

from authorizations import meters, noticing
from authorizations.events.kinds import Kind
from portal import machine, machine_urls
from portal.logs import access

# What is answered before Django has one path each, however it was written.
PATHS = {name: path for path, (name, _) in machine_urls.ENDPOINTS.items()} | {"authorize": machine_urls.AUTHORIZE}


class ObserveMiddleware:
    """Of what Django answers. The endpoints of the protocol are told by `portal.machine`, with or without Django."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        began = time.perf_counter()
        response = self.get_response(request)
        if machine.route_of(request.path_info) is None:
            _told(request, endpoint_of(request), response.status_code, time.perf_counter() - began)
        return response


def _limited(endpoint: str) -> None:
    noticing.refused(Kind.CALL_REFUSED, endpoint=endpoint, reason="too_many_requests", now=timezone.now())


def _told(request: HttpRequest, endpoint: str, status: int, seconds: float) -> None:
    meters.request(endpoint, status, seconds)
    if status == HTTPStatus.TOO_MANY_REQUESTS:
        _limited(endpoint)
    # Only a person that something asked for by now: looking costs a statement.
    person = getattr(request, "_cached_user", None)
    access.write(
        method=request.method or "",
        path=request.path_info,
        endpoint=endpoint,
        status=status,
        seconds=seconds,
        person_id=str(person.pk) if person is not None and person.pk else "",
    )


def of_machine(name: str, status: int, seconds: float) -> None:
    if name != "api":  # counted above, by its route
        meters.request(name, status, seconds)
        if status == HTTPStatus.TOO_MANY_REQUESTS:
            _limited(name)
        access.write(method="", path=PATHS.get(name, ""), endpoint=name, status=status, seconds=seconds)


machine.AFTER.append(of_machine)


def endpoint_of(request: HttpRequest) -> str:
    match = request.resolver_match
    if match is None:
        return "static" if request.path_info.startswith(settings.STATIC_URL) else "unknown"
    # Operations of the REST API have no names of their own that say anything; their routes do.
    return match.view_name if match.url_name and "rest" not in match.namespaces else match.route
