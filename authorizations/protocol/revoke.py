"""POST /oauth2/v2.0/revoke (RFC 7009): the client gives a token back. 200 whatever the token was."""

from datetime import datetime

from django.utils import timezone

from authorizations import noticing
from authorizations.events.kinds import Kind
from authorizations.protocol import limited
from authorizations.protocol.clients import authenticate, connection_of, read_credentials
from authorizations.protocol.errors import OAuthError, method_not_allowed
from authorizations.protocol.forms import read_form
from authorizations.protocol.http import Answer, Request
from authorizations.rows.reading import Presented
from authorizations.services import access_tokens, refresh_tokens
from authorizations.services.revocation import revoke_access_token, revoke_connection
from authorizations.services.tokens import Client


def revoke(request: Request) -> Answer:
    if request.method != "POST":
        return method_not_allowed("POST")
    now = timezone.now()
    try:
        form = read_form(request)
        found = read_credentials(request, form)
        shown = refresh_tokens.shown(form.get("token", ""))
        client = limited.caller("revoke", found.client_id, found.digest, lambda: authenticate(found, now, shown))
        if "token" not in form:
            raise OAuthError("invalid_request", "token is missing.")
        _end(client, form["token"], shown, now)
    except OAuthError as error:
        noticing.refused(Kind.CALL_REFUSED, endpoint="revoke", reason=error.reason, app_id=error.app, now=now)
        return error.response()
    return Answer()


def _end(client: Client, value: str, shown: Presented | None, now: datetime) -> None:
    """RFC 7009 §2.1: only a token of this client; a refresh token ends the whole connection."""
    if shown is not None:
        if connection := connection_of(client, shown):
            revoke_connection(connection, by=None, reason="revoked by the service", now=now)
        return
    token = access_tokens.read(value, now)
    if token and token.client_id == client.app.client_id:
        revoke_access_token(token, now=now)
