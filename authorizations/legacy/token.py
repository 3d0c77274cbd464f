"""POST /oauth2/token in the old wire format, over the same services."""

from datetime import datetime

from django.utils import timezone

from authorizations import brown_outs, explaining, noticing, pauses, selectors, usage
from authorizations.events.context import note_client
from authorizations.events.kinds import Kind
from authorizations.legacy import wire
from authorizations.legacy.sunset import announce_end
from authorizations.pauses import Pause
from authorizations.policy import PASSING, Reason
from authorizations.protocol import limited
from authorizations.protocol.errors import OAuthError
from authorizations.protocol.forms import read_form
from authorizations.protocol.http import Answer, Request, json_answer
from authorizations.protocol.token import code_of, why_of
from authorizations.rows.reading import Presented
from authorizations.services import refresh_tokens, tokens
from authorizations.services.refusals import TokenRefused
from authorizations.services.tokens import Client, Issued
from oauthapps.digests import digest, key_ids, same
from oauthapps.models import Application


def legacy_token(request: Request) -> Answer:
    now = timezone.now()
    pause = pauses.of_legacy(now)
    return announce_end(_paused(pause) if pause else _decided(request, now))


def _paused(pause: Pause) -> Answer:
    paused = _error("serverError", pause.sentence, 503, explaining.page(pause.reason))
    return brown_outs.tell(paused, pause.seconds)


def _decided(request: Request, now: datetime) -> Answer:
    try:
        return _answer(request, now)
    except wire.WireError as error:
        noticing.refused(Kind.TOKEN_REFUSED, endpoint="legacy-token", reason=_code_of(error).value, now=now)
        return _error(error.code, error.description, why=explaining.page(_code_of(error)))
    except OAuthError as error:
        noticing.refused(Kind.TOKEN_REFUSED, endpoint="legacy-token", reason=error.reason, app_id=error.app, now=now)
        if error.retry_after:
            return brown_outs.tell(_error("serverError", error.description, error.status, error.why), error.retry_after)
        return _error("invalidRequest", error.description, error.status, error.why)


def _refused(refusal: TokenRefused, app: Application, now: datetime) -> Answer:
    reason = code_of(refusal.refusal) if refusal.reason is None else refusal.reason
    noticing.refused(Kind.TOKEN_REFUSED, endpoint="legacy-token", reason=reason.value, now=now)
    if refusal.reason in PASSING:
        return _paused(pauses.of(refusal.reason, now))
    code = wire.refusal_code(refusal.refusal.name, refusal.reason.value if refusal.reason else None)
    return _error(code, refusal.refusal.value, why=why_of(refusal, app, now))


def _error(code: str, description: str, status: int = 400, why: str = "") -> Answer:
    """Old clients read the capitalised keys; standard ones, sent here by mistake, read the others."""
    told = {"Error": code, "ErrorDescription": description, "error": code, "error_description": description}
    return json_answer(told | {"error_uri": why}, status)


def _code_of(error: wire.WireError) -> explaining.Code:
    ended = error.code == "clientSecretExpired"
    return Reason.SECRET_ENDED if ended else explaining.OF_ERRORS[error.code]


def _answer(request: Request, now: datetime) -> Answer:
    if request.method != "POST":
        raise OAuthError("invalid_request", "Use POST.", status=405)
    form = read_form(request)
    grant = wire.grant_of(form)
    wire.check_form(form)
    client = _known(form["client_assertion"], _shown(grant, form["assertion"]), now)
    usage.note_app(client.app.pk, "token", now)
    try:
        issued = _issue(client, grant, form, now)
    except TokenRefused as refusal:
        return _refused(refusal, client.app, now)
    told = wire.token_answer(
        issued.access_token,
        issued.expires_in,
        issued.refresh_token,
        " ".join(issued.scopes),
        historic=client.app.historic_answers,
    )
    return json_answer(told)


def _issue(client: Client, grant: str, form: dict[str, str], now: datetime) -> Issued:
    if grant == "code":
        verifier = form.get("code_verifier", "")
        return tokens.exchange_code(
            client, code=form["assertion"], redirect_uri=form["redirect_uri"], verifier=verifier, now=now
        )
    if not client.app.accepts_callback(form["redirect_uri"]):
        raise wire.WireError("invalidRedirectUri", "redirect_uri is not registered for this app.")
    return tokens.refresh(client, token=form["assertion"], scope=(), now=now)


def _shown(grant: str, assertion: str) -> Presented | None:
    return Presented("code", digest(assertion)) if grant == "code" else refresh_tokens.shown(assertion)


def _known(presented: str, shown: Presented | None, now: datetime) -> Client:
    """Within the limits of calls. The name that is counted is the one that the secret has for itself."""
    return limited.caller(
        "token",
        key_ids(presented)[0],
        digest(presented),
        lambda: _client(presented, shown, now),
        refused=wire.WireError,
    )


def _client(presented: str, shown: Presented | None, now: datetime) -> Client:
    """There is no client_id in this call: the secret names itself, or is one that was imported with its app."""
    named = [(key, value) for value in wire.candidates(presented) for key in key_ids(value)]
    found = selectors.secrets_with((key for key, _ in named), shown)
    for key, value in named:
        secret, held = found.get(key, (None, None))
        if secret is None or not same(secret.digest, digest(value)) or not secret.application.is_legacy:
            continue
        if not secret.is_live(now):
            raise wire.WireError("clientSecretExpired", "The client secret has ended.")
        usage.note_secret(secret, now)
        note_client(secret.application.client_id)
        return Client(secret.application, secret, held)
    raise wire.WireError("invalidClientSecret", "The client secret is not known here.")
