"""Where an authorization request ends while nothing is issued: a calm page, and the way back to the service."""

from datetime import datetime

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from authorizations import brown_outs, explaining, pauses
from authorizations.pages import answers
from authorizations.policy import Reason
from authorizations.protocol.wire import AuthorizationRequest, Wire


def page(
    request: HttpRequest,
    wire: Wire,
    told: AuthorizationRequest,
    params: dict[str, str],
    app_name: str,
    reason: Reason,
    now: datetime,
) -> HttpResponse:
    """`told`: whom and where to tell it, if the person wants that. Nothing of the request was used up."""
    pause = pauses.of(reason, now)
    explanation = explaining.EXPLANATIONS[reason]
    context = {
        "app_name": app_name,
        "title": explanation.title,
        "until": pause.until,
        "again": answers.again(wire, params),
        "back": _back(wire, told, reason, pause.sentence),
        "code": reason,
        "why": explaining.page(reason),
    }
    response = render(request, "authorizations/paused.html", context, status=503)
    return answers.with_headers(wire, brown_outs.tell(response, pause.seconds))


def _back(wire: Wire, told: AuthorizationRequest, reason: Reason, sentence: str) -> str:
    """RFC 6749 §4.1.2.1. A service that wants its answers posted cannot be told by a link."""
    if told.response_mode == "form_post":
        return ""
    error = wire.error(wire.codes.unavailable, sentence, explaining.page(reason))
    return answers.with_parameters(told.redirect_uri, error | wire.answer(told.state))
