"""The standard authorization request (OAuth 2.1 §4.1.1, OIDC Core §3.1.2.1): a list of small checks, in order."""

from collections.abc import Callable
from datetime import datetime

from django.conf import settings

from authorizations.protocol.wire import AuthorizationRequest, Codes, RedirectRefusal, Wire
from authorizations.protocol_rules import challenge_is_well_formed
from oauthapps import scopes
from oauthapps.models import Application

PROMPTS = frozenset({"none", "login", "consent", "select_account"})
LONGEST = {"state": 4096, "nonce": 255, "login_hint": 320}
Check = Callable[[dict[str, str], Application], None]


def no_request_object(params: dict[str, str], _: Application) -> None:
    for name in ("request", "request_uri", "registration"):
        if name in params:
            raise RedirectRefusal(f"{name}_not_supported", f"{name} is not supported.")


def response_type_is_code(params: dict[str, str], _: Application) -> None:
    if "response_type" not in params:
        raise RedirectRefusal("invalid_request", "response_type is missing.")
    if params["response_type"] != "code":
        raise RedirectRefusal("unsupported_response_type", "response_type must be “code”.")


def response_mode_is_known(params: dict[str, str], _: Application) -> None:
    if params.get("response_mode", "query") not in {"query", "form_post"}:
        raise RedirectRefusal("invalid_request", "response_mode must be query or form_post.")


def parameters_are_short(params: dict[str, str], _: Application) -> None:
    for name, limit in LONGEST.items():
        if len(params.get(name, "")) > limit:
            raise RedirectRefusal("invalid_request", f"{name} has at most {limit} characters.")


def scope_is_registered(params: dict[str, str], app: Application) -> None:
    asked = _scopes(params)
    if not asked:
        raise RedirectRefusal("invalid_scope", "scope is missing: name the permissions you need.")
    if unknown := scopes.unknown(asked):
        raise RedirectRefusal("invalid_scope", f"Unknown scope: {' '.join(unknown)[:200]}")
    if beyond := [s for s in asked if s not in app.scope_closure]:
        raise RedirectRefusal("invalid_scope", f"Not registered for this app: {' '.join(beyond)[:200]}")


def pkce_is_s256(params: dict[str, str], _: Application) -> None:
    """RFC 9700 §2.1.1: for every client; `plain`, also by omission, protects nothing."""
    if "code_challenge" not in params:
        raise RedirectRefusal("invalid_request", "code_challenge is missing: PKCE with S256 is required.")
    if params.get("code_challenge_method") != "S256":
        raise RedirectRefusal("invalid_request", "code_challenge_method must be S256.")
    if not challenge_is_well_formed(params["code_challenge"]):
        raise RedirectRefusal("invalid_request", "code_challenge must be 43 characters of base64url (a SHA-256).")


def prompt_is_consistent(params: dict[str, str], _: Application) -> None:
    prompts = set(params.get("prompt", "").split())
    if prompts - PROMPTS:
        raise RedirectRefusal("invalid_request", "prompt is none, login, consent or select_account.")
    if "none" in prompts and len(prompts) > 1:
        raise RedirectRefusal("invalid_request", "prompt=none cannot be combined.")


def max_age_is_a_number(params: dict[str, str], _: Application) -> None:
    value = params.get("max_age", "0")
    if not (value.isascii() and value.isdigit()) or len(value) > 9:
        raise RedirectRefusal("invalid_request", "max_age must be a number of seconds.")


CHECKS: tuple[Check, ...] = (
    no_request_object,
    response_mode_is_known,
    response_type_is_code,
    parameters_are_short,
    scope_is_registered,
    pkce_is_s256,
    prompt_is_consistent,
    max_age_is_a_number,
)


def _scopes(params: dict[str, str]) -> tuple[str, ...]:
    try:
        return scopes.parse(params.get("scope", ""))
    except scopes.MalformedScope as error:
        raise RedirectRefusal("invalid_scope", "scope holds a character that is not allowed.") from error


def parse(params: dict[str, str], app: Application, redirect_uri: str) -> AuthorizationRequest:
    for check in CHECKS:
        check(params, app)
    return AuthorizationRequest(
        client_id=app.client_id,
        redirect_uri=redirect_uri,
        state=params.get("state", ""),
        scopes=_scopes(params),
        code_challenge=params["code_challenge"],
        nonce=params.get("nonce", ""),
        prompt=frozenset(params.get("prompt", "").split()),
        max_age=int(params["max_age"]) if "max_age" in params else None,
        login_hint=params.get("login_hint", ""),
        response_mode=params.get("response_mode", "query"),
    )


def answer(state: str) -> dict[str, str]:
    """RFC 9207: `iss` on success and on errors, against mix-up."""
    return {"iss": settings.ISSUER} | ({"state": state} if state else {})


def error(code: str, detail: str, why: str) -> dict[str, str]:
    """RFC 6749 §4.1.2.1."""
    return {"error": code, "error_description": detail, "error_uri": why}


def used(app: Application, now: datetime) -> None:
    """The standard model is not counted per call."""


STANDARD = Wire(
    name="standard",
    model="standard",
    authorize_path="/oauth2/v2.0/authorize",
    codes=Codes(
        client_missing="invalid_request",
        client_unknown="invalid_client",
        callback_missing="invalid_request",
        callback_wrong="invalid_redirect_uri",
        app_disabled="unauthorized_client",
        model_ended="unauthorized_client",
        denied="access_denied",
        server_error="server_error",
        unavailable="temporarily_unavailable",
    ),
    parse=parse,
    answer=answer,
    error=error,
    headers=dict,
    used=used,
)
