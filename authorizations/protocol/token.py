"""POST /oauth2/v2.0/token: authorization_code, refresh_token, client_credentials (RFC 6749 §3.2, OIDC Core §3.1.3)."""

from collections.abc import Callable
from datetime import datetime
from typing import Any

from django.utils import timezone

from authorizations import explaining, noticing, usage
from authorizations.events.kinds import Kind
from authorizations.policy import PASSING, Reason
from authorizations.protocol import limited
from authorizations.protocol.clients import authenticate, read_credentials
from authorizations.protocol.errors import OAuthError, method_not_allowed, unavailable
from authorizations.protocol.forms import read_form
from authorizations.protocol.http import Answer, Request, json_answer
from authorizations.protocol.id_token import id_token
from authorizations.rows.reading import Presented
from authorizations.services import refresh_tokens, tokens
from authorizations.services.refusals import Refusal, TokenRefused
from authorizations.services.tokens import Client, Issued
from oauthapps import scopes
from oauthapps.digests import digest
from oauthapps.models import Application

# What somebody who guesses gets.
GUESSES = frozenset({Refusal.CODE_UNKNOWN, Refusal.REFRESH_UNKNOWN, Refusal.VERIFIER_WRONG})
Grant = Callable[[Client, dict[str, str], datetime], Issued]


def token(request: Request) -> Answer:
    if request.method != "POST":
        return method_not_allowed("POST")
    now = timezone.now()
    try:
        form = read_form(request)
        grant = GRANTS.get(_needed(form, "grant_type"))
        if grant is None:
            raise OAuthError("unsupported_grant_type", f"grant_type is one of {', '.join(GRANTS)}.")
        found, shown = read_credentials(request, form), _shown(form)
        client = limited.caller("token", found.client_id, found.digest, lambda: authenticate(found, now, shown))
        usage.note_app(client.app.pk, "token", now)
        return _answered(grant, client, form, now)
    except OAuthError as error:
        noticing.refused(Kind.TOKEN_REFUSED, endpoint="token", reason=error.reason, app_id=error.app, now=now)
        return error.response()


def _answered(grant: Grant, client: Client, form: dict[str, str], now: datetime) -> Answer:
    try:
        return json_answer(answer(grant(client, form, now), now))
    except TokenRefused as refusal:
        reason = code_of(refusal.refusal) if refusal.reason is None else refusal.reason
        noticing.refused(Kind.TOKEN_REFUSED, endpoint="token", reason=reason.value, now=now)
        if client.secret is None and refusal.refusal in GUESSES:
            # A public client proves itself with what it was issued; anybody may send something else in its name.
            limited.refuse("token", client.app.client_id)
        return translate(refusal, client.app, now).response()


def _needed(form: dict[str, str], name: str) -> str:
    if name not in form:
        raise OAuthError("invalid_request", f"{name} is missing.")
    return form[name]


def _shown(form: dict[str, str]) -> Presented | None:
    if form["grant_type"] == "authorization_code":
        return Presented("code", digest(form["code"])) if "code" in form else None
    return refresh_tokens.shown(form["refresh_token"]) if "refresh_token" in form else None


def authorization_code(client: Client, form: dict[str, str], now: datetime) -> Issued:
    return tokens.exchange_code(
        client,
        code=_needed(form, "code"),
        redirect_uri=_needed(form, "redirect_uri"),
        verifier=form.get("code_verifier", ""),
        now=now,
    )


def refresh_token(client: Client, form: dict[str, str], now: datetime) -> Issued:
    return tokens.refresh(client, token=_needed(form, "refresh_token"), scope=_scope(form), now=now)


def client_credentials(client: Client, form: dict[str, str], now: datetime) -> Issued:
    if client.secret is None:
        raise OAuthError(
            "unauthorized_client", "A public client has no rights of its own.", why=explaining.Denial.PUBLIC_CLIENT
        )
    return tokens.client_credentials(client, scope=_scope(form), now=now)


def _scope(form: dict[str, str]) -> tuple[str, ...]:
    try:
        return scopes.parse(form.get("scope", ""))
    except scopes.MalformedScope as error:
        raise OAuthError("invalid_scope", "scope holds a character that is not allowed.") from error


GRANTS: dict[str, Grant] = {
    "authorization_code": authorization_code,
    "refresh_token": refresh_token,
    "client_credentials": client_credentials,
}


def answer(issued: Issued, now: datetime) -> dict[str, Any]:
    """RFC 6749 §5.1. `scope` always says what the token carries: the person may have given less than asked."""
    body: dict[str, Any] = {
        "access_token": issued.access_token,
        "token_type": "Bearer",
        "expires_in": issued.expires_in,
        "scope": " ".join(issued.scopes),
    }
    if issued.refresh_token:
        body["refresh_token"] = issued.refresh_token
    if issued.connection is not None and "openid" in issued.scopes:
        body["id_token"] = id_token(issued, now)
    return body


def translate(refusal: TokenRefused, app: Application, now: datetime) -> OAuthError:
    """RFC 6749 §5.2."""
    if refusal.reason in PASSING:
        return unavailable(refusal.reason, now)
    why = why_of(refusal, app, now)
    if refusal.refusal is Refusal.SCOPE_WIDER:
        text = "The scope is not registered for this client, or goes beyond what was granted."
        return OAuthError("invalid_scope", text, why=why)
    if refusal.reason is Reason.APP_DISABLED:
        return OAuthError("unauthorized_client", "The client is switched off.", why=why)
    return OAuthError("invalid_grant", refusal.refusal.value, why=why)


def why_of(refusal: TokenRefused, app: Application, now: datetime) -> str:
    """`app` is authenticated; only what was issued to it says whose it is. No statement."""
    found = refusal.authorization
    return explaining.address(
        refusal.reason or code_of(refusal.refusal),
        now=now,
        app=app,
        person=found.person if found else None,
        presented=explaining.Presented("connection", refusal.connection) if refusal.connection else None,
    )


def code_of(refusal: Refusal) -> explaining.Code:
    return Reason.NOT_AUTHORIZED if refusal is Refusal.NOT_ALLOWED else explaining.Denial[refusal.name]
