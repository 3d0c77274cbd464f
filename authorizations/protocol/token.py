"""POST /oauth2/v2.0/token: authorization_code, refresh_token, client_credentials (RFC 6749 §3.2, OIDC Core §3.1.3)."""

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any

from django.utils import timezone

from authorizations import explaining, noticing, usage
from authorizations.events.kinds import Kind
from authorizations.policy import PASSING, Reason
from authorizations.protocol import asked, limited
from authorizations.protocol.asked import Asked
from authorizations.protocol.clients import Credentials, authenticate, read_credentials, remembered
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
Grant = Callable[[Client, Mapping[str, str], datetime], Issued]
OWN_BEHALF = b"client_credentials"


def token(request: Request) -> Answer:
    if request.method != "POST":
        return method_not_allowed("POST")
    now = timezone.now()
    try:
        if OWN_BEHALF in request.body and (said := asked.read(request)).form.get("grant_type") == OWN_BEHALF.decode():
            return _own_behalf(said, now)
        form = read_form(request)
        grant = GRANTS.get(_needed(form, "grant_type"))
        if grant is None:
            raise OAuthError("unsupported_grant_type", f"grant_type is one of {', '.join(GRANTS)}.")
        if grant is client_credentials:  # written in another way
            return _own_behalf(asked.read(request), now)
        found, shown = read_credentials(request, form), _shown(form)
        client = _admitted(found, lambda: authenticate(found, now, shown), now)
        return _answered(grant, client, form, now)
    except OAuthError as error:
        noticing.refused(Kind.TOKEN_REFUSED, endpoint="token", reason=error.reason, app_id=error.app, now=now)
        return error.response()


def _own_behalf(said: Asked, now: datetime) -> Answer:
    """The same client asks again and again: decided on what was read last, if that is still so."""
    found = said.credentials

    def fresh() -> Client:
        return authenticate(found, now)

    for authenticated in (lambda: remembered(found, now) or fresh(), fresh, fresh):
        client = _admitted(found, authenticated, now)
        try:
            answered = _answered(client_credentials, client, said.form, now)
        except tokens.Outdated:
            continue
        said.keep()
        return answered
    raise OAuthError("temporarily_unavailable", "The client is being changed. Try again.", status=503, retry_after="1")


def _admitted(found: Credentials, authenticated: Callable[[], Client], now: datetime) -> Client:
    client = limited.caller("token", found.client_id, found.digest, authenticated)
    usage.note_app(client.app.pk, "token", now)
    return client


def _answered(grant: Grant, client: Client, form: Mapping[str, str], now: datetime) -> Answer:
    try:
        return json_answer(answer(grant(client, form, now), now))
    except TokenRefused as refusal:
        reason = code_of(refusal.refusal) if refusal.reason is None else refusal.reason
        noticing.refused(Kind.TOKEN_REFUSED, endpoint="token", reason=reason.value, now=now)
        if client.secret is None and refusal.refusal in GUESSES:
            # A public client proves itself with what it was issued; anybody may send something else in its name.
            limited.refuse("token", client.app.client_id)
        return translate(refusal, client.app, now).response()


def _needed(form: Mapping[str, str], name: str) -> str:
    if name not in form:
        raise OAuthError("invalid_request", f"{name} is missing.")
    return form[name]


def _shown(form: Mapping[str, str]) -> Presented | None:
    if form["grant_type"] == "authorization_code":
        return Presented("code", digest(form["code"])) if "code" in form else None
    return refresh_tokens.shown(form["refresh_token"]) if "refresh_token" in form else None


def authorization_code(client: Client, form: Mapping[str, str], now: datetime) -> Issued:
    return tokens.exchange_code(
        client,
        code=_needed(form, "code"),
        redirect_uri=_needed(form, "redirect_uri"),
        verifier=form.get("code_verifier", ""),
        now=now,
    )


def refresh_token(client: Client, form: Mapping[str, str], now: datetime) -> Issued:
    return tokens.refresh(client, token=_needed(form, "refresh_token"), scope=_scope(form), now=now)


def client_credentials(client: Client, form: Mapping[str, str], now: datetime) -> Issued:
    if client.secret is None:
        raise OAuthError(
            "unauthorized_client", "A public client has no rights of its own.", why=explaining.Denial.PUBLIC_CLIENT
        )
    return tokens.client_credentials(client, scope=_scope(form), now=now)


def _scope(form: Mapping[str, str]) -> tuple[str, ...]:
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
