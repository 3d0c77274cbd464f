"""An authorization request of somebody who is signed in and allowed the service before: the answer is a redirect with a
code, and needs no page, so it is given before Django's handler (docs/decisions/0091).

The checks are those of the page (`authorize`), in its order and by its functions. Whatever else the answer may be - a
sign-in, a question, a refusal, an error - is not given here: None leaves the request to the page, as if nobody had looked.
"""

from dataclasses import dataclass, field
from datetime import datetime
from functools import lru_cache
from hashlib import sha256
from importlib import import_module
from typing import Any, cast
from uuid import uuid4

from django.conf import settings
from django.contrib.auth import BACKEND_SESSION_KEY, HASH_SESSION_KEY, SESSION_KEY
from django.http import HttpRequest
from django.http.cookie import parse_cookie
from django.http.request import split_domain_port, validate_host
from django.utils.crypto import constant_time_compare

from accounts.models import User
from authorizations import limits, rows
from authorizations.bounded import Bounded
from authorizations.pages import answers, prompting, standing
from authorizations.pages.decision import code_request
from authorizations.protocol.authorize import STANDARD
from authorizations.protocol.errors import OAuthError
from authorizations.protocol.forms import parse
from authorizations.protocol.http import Answer, Request
from authorizations.protocol.wire import AuthorizationRequest, IssuancePaused, PageRefusal, RedirectRefusal
from authorizations.rows import reading
from authorizations.services import consent
from oauthapps import scopes as catalogue

DATABASE_SESSIONS = "django.contrib.sessions.backends.db"


@dataclass
class Visit:
    """What the checks ask of a request."""

    user: Any
    session: dict[str, Any]
    META: dict[str, Any] = field(default_factory=dict)


def answer(request: Request, now: datetime) -> Answer | None:
    if request.method != "GET" or not rows.quick() or not _is_addressed_to_us(request.environ):
        return None
    key = _session_key(request.environ.get("HTTP_COOKIE", ""))
    if not key:
        return None
    try:
        params = parse(request.query)
        session, found = _visit(key, params.get("client_id", "")[:255], now)
        return None if session is None or found is None else _redirect(request, session, found, params, now)
    except (OAuthError, PageRefusal, RedirectRefusal, IssuancePaused):
        return None


def _redirect(
    request: Request, session: dict[str, Any], found: Any, params: dict[str, str], now: datetime
) -> Answer | None:
    if not _is_theirs(session, found.person):
        return None
    app, authorization = found.application, found
    if app.deleted_at is not None or app.model != STANDARD.model:
        return None
    visit = cast(HttpRequest, Visit(found.person, session, request.environ))
    redirect_uri = standing.callback(STANDARD, params, app)
    asked = STANDARD.parse(params, app, redirect_uri)
    standing.check(visit, STANDARD, app, asked, now)
    if prompting.reason_to_sign_in(visit, asked, params, now) is not None:
        return None
    if asked.response_mode == "form_post" or "consent" in asked.prompt or not is_known(authorization, asked):
        return None
    if limits.count("authorize_per_person", str(found.person.pk)):
        return None
    STANDARD.used(app, now)
    code = consent.issue_fresh_code(
        authorization, code_request(visit, asked, granted(authorization, asked), uuid4()), now
    )
    address = answers.with_parameters(asked.redirect_uri, {"code": code} | STANDARD.answer(asked.state))
    return Answer(status=302, headers={"Location": address} | STANDARD.headers())


def is_known(authorization: Any, asked: AuthorizationRequest) -> bool:
    closed = catalogue.closure(authorization.scopes)
    return all(s in closed for s in asked.scopes if s not in authorization.declined) and any(
        s in closed for s in asked.scopes
    )


def granted(authorization: Any, asked: AuthorizationRequest) -> tuple[str, ...]:
    closed = catalogue.closure(authorization.scopes)
    return tuple(s for s in asked.scopes if s in closed)


def _is_addressed_to_us(environ: dict[str, Any]) -> bool:
    """Otherwise Django says what is wrong, or leads to https."""
    return _is_our_host(environ.get("HTTP_HOST", ""), tuple(settings.ALLOWED_HOSTS)) and (
        not settings.SECURE_SSL_REDIRECT or is_secure(environ)
    )


def is_secure(environ: dict[str, Any]) -> bool:
    if settings.SECURE_PROXY_SSL_HEADER:
        name, value = settings.SECURE_PROXY_SSL_HEADER
        if name in environ:
            said: str = environ[name]
            return said.split(",", 1)[0].strip() == value
    return bool(environ.get("wsgi.url_scheme") == "https")


@lru_cache(maxsize=64)
def _is_our_host(host: str, allowed: tuple[str, ...]) -> bool:
    domain, _ = split_domain_port(host)
    return bool(domain) and validate_host(domain, list(allowed))


def _session_key(cookies: str) -> str:
    if settings.SESSION_ENGINE != DATABASE_SESSIONS or settings.SESSION_SAVE_EVERY_REQUEST:
        return ""
    key = parse_cookie(cookies).get(settings.SESSION_COOKIE_NAME, "")
    return key if 8 <= len(key) <= 40 and key.isascii() and "\x00" not in key else ""


# Who was behind a session when it came last, by a digest of its key: a guess that spares a statement where it is right.
_behind: Bounded[bytes, str] = Bounded(2048)


def _visit(key: str, client_id: str, now: datetime) -> tuple[dict[str, Any] | None, Any]:
    """What the browser's session holds, and what its person allowed the service."""
    place = sha256(key.encode()).digest()
    guess = _behind.get(place)
    stored, found = reading.visit(key, client_id, guess, now) if guess else (reading.session(key, now), None)
    session = _session(stored)
    if session is not None and session[SESSION_KEY] != guess:
        _behind.keep(place, session[SESSION_KEY])
        found = reading.known(client_id, session[SESSION_KEY], now)
    return session, found


def _session(stored: str) -> dict[str, Any] | None:
    """If somebody is signed in and nothing is under way in it."""
    found = _decoded(stored) if stored else None
    if (
        not found
        or not {SESSION_KEY, BACKEND_SESSION_KEY, HASH_SESSION_KEY} <= found.keys()
        or "account_login" in found
    ):
        return None
    return found


@lru_cache(maxsize=512)
def _decoded(stored: str) -> dict[str, Any]:
    """Signed by us: the same text says the same for ever. Whether there is such a session is asked each time."""
    decoded: dict[str, Any] = import_module(DATABASE_SESSIONS).SessionStore().decode(stored)
    return decoded


def _is_theirs(session: dict[str, Any], person: Any) -> bool:
    """As Django's middleware decides who it is: the backend is one of ours, the person active, the session not ended for
    all browsers at once."""
    return (
        person.is_active
        and session[BACKEND_SESSION_KEY] in settings.AUTHENTICATION_BACKENDS
        and constant_time_compare(session[HASH_SESSION_KEY], _session_hash(person.password))
    )


@lru_cache(maxsize=64)
def _session_hash(password: str) -> str:
    """Nobody has a password, so there are few different ones."""
    return User(password=password).get_session_auth_hash()
