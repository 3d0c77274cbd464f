"""The authorization endpoint of both models: check, sign in, ask the person unless they allowed it before."""

import uuid
from collections.abc import Callable
from datetime import datetime
from typing import cast
from urllib.parse import urlencode

from django.conf import settings
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.utils import timezone
from django.views.decorators.csrf import csrf_exempt

from accounts.stepup import PersonRequest
from authorizations.models import Authorization
from authorizations.pages import answers, approval, known, migrate, paused, prompting, standing
from authorizations.pages.decision import code_request
from authorizations.protocol.errors import OAuthError
from authorizations.protocol.forms import read_form, read_query
from authorizations.protocol.wire import AuthorizationRequest, IssuancePaused, PageRefusal, RedirectRefusal, Wire
from authorizations.selectors import Asking
from authorizations.services import consent


def authorize_view(wire: Wire) -> Callable[[HttpRequest], HttpResponse]:
    @csrf_exempt  # a request changes nothing; the decision is protected
    def authorize(request: HttpRequest) -> HttpResponse:
        if request.method == "POST":
            return _post_to_get(request, wire)
        try:
            return _handle(request, wire, read_query(request), timezone.now())
        except OAuthError as error:
            return answers.error_page(
                request, wire, PageRefusal("invalid_request", error.description), status=error.status
            )
        except PageRefusal as refusal:
            return answers.error_page(request, wire, refusal)

    return authorize


def _post_to_get(request: HttpRequest, wire: Wire) -> HttpResponse:
    """OIDC Core §3.1.2.1 allows POST. As a GET it carries the session cookie, which a foreign POST does not."""
    try:
        params = read_form(request)
    except OAuthError as error:
        return answers.error_page(request, wire, PageRefusal("invalid_request", error.description), status=error.status)
    if params.get("grant_type"):
        # A popular client posts its token request here.
        misplaced = OAuthError(
            "invalid_request",
            f"This is the authorization endpoint. Send token requests to {settings.ISSUER}/oauth2/token.",
        )
        return answers.with_headers(wire, misplaced.response().as_django())
    response = HttpResponseRedirect(f"{wire.authorize_path}?{urlencode(params)}")
    response.status_code = 303
    return answers.with_headers(wire, response)


def _handle(request: HttpRequest, wire: Wire, params: dict[str, str], now: datetime) -> HttpResponse:
    found = standing.find(request, wire, params, now)
    redirect_uri = standing.callback(wire, params, found.app)
    wire.used(found.app, now)
    bare = standing.bare(params, found.app, redirect_uri)
    try:
        asked = wire.parse(params, found.app, redirect_uri)
        standing.check(request, wire, found.app, asked, now)
        reason = prompting.reason_to_sign_in(request, asked, params, now)
        if reason is not None:
            address = prompting.sign_in_address(wire.authorize_path, asked, params, found.app, reason, now)
            return answers.with_headers(wire, HttpResponseRedirect(address))
        return _go_on(cast(PersonRequest, request), wire, found, asked, params, now)
    except RedirectRefusal as refusal:
        return answers.refused(request, wire, bare, refusal, now)
    except IssuancePaused as pause:
        return paused.page(request, wire, bare, params, found.app.name, pause.reason, now)


def _go_on(
    request: PersonRequest,
    wire: Wire,
    found: Asking,
    asked: AuthorizationRequest,
    params: dict[str, str],
    now: datetime,
) -> HttpResponse:
    if found.authorization and "consent" not in asked.prompt and known.is_known(found.authorization, asked):
        return _silently(request, wire, found.authorization, asked, now)
    if found.blocked:
        # The same words as for a plain refusal: the app does not learn that nobody was asked.
        raise RedirectRefusal(wire.codes.denied, answers.NOT_APPROVED)
    if "none" in asked.prompt:
        raise RedirectRefusal("consent_required", "The person has not approved this yet.")
    moving = migrate.offer(request, wire, found, asked, params, now)
    return moving or approval.page(request, wire, approval.question_of(request, found, asked), params, now)


def _silently(
    request: HttpRequest, wire: Wire, authorization: Authorization, asked: AuthorizationRequest, now: datetime
) -> HttpResponse:
    held = known.granted(authorization, asked)
    code = consent.issue_fresh_code(authorization, code_request(request, asked, held, uuid.uuid4()), now)
    return answers.to_service(request, wire, asked, {"code": code})
