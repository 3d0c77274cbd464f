"""The authorization endpoint of both models: check, sign in, ask the person, answer the service."""

import uuid
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import cast
from urllib.parse import urlencode, urlsplit

from django.conf import settings
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_POST

from accounts.stepup import PersonRequest, auth_time
from authorizations import selectors
from authorizations.models import Authorization
from authorizations.pages import answers, describe, prompting, tickets
from authorizations.pages.csp import CSP
from authorizations.policy import Reason, decide
from authorizations.protocol.errors import OAuthError
from authorizations.protocol.forms import read_form, read_query
from authorizations.protocol.wire import AuthorizationRequest, PageRefusal, RedirectRefusal, Wire
from authorizations.services import consent
from oauthapps import scopes as catalogue
from oauthapps.models import Application

LOCAL = {"localhost", "127.0.0.1", "::1"}


@dataclass(frozen=True)
class Standing:
    """What is known when a request comes in."""

    app: Application
    authorization: Authorization | None


def authorize_view(wire: Wire) -> Callable[[HttpRequest], HttpResponse]:
    @csrf_exempt  # a request changes nothing; the decision below is protected
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
        return answers.with_headers(wire, misplaced.response())
    response = HttpResponseRedirect(f"{wire.authorize_path}?{urlencode(params)}")
    response.status_code = 303
    return answers.with_headers(wire, response)


def _handle(request: HttpRequest, wire: Wire, params: dict[str, str], now: datetime) -> HttpResponse:
    standing = _find(request, wire, params, now)
    redirect_uri = _callback(wire, params, standing.app)
    wire.used(standing.app, now)
    bare = _bare(params, standing.app, redirect_uri)
    try:
        asked = wire.parse(params, standing.app, redirect_uri)
        _decide(request, wire, standing.app, asked, now)
        reason = prompting.reason_to_sign_in(request, asked, params, now)
        if reason is not None:
            address = prompting.sign_in_address(wire.authorize_path, asked, params, standing.app, reason, now)
            return answers.with_headers(wire, HttpResponseRedirect(address))
        return _go_on(request, wire, standing, asked, params, now)
    except RedirectRefusal as refusal:
        return answers.to_service(request, wire, bare, wire.error(refusal.code, refusal.detail))


def _bare(params: dict[str, str], app: Application, redirect_uri: str) -> AuthorizationRequest:
    """Enough to tell the service an error: nothing else of the request has been checked."""
    return AuthorizationRequest(
        app.client_id, redirect_uri, params.get("state", "")[:4096], (), response_mode=params.get("response_mode", "")
    )


def _find(request: HttpRequest, wire: Wire, params: dict[str, str], now: datetime) -> Standing:
    """The app, with the person's standing authorization when there is one: one statement in the common case."""
    client_id = params.get("client_id", "")
    if not client_id:
        raise PageRefusal(wire.codes.client_missing, "client_id is missing.")
    authorization = None
    if request.user.is_authenticated:
        authorization = (
            Authorization.objects.of(request.user)
            .live(now)
            .select_related("application", "person")
            .filter(application__client_id=client_id[:255])
            .first()
        )
    app = authorization.application if authorization else Application.objects.filter(client_id=client_id[:255]).first()
    if app is None:
        raise PageRefusal(wire.codes.client_unknown, "No app with this client_id is registered here.")
    if app.model != wire.model:
        raise PageRefusal(
            wire.codes.client_unknown,
            f"The app is registered for the {app.model} model; this is the endpoint of the {wire.model} model.",
        )
    return Standing(app, authorization)


def _callback(wire: Wire, params: dict[str, str], app: Application) -> str:
    redirect_uri = params.get("redirect_uri", "")
    if not redirect_uri:
        raise PageRefusal(wire.codes.callback_missing, "redirect_uri is missing.")
    if not app.accepts_callback(redirect_uri):
        raise PageRefusal(
            wire.codes.callback_wrong, "callback_wrong: redirect_uri is not exactly one of the registered addresses."
        )
    return redirect_uri


def _decide(request: HttpRequest, wire: Wire, app: Application, asked: AuthorizationRequest, now: datetime) -> None:
    person = request.user if request.user.is_authenticated else None
    reason = decide(frozenset(asked.scopes), selectors.request_facts(app, person, now)).reason
    if reason is Reason.APP_DISABLED:
        raise PageRefusal(wire.codes.app_disabled, "app_disabled: the app is switched off.")
    if reason is Reason.MODEL_ENDED:
        raise PageRefusal(wire.codes.model_ended, "model_ended: the legacy model has ended.")
    if reason is not None:
        raise RedirectRefusal(wire.codes.denied, reason.value)


def _go_on(
    request: HttpRequest,
    wire: Wire,
    standing: Standing,
    asked: AuthorizationRequest,
    params: dict[str, str],
    now: datetime,
) -> HttpResponse:
    if standing.authorization and "consent" not in asked.prompt and _known(standing.authorization, asked):
        return _silently(request, wire, standing.authorization, asked, now)
    if "none" in asked.prompt:
        raise RedirectRefusal("consent_required", "The person has not approved this yet.")
    return approval_page(cast(PersonRequest, request), wire, standing, asked, params)


