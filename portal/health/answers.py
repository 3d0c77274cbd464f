"""The answers at /health/live and /health/ready. Strangers read them: names of checks and plain sentences, no more."""

from typing import Any

from django.http import HttpRequest, HttpResponse, HttpResponseNotAllowed, JsonResponse
from django.utils import timezone

from authorizations.switches import reading
from portal.health.checks import CHECKS
from portal.health.looking import Look

look = Look(CHECKS)


def live(request: HttpRequest) -> HttpResponse:
    if request.method not in {"GET", "HEAD"}:
        return HttpResponseNotAllowed(["GET", "HEAD"])
    return _said({"status": "ok"}, 200)


def ready(request: HttpRequest) -> HttpResponse:
    if request.method not in {"GET", "HEAD"}:
        return HttpResponseNotAllowed(["GET", "HEAD"])
    found = look.now()
    troubles = [finding for finding in found if finding.state != "ok"]
    status = "ok"
    if troubles:
        status = "unavailable" if any(f.state == "unavailable" for f in troubles) else "degraded"
    body = {
        "status": status,
        "checks": {finding.check: finding.state for finding in found},
        "reasons": list(dict.fromkeys(finding.reason for finding in troubles)),
        "switches": reading.health(timezone.now()),
    }
    return _said(body, 503 if status == "unavailable" else 200)


def _said(body: dict[str, Any], status: int) -> HttpResponse:
    return JsonResponse(body, status=status, headers={"Cache-Control": "no-store"})
