"""What the two models of app have in common at the authorization endpoint, and what each does its own way."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from authorizations import explaining
from authorizations.explaining import Code, Denial
from authorizations.policy import Reason
from oauthapps.models import Application


@dataclass(frozen=True)
class AuthorizationRequest:
    """A request whose client, callback and parameters have been checked."""

    client_id: str
    redirect_uri: str
    state: str
    scopes: tuple[str, ...]
    code_challenge: str = ""
    nonce: str = ""
    prompt: frozenset[str] = frozenset()
    max_age: int | None = None
    login_hint: str = ""
    response_mode: str = "query"


class PageRefusal(Exception):
    """An error that must not redirect: the callback itself is in doubt (RFC 6749 §4.1.2.1).

    `why`: what the page about it is called, where the code alone does not say it.
    """

    def __init__(self, code: str, detail: str, why: Code | None = None) -> None:
        super().__init__(detail)
        self.code, self.detail = code, detail
        self.why = why or explaining.OF_ERRORS.get(code, Denial.REQUEST_NOT_VALID)


class IssuancePaused(Exception):
    """Nothing is issued for now: a page says so, with the way back to the service."""

    def __init__(self, reason: Reason) -> None:
        super().__init__(reason.value)
        self.reason = reason


class RedirectRefusal(Exception):
    """An error told to the service on its callback. `why`: as of a PageRefusal."""

    def __init__(self, code: str, detail: str, why: Code | None = None) -> None:
        super().__init__(detail)
        self.code, self.detail = code, detail
        self.why = why or explaining.OF_ERRORS.get(code, Denial.REQUEST_NOT_VALID)


@dataclass(frozen=True)
class Codes:
    """This wire's names for what both can refuse."""

    client_missing: str
    client_unknown: str
    callback_missing: str
    callback_wrong: str
    app_disabled: str
    model_ended: str
    denied: str
    server_error: str
    unavailable: str


@dataclass(frozen=True)
class Wire:
    name: str
    model: str
    authorize_path: str
    codes: Codes
    # (parameters, app, redirect_uri) -> request; raises RedirectRefusal
    parse: Callable[[dict[str, str], Application, str], AuthorizationRequest]
    # (state) -> parameters that every answer carries
    answer: Callable[[str], dict[str, str]]
    # (code, detail, address of the page that explains it) -> parameters of an error answer
    error: Callable[[str, str, str], dict[str, str]]
    headers: Callable[[], dict[str, str]]
    used: Callable[[Application, datetime], None]
