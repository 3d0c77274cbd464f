"""POST /oauth2/token in the old wire format, over the same services."""

from datetime import datetime

from django.conf import settings
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.utils import timezone

from authorizations import brown_outs, selectors, usage
from authorizations.legacy import wire
from authorizations.legacy.brown_out import sentence
from authorizations.legacy.sunset import announce_end
from authorizations.policy import Reason
from authorizations.protocol.clients import secret_matches
from authorizations.protocol.errors import OAuthError
from authorizations.protocol.forms import read_form
from authorizations.services import tokens
from authorizations.services.refusals import TokenRefused
from authorizations.services.tokens import Client
from oauthapps.digests import digest, key_ids, same


def legacy_token(request: HttpRequest) -> HttpResponse:
    now = timezone.now()
    until = None if now >= settings.LEGACY_SUNSET else brown_outs.ends(now)
    return announce_end(_paused(until, now) if until else _decided(request, now))


def _paused(until: datetime, now: datetime) -> HttpResponse:
    return brown_outs.tell(_error("serverError", sentence(until), 503), brown_outs.retry_after(until, now))


def _decided(request: HttpRequest, now: datetime) -> HttpResponse:
    try:
        return JsonResponse(_answer(request, now))
    except wire.WireError as error:
        return _error(error.code, error.description)
    except TokenRefused as refusal:
        until = brown_outs.ends(now)
        if refusal.reason is Reason.BROWN_OUT and until:
            return _paused(until, now)
        reason = refusal.reason.value if refusal.reason else None
        return _error(wire.refusal_code(refusal.refusal.name, reason), refusal.refusal.value)
    except OAuthError as error:
        return _error("invalidRequest", error.description, error.status)


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
    """There is no client_id in this call: the secret names itself, or is one that was imported with its app."""
    named = [(key, value) for value in wire.candidates(presented) for key in key_ids(value)]
    found = selectors.secrets_by_key(key for key, _ in named)
    for key, value in named:
        secret = found.get(key)
        if secret is None or not same(secret.digest, digest(value)) or not secret.application.is_legacy:
            continue
        if not secret_matches(secret, value, now):
            raise wire.WireError("clientSecretExpired", "The client secret has ended.")
        usage.note_secret(secret, now)
        return Client(secret.application, secret)
    raise wire.WireError("invalidClientSecret", "The client secret is not known here.")