def _known(authorization: Authorization, asked: AuthorizationRequest) -> bool:
    closed = catalogue.closure(authorization.scopes)
    return all(s in closed for s in asked.scopes if s not in authorization.declined) and any(
        s in closed for s in asked.scopes
    )


def _silently(
    request: HttpRequest, wire: Wire, authorization: Authorization, asked: AuthorizationRequest, now: datetime
) -> HttpResponse:
    closed = catalogue.closure(authorization.scopes)
    granted = tuple(s for s in asked.scopes if s in closed)
    code = consent.issue_code(authorization, _code_request(request, asked, granted, uuid.uuid4()), now=now)
    return answers.to_service(request, wire, asked, {"code": code})


def _code_request(
    request: HttpRequest, asked: AuthorizationRequest, granted: tuple[str, ...], ticket: uuid.UUID
) -> consent.CodeRequest:
    return consent.CodeRequest(
        granted, asked.redirect_uri, asked.code_challenge, asked.nonce, auth_time(request), ticket
    )


def approval_page(
    request: PersonRequest, wire: Wire, standing: Standing, asked: AuthorizationRequest, params: dict[str, str]
) -> HttpResponse:
    app, consented = standing.app, standing.authorization
    kept = {k: v for k, v in params.items() if k != prompting.MARK}
    members = list(selectors.memberships(request.user))
    callback = urlsplit(asked.redirect_uri)
    context = {
        "app": describe.app_card(app),
        "groups": describe.groups(
            asked.scopes,
            describe.Choice(
                optional=_optional(app, asked),
                unchecked=consented.declined if consented else (),
                granted=catalogue.closure(consented.scopes) if consented else (),
            ),
        ),
        "person": request.user,
        "organizations": [
            {"name": m.organization.name, "access_level_label": m.get_access_level_display()} for m in members
        ],
        "no_organizations": not members,
        "callback_host": callback.netloc,
        "callback_is_local": callback.hostname in LOCAL,
        "expires_label": _("for a year, or until you revoke it"),
        "sunset": settings.LEGACY_SUNSET if app.is_legacy else None,
        "ticket": tickets.make(request, wire.name, kept),
        "post_url": f"{wire.authorize_path}/decision",
        "switch_next": f"{wire.authorize_path}?{urlencode(kept)}",
        "genuine_url": reverse("genuine"),
    }
    response = render(request, "authorizations/consent.html", context)
    response["Content-Security-Policy"] = page_policy(asked.redirect_uri)
    return answers.with_headers(wire, response)


def page_policy(redirect_uri: str) -> str:
    """Forms of the page lead to us and on to the registered callback, nowhere else."""
    return f"{CSP}; form-action 'self' {answers.origin_of(redirect_uri)}"


def _optional(app: Application, asked: AuthorizationRequest) -> set[str]:
    return {s for s in asked.scopes if s in app.optional_scopes}


def decision_view(wire: Wire) -> Callable[[HttpRequest], HttpResponse]:
    @require_POST
    def decision(request: HttpRequest) -> HttpResponse:
        now = timezone.now()
        try:
            ticket = tickets.read(request, wire.name, request.POST.get("ticket", ""), settings.CONSENT_TICKET_LIFETIME)
            standing = _find(request, wire, ticket.params, now)
            redirect_uri = _callback(wire, ticket.params, standing.app)
            told = _bare(ticket.params, standing.app, redirect_uri)
            asked = wire.parse(ticket.params, standing.app, redirect_uri)
            _decide(request, wire, standing.app, asked, now)
            return _answered(cast(PersonRequest, request), wire, standing, asked, ticket.id, now)
        except tickets.TicketInvalid:
            detail = "The approval page is too old, or it was opened by another account or in another browser session."
            return answers.error_page(request, wire, PageRefusal("approval_page_expired", detail))
        except PageRefusal as refusal:
            return answers.error_page(request, wire, refusal)
        except RedirectRefusal as refusal:
            return answers.to_service(request, wire, told, wire.error(refusal.code, refusal.detail))
        except consent.AnsweredAlready:
            detail = "This approval page was answered already, and its answer was used."
            return answers.error_page(request, wire, PageRefusal("already_answered", detail))

    return decision


def _answered(
    request: PersonRequest,
    wire: Wire,
    standing: Standing,
    asked: AuthorizationRequest,
    ticket: uuid.UUID,
    now: datetime,
) -> HttpResponse:
    person = request.user
    if request.POST.get("decision") != "accept":  # anything but the one word is a no
        consent.refuse(person, standing.app, now=now)
        return answers.to_service(request, wire, asked, wire.error(wire.codes.denied, "The person did not approve."))
    ticked, optional = set(request.POST.getlist("scope")), _optional(standing.app, asked)
    granted = tuple(s for s in asked.scopes if s not in optional or s in ticked)
    declined = tuple(s for s in asked.scopes if s not in granted)
    if not granted:
        consent.refuse(person, standing.app, now=now)
        return answers.to_service(
            request, wire, asked, wire.error(wire.codes.denied, "The person approved none of the permissions.")
        )
    code = consent.accept(
        person,
        standing.app,
        granted=granted,
        declined=declined,
        code=_code_request(request, asked, granted, ticket),
        now=now,
    )
    return answers.to_service(request, wire, asked, {"code": code})
