"""How the answer of an authorization request leaves: on the callback, or on a page when that is in doubt."""

from typing import Any
from urllib.parse import urlencode, urlsplit, urlunsplit

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.utils.translation import gettext_lazy as _

from authorizations.protocol.wire import AuthorizationRequest, PageRefusal, Wire

NOT_APPROVED = "The person did not approve."
PAGES: dict[str, tuple[Any, Any, Any]] = {
    "callback_wrong": (
        _("The return address is not registered"),
        _(
            "A service asked for access, but the address it wants the answer at is not one that it registered. That can be a mistake of the service, or somebody posing as it."
        ),
        _("Go back to the service and tell its makers. You do not need to do anything else."),
    ),
    "app_disabled": (
        _("This service is switched off"),
        _("Operations staff of this portal switched the service off. It can no longer ask for access."),
        _("Ask the makers of the service, or the people who run this portal."),
    ),
    "model_ended": (
        _("This way of connecting has ended"),
        _("The service still uses the legacy model, which has ended."),
        _("Ask the makers of the service for its new version."),
    ),
    "other": (
        _("This request cannot be answered"),
        _("A service sent you here with a request that is not complete or not valid."),
        _("Go back to the service and try again; if it keeps happening, tell its makers."),
    ),
}


def error_page(
    request: HttpRequest, wire: Wire, refusal: PageRefusal, *, app_name: str = "", status: int = 400
) -> HttpResponse:
    kind = next(
        (
            k
            for k in ("callback_wrong", "app_disabled", "model_ended")
            if getattr(wire.codes, k) == refusal.code and k in refusal.detail
        ),
        "other",
    )
    title, explanation, what_to_do = PAGES[kind]
    detail = refusal.detail.removeprefix(f"{kind}: ")
    context = {
        "code": refusal.code,
        "title": title,
        "explanation": explanation,
        "what_to_do": what_to_do,
        "detail": detail,
        "app_name": app_name,
        "chrome_chromeless": True,
    }
    response = render(request, "authorizations/protocol_error.html", context, status=status)
    return with_headers(wire, response)


def with_headers(wire: Wire, response: HttpResponse) -> HttpResponse:
    for name, value in wire.headers().items():
        response[name] = value
    return response


def with_parameters(address: str, parameters: dict[str, str]) -> str:
    """RFC 6749 §3.1.2: a query that the callback already has is kept."""
    parts = urlsplit(address)
    query = "&".join(filter(None, [parts.query, urlencode(parameters)]))
    return urlunsplit(parts._replace(query=query))


def origin_of(address: str) -> str:
    parts = urlsplit(address)
    return f"{parts.scheme}://{parts.netloc}"


def to_service(
    request: HttpRequest, wire: Wire, asked: AuthorizationRequest, parameters: dict[str, str]
) -> HttpResponse:
    fields = parameters | wire.answer(asked.state)
    if asked.response_mode == "form_post":  # OAuth 2.0 Form Post Response Mode §2
        response = render(
            request, "authorizations/form_post.html", {"action": asked.redirect_uri, "fields": list(fields.items())}
        )
        return with_headers(wire, response)
    return with_headers(wire, HttpResponseRedirect(with_parameters(asked.redirect_uri, fields)))
