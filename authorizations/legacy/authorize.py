"""The legacy authorization request: response_type=Assertion, scopes of the API only."""

from datetime import datetime

from authorizations import usage
from authorizations.legacy.sunset import sunset_headers
from authorizations.protocol.wire import AuthorizationRequest, Codes, RedirectRefusal, Wire
from authorizations.protocol_rules import challenge_is_well_formed
from oauthapps import scopes
from oauthapps.models import Application


def parse(params: dict[str, str], app: Application, redirect_uri: str) -> AuthorizationRequest:
    """Raises RedirectRefusal with the old codes."""
    if "response_type" not in params:
        raise RedirectRefusal("responseTypeRequired", "response_type is missing.")
    if params["response_type"].lower() != "assertion":
        raise RedirectRefusal("responseTypeNotSupported", "response_type must be Assertion.")
    if len(params.get("state", "")) > 4096:
        raise RedirectRefusal("invalidRequest", "state has at most 4096 characters.")
    return AuthorizationRequest(
        client_id=app.client_id,
        redirect_uri=redirect_uri,
        state=params.get("state", ""),
        scopes=_scopes(params, app),
        code_challenge=_challenge(params),
    )


def _scopes(params: dict[str, str], app: Application) -> tuple[str, ...]:
    try:
        asked = scopes.parse(params.get("scope", ""))
    except scopes.MalformedScope as error:
        raise RedirectRefusal("invalidScope", "scope holds a character that is not allowed.") from error
    if not asked:
        raise RedirectRefusal("scopeRequired", "scope is missing.")
    if scopes.unknown(asked) or not set(asked) <= app.scope_closure:
        raise RedirectRefusal("invalidScope", "A scope is unknown or not registered for this app.")
    return asked


def _challenge(params: dict[str, str]) -> str:
    """PKCE was never documented here, yet clients send it: enforced when present."""
    challenge = params.get("code_challenge", "")
    if challenge and (params.get("code_challenge_method") != "S256" or not challenge_is_well_formed(challenge)):
        raise RedirectRefusal("invalidRequest", "code_challenge must be S256.")
    return challenge


def answer(state: str) -> dict[str, str]:
    return {"state": state} if state else {}


def error(code: str, detail: str, why: str) -> dict[str, str]:
    """RFC 6749 §4.1.2.1."""
    return {"error": code, "error_description": detail, "error_uri": why}


def used(app: Application, now: datetime) -> None:
    usage.note_app(app.pk, "authorize", now)


LEGACY = Wire(
    name="legacy",
    model="legacy",
    authorize_path="/oauth2/authorize",
    codes=Codes(
        client_missing="clientIdRequired",
        client_unknown="invalidClientId",
        callback_missing="redirectUriRequired",
        callback_wrong="invalidRedirectUri",
        app_disabled="invalidClientId",
        model_ended="invalidClientId",
        denied="accessDenied",
        server_error="serverError",
        unavailable="serverError",
    ),
    parse=parse,
    answer=answer,
    error=error,
    headers=sunset_headers,
    used=used,
)
