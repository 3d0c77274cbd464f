"""How the answer of an authorization request leaves: on the callback, or on a page when that is in doubt."""

from datetime import datetime
from typing import Any
from urllib.parse import urlencode, urlsplit, urlunsplit

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from authorizations import explaining, noticing
from authorizations.events.kinds import Kind
from authorizations.explaining import Denial
from authorizations.protocol.wire import AuthorizationRequest, PageRefusal, RedirectRefusal, Wire

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
    "app_deleted": (
        _("This service no longer exists"),
        _("The makers of the service deleted it here. It can no longer ask for access, and what it had has ended."),
        _("Go to the service's own site, or ask its makers what replaces it."),
    ),
    "model_ended": (
        _("This way of connecting has ended"),
        _("The service still uses the legacy model, which has ended."),
        _("Ask the makers of the service for its new version."),
    ),
    "approval_page_expired": (
        _("This page is over"),
        _("It was open too long, or it was opened by another account or in another browser session."),
        _("Start again: the service's request is kept, so nothing is lost."),
    ),
    "approval_page_unreadable": (
        _("This page is over"),
        _("Your browser sent something that does not belong to a page of ours."),
        _("Go back to the service and start there again."),
    ),
    "already_answered": (
        _("You answered this already"),
        _("The service used your answer. Pressing the button a second time does nothing more."),
        _("Go back to the service. What it may do is on your Authorizations page."),
    ),
    "other": (
        _("This request cannot be answered"),
        _("A service sent you here with a request that is not complete or not valid."),
        _("Go back to the service and try again; if it keeps happening, tell its makers."),
    ),
}


def error_page(
    request: HttpRequest,
    wire: Wire,
    refusal: PageRefusal,
    *,
    app_name: str = "",
    start_again: str = "",
    status: int = 400,
) -> HttpResponse:
    noticing.refused(Kind.AUTHORIZATION_REFUSED, endpoint="authorize", reason=refusal.why.value, now=timezone.now())
    kind = _kind(wire, refusal)
    title, explanation, what_to_do = PAGES[kind]
    detail = refusal.detail.removeprefix(f"{kind}: ")
    context = {
        "code": refusal.code,
        "title": title,
        "explanation": explanation,
        "what_to_do": what_to_do,
        "detail": detail,
        "app_name": app_name,
        "start_again": start_again,
        "why": explaining.page(refusal.why),
        "chrome_chromeless": True,
    }
    response = render(request, "authorizations/protocol_error.html", context, status=status)
    return with_headers(wire, response)


def _kind(wire: Wire, refusal: PageRefusal) -> str:
    if refusal.code in {"approval_page_expired", "approval_page_unreadable", "already_answered"}:
        return refusal.code
    if refusal.detail.startswith("app_deleted:"):
        return "app_deleted"
    told = (k for k in ("callback_wrong", "app_disabled", "model_ended") if getattr(wire.codes, k) == refusal.code)
    return next((k for k in told if k in refusal.detail), "other")


def again(wire: Wire, params: dict[str, str]) -> str:
    """The same authorization request once more."""
    return f"{wire.authorize_path}?{urlencode(params)}"


def page_is_over(request: HttpRequest, wire: Wire, params: dict[str, str] | None) -> HttpResponse:
    """`params`: those of the request, where the page's ticket was ours: then the person can start again."""
    if params is None:
        unreadable = PageRefusal(
            "approval_page_unreadable",
            "The ticket of the approval page is not one of ours.",
            Denial.APPROVAL_PAGE_UNREADABLE,
        )
        return error_page(request, wire, unreadable)
    detail = "The approval page is too old, or it was opened by another account or in another browser session."
    over = PageRefusal("approval_page_expired", detail, Denial.APPROVAL_PAGE_EXPIRED)
    return error_page(request, wire, over, start_again=again(wire, params))


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


def refused(
    request: HttpRequest, wire: Wire, asked: AuthorizationRequest, refusal: RedirectRefusal, now: datetime
) -> HttpResponse:
    """Tells the service. The address of the page about it names the app alone: the service must not learn from it who
    the person is, nor whether anybody was asked."""
    person = request.user if request.user.is_authenticated else None
    noticing.refused(
        Kind.AUTHORIZATION_REFUSED,
        endpoint="authorize",
        reason=refusal.why.value,
        app_id=asked.client_id,
        person=person,
        now=now,
    )
    why = explaining.address(refusal.why, now=now, app=asked)
    return to_service(request, wire, asked, wire.error(refusal.code, refusal.detail, why))


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
