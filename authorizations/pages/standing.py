"""What an authorization request is about: the app, its callback, and what the person allowed it before."""

from datetime import datetime

from django.http import HttpRequest

from authorizations import pauses, selectors
from authorizations.explaining import Denial
from authorizations.policy import PASSING, Reason, decide
from authorizations.protocol.wire import AuthorizationRequest, IssuancePaused, PageRefusal, RedirectRefusal, Wire
from authorizations.selectors import Asking
from oauthapps.models import Application

# A switch that stops both models alike: the person is told on a page of ours.
CLOSING = frozenset({Reason.ISSUING_STOPPED, Reason.READ_ONLY})


def find(request: HttpRequest, wire: Wire, params: dict[str, str], now: datetime) -> Asking:
    """Raises PageRefusal."""
    client_id = params.get("client_id", "")
    if not client_id:
        raise PageRefusal(wire.codes.client_missing, "client_id is missing.")
    found = selectors.asking(client_id, request.user if request.user.is_authenticated else None, now)
    if found is None:
        raise PageRefusal(
            wire.codes.client_unknown, "No app with this client_id is registered here.", Denial.APP_UNKNOWN
        )
    if found.app.deleted_at is not None:
        raise gone(wire)
    if found.app.model != wire.model:
        raise PageRefusal(
            wire.codes.client_unknown,
            f"The app is registered for the {found.app.model} model; this is the endpoint of the {wire.model} model.",
            Denial.OTHER_MODEL,
        )
    return found


def gone(wire: Wire) -> PageRefusal:
    return PageRefusal(wire.codes.app_disabled, "app_deleted: the app was deleted by its owners.", Denial.APP_DELETED)


def callback(wire: Wire, params: dict[str, str], app: Application) -> str:
    redirect_uri = params.get("redirect_uri", "")
    if not redirect_uri:
        raise PageRefusal(wire.codes.callback_missing, "redirect_uri is missing.")
    if not app.accepts_callback(redirect_uri):
        raise PageRefusal(
            wire.codes.callback_wrong,
            "callback_wrong: redirect_uri is not exactly one of the registered addresses.",
            Denial.CALLBACK_NOT_REGISTERED,
        )
    return redirect_uri


def bare(params: dict[str, str], app: Application, redirect_uri: str) -> AuthorizationRequest:
    """Enough to tell the service an error: nothing else of the request has been checked."""
    return AuthorizationRequest(
        app.client_id, redirect_uri, params.get("state", "")[:4096], (), response_mode=params.get("response_mode", "")
    )


def check(
    request: HttpRequest,
    wire: Wire,
    app: Application,
    asked: AuthorizationRequest,
    now: datetime,
    *,
    issuing: bool = True,
) -> None:
    """`issuing`: whether a yes may follow. Raises PageRefusal, RedirectRefusal, IssuancePaused."""
    person = request.user if request.user.is_authenticated else None
    reason = decide(frozenset(asked.scopes), selectors.request_facts(app, person, now, issuing=issuing)).reason
    if reason is Reason.APP_DISABLED:
        raise PageRefusal(wire.codes.app_disabled, "app_disabled: the app is switched off.", reason)
    if reason is Reason.MODEL_ENDED:
        raise PageRefusal(wire.codes.model_ended, "model_ended: the legacy model has ended.", reason)
    if reason in PASSING and ("none" in asked.prompt or reason not in CLOSING):
        # Of the legacy model it began this instant; from the next request on there is a page.
        raise RedirectRefusal(wire.codes.unavailable, pauses.of(reason, now).sentence, reason)
    if reason in CLOSING:
        raise IssuancePaused(reason)
    if reason is not None:
        raise RedirectRefusal(wire.codes.denied, reason.value, reason)
