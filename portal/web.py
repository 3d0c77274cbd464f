"""What every page shares: request id, security headers, navigation, and the error pages."""

import re
import secrets
import sys
from collections.abc import Callable
from typing import Any

from django.conf import settings
from django.db import InterfaceError, OperationalError
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render

from authorizations.events.context import RequestFacts, remember
from authorizations.pages.csp import CSP
from portal.bodies import is_too_large, too_large
from portal.proxies import client_address

RETRY_SECONDS = "2"
MACHINE_ERRORS = {
    500: {"error": "server_error", "error_description": "Something went wrong here."},
    # RFC 6749 §4.1.2.1 has this code for the authorization endpoint; the others have none that fits better.
    503: {"error": "temporarily_unavailable", "error_description": "Try again in a moment."},
}
REQUEST_ID = re.compile(r"^[A-Za-z0-9-]{8,64}$")
# Unfold's pages bring Alpine expressions and inline styles; they are for staff only and still cannot be framed.
PERMISSIONS = "camera=(), microphone=(), geolocation=()"
ADMIN_CSP = CSP.replace("script-src 'self'", "script-src 'self' 'unsafe-eval' 'unsafe-inline'").replace(
    "style-src 'self'", "style-src 'self' 'unsafe-inline'"
)


def begin(environ: dict[str, Any]) -> RequestFacts:
    """Gives the request an id and remembers where it came from, for the event log."""
    given = environ.get("HTTP_X_REQUEST_ID", "")
    facts = RequestFacts(
        address=client_address(environ)[:64],
        user_agent=environ.get("HTTP_USER_AGENT", "")[:300].replace("\x00", ""),
        request_id=given if REQUEST_ID.match(given) else secrets.token_hex(16),
    )
    remember(facts)
    return facts


def page_headers(*, secure: bool) -> dict[str, str]:
    """What the middleware puts on a page, for the one answer to a browser that is given before it (a test compares)."""
    said = {
        "Content-Type": "text/html; charset=utf-8",
        "Content-Security-Policy": CSP,
        "Permissions-Policy": PERMISSIONS,
        "Cache-Control": "no-store",
        "X-Content-Type-Options": "nosniff",
        "Referrer-Policy": settings.SECURE_REFERRER_POLICY,
        "Cross-Origin-Opener-Policy": settings.SECURE_CROSS_ORIGIN_OPENER_POLICY,
        "X-Frame-Options": settings.X_FRAME_OPTIONS,
        "Vary": "Accept-Language, Cookie",
        "Content-Language": settings.LANGUAGE_CODE,
    }
    if secure and settings.SECURE_HSTS_SECONDS:
        said["Strict-Transport-Security"] = (
            f"max-age={settings.SECURE_HSTS_SECONDS}"
            + ("; includeSubDomains" if settings.SECURE_HSTS_INCLUDE_SUBDOMAINS else "")
            + ("; preload" if settings.SECURE_HSTS_PRELOAD else "")
        )
    return said


class RequestContextMiddleware:
    """Of every request that Django handles; `portal.machine` does the same for those that it answers before."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        request_id = begin(request.META).request_id
        request.request_id = request_id  # type: ignore[attr-defined]
        response = too_large(request) if is_too_large(request.META) else self.get_response(request)
        response["X-Request-Id"] = request_id
        return response


class SecurityHeadersMiddleware:
    """No inline script, no framing, no caching of what a signed-in person sees."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        response = self.get_response(request)
        response.headers.setdefault("Content-Security-Policy", ADMIN_CSP if request.path.startswith("/admin/") else CSP)
        response.headers.setdefault("Permissions-Policy", PERMISSIONS)
        if not request.path.startswith(settings.STATIC_URL):
            response.headers.setdefault("Cache-Control", "no-store")
        return response


def _error(request: HttpRequest, template: str, status: int) -> HttpResponse:
    return render(request, template, {"request_id": getattr(request, "request_id", "")}, status=status)


def bad_request(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    return _error(request, "errors/400.html", 400)


def forbidden(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    return _error(request, "errors/403.html", 403)


def not_found(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    return _error(request, "errors/404.html", 404)


def csrf_failure(request: HttpRequest, reason: str = "") -> HttpResponse:
    return _error(request, "errors/403_csrf.html", 403)


def server_error(request: HttpRequest) -> HttpResponse:
    """No database, no context processors: this page must come even when those are what broke."""
    from django.template.loader import render_to_string  # noqa: PLC0415  (loaded only when all else failed)

    status = 503 if is_passing(sys.exception()) else 500
    response: HttpResponse
    if request.path.startswith(("/oauth2/", "/.well-known/")) or "/_apis" in request.path:
        response = JsonResponse(MACHINE_ERRORS[status], status=status)
    else:
        facts = {"request_id": getattr(request, "request_id", "")}
        response = HttpResponse(render_to_string(f"errors/{status}.html", facts), status=status)
    if status == 503:
        response["Retry-After"] = RETRY_SECONDS
    return response


def is_passing(problem: BaseException | None) -> bool:
    """The database is away, or was too busy: the same request may well succeed in a moment."""
    return isinstance(problem, OperationalError | InterfaceError)
