"""Health and metrics, answered first: before the check of the host name, the way to https, sessions and languages.

A load balancer asks by address and in clear, and must have its answer when all of that fails.
"""

from collections.abc import Callable

from django.http import HttpRequest, HttpResponse

from portal import health
from portal.metrics import metrics

PROBES = {"/health/live": health.live, "/health/ready": health.ready, "/metrics": metrics}


class ProbeMiddleware:
    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        probe = PROBES.get(request.path_info)
        return probe(request) if probe else self.get_response(request)
