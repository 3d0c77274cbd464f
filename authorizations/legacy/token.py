"""POST /oauth2/token in the old wire format, over the same services."""

from datetime import datetime

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.utils import timezone

from authorizations import selectors, usage
from authorizations.legacy import wire
from authorizations.legacy.sunset import sunset_headers
from authorizations.protocol.clients import secret_matches
from authorizations.protocol.errors import OAuthError
from authorizations.protocol.forms import read_form
from authorizations.services import tokens
from authorizations.services.refusals import TokenRefused
from authorizations.services.tokens import Client
from oauthapps.digests import digest, same


def legacy_token(request: HttpRequest) -> HttpResponse:
    try:
        answer = JsonResponse(_answer(request, timezone.now()))
    except wire.WireError as error:
        answer = _error(error.code, error.description)
    except TokenRefused as refusal:
        reason = refusal.reason.value if refusal.reason else None
        answer = _error(wire.refusal_code(refusal.refusal.name, reason), refusal.refusal.value)
    except OAuthError as error:
        answer = _error("invalidRequest", error.description, error.status)
    for name, value in sunset_headers().items():
        answer[name] = value
    return answer


def _error(code: str, description: str, status: int = 400) -> JsonResponse:
    """Old clients read the capitalised keys; standard ones, sent here by mistake, read the others."""
    return JsonResponse(
        {"Error": code, "ErrorDescription": description, "error": code, "error_description": description}, status=status
    )


def _answer(request: HttpRequest, now: datetime) -> dict[str, object]:
    if request.method != "POST":
        raise OAuthError("invalid_request", "Use POST.", status=405)
    form = read_form(request)
    grant = wire.grant_of(form)
    wire.check_form(form)
    client = _client(form["client_assertion"], now)
    usage.note_app(client.app.pk, "token", now)
    if grant == "code":
        issued = tokens.exchange_code(
            client,
            code=form["assertion"],
            redirect_uri=form["redirect_uri"],
            verifier=form.get("code_verifier", ""),
            now=now,
        )
    else:
        if not client.app.accepts_callback(form["redirect_uri"]):
            raise wire.WireError("invalidRedirectUri", "redirect_uri is not registered for this app.")
        issued = tokens.refresh(client, token=form["assertion"], scope=(), now=now)
    return wire.token_answer(
        issued.access_token,
        issued.expires_in,
        issued.refresh_token,
        " ".join(issued.scopes),
        historic=client.app.historic_answers,
    )


def _client(presented: str, now: datetime) -> Client:
    """There is no client_id in this call: the secret names itself, and so its app."""
    for value in wire.candidates(presented):
        secret = selectors.secret_by_key(value.partition(".")[0][:32])
        if secret is None or not same(secret.digest, digest(value)) or not secret.application.is_legacy:
            continue
        if not secret_matches(secret, value, now):
            raise wire.WireError("clientSecretExpired", "The client secret has ended.")
        usage.note_secret(secret, now)
        return Client(secret.application, secret)
    raise wire.WireError("invalidClientSecret", "The client secret is not known here.")
