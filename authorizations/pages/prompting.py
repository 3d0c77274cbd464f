"""When a person has to sign in (again) before an authorization request goes on, and how we know that they did."""

import hashlib
import json
from datetime import datetime
from urllib.parse import urlencode

from django.core import signing
from django.http import HttpRequest

from accounts.stepup import SESSION_KEY, auth_time, sign_in_url
from authorizations.protocol.wire import AuthorizationRequest, RedirectRefusal
from oauthapps.models import Application

MARK = "gatehouse_prompted"
SALT = "gatehouse.prompted"
PROMPTED_MINUTES = 30


def _fingerprint(params: dict[str, str]) -> str:
    asked = {k: v for k, v in params.items() if k != MARK}
    return hashlib.sha256(json.dumps(asked, sort_keys=True).encode()).hexdigest()


def _prompted(request: HttpRequest, params: dict[str, str]) -> bool:
    """Whether this very request sent the person to sign in, and they did since."""
    try:
        fingerprint, sent = signing.loads(params.get(MARK, ""), salt=SALT, max_age=PROMPTED_MINUTES * 60)
    except (signing.BadSignature, ValueError, TypeError):
        return False
    at = (request.session.get(SESSION_KEY) or {}).get("at", 0)
    return fingerprint == _fingerprint(params) and at >= sent


def reason_to_sign_in(
    request: HttpRequest, asked: AuthorizationRequest, params: dict[str, str], now: datetime
) -> str | None:
    """None: go on. Otherwise why: "" (nobody is signed in), "reauthenticate" or "switch". OIDC Core §3.1.2.1."""
    reason = _reason(request, asked, params, now)
    if reason is not None and "none" in asked.prompt:
        raise RedirectRefusal("login_required", "Nobody is signed in recently enough.")
    return reason


def _reason(request: HttpRequest, asked: AuthorizationRequest, params: dict[str, str], now: datetime) -> str | None:
    if not request.user.is_authenticated:
        return "switch" if "select_account" in asked.prompt else ("reauthenticate" if "login" in asked.prompt else "")
    if _prompted(request, params):
        return None
    if "login" in asked.prompt:
        return "reauthenticate"
    if asked.max_age is not None:
        at = auth_time(request)
        if at is None or now.timestamp() - at > asked.max_age or asked.max_age == 0:
            return "reauthenticate"
    return "switch" if "select_account" in asked.prompt else None


def sign_in_address(
    path: str, asked: AuthorizationRequest, params: dict[str, str], app: Application, reason: str, now: datetime
) -> str:
    """The sign-in page that leads back to this very request."""
    kept = {k: v for k, v in params.items() if k != MARK}
    mark = signing.dumps([_fingerprint(kept), int(now.timestamp())], salt=SALT)
    extra = {"service": signing.dumps([app.name, app.company, app.verified_domain], salt="gatehouse.service")}
    if reason:
        extra["reason"] = reason
    if asked.login_hint:
        extra["login_hint"] = asked.login_hint
    return sign_in_url(f"{path}?{urlencode(kept | {MARK: mark})}", **extra)
