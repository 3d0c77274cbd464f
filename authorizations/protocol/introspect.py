"""POST /oauth2/v2.0/introspect (RFC 7662): is this token good now? One statement, caller included."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from django.conf import settings
from django.utils import timezone

from authorizations import noticing, selectors, usage
from authorizations.events.context import note_client
from authorizations.events.kinds import Kind
from authorizations.explaining import Denial
from authorizations.models import Connection
from authorizations.policy import decide
from authorizations.protocol import asked, introspect_there, limited
from authorizations.protocol.asked import Asked
from authorizations.protocol.clients import Credentials, authenticate, connection_of
from authorizations.protocol.errors import OAuthError, invalid_client, method_not_allowed
from authorizations.protocol.http import Answer, Request, json_answer
from authorizations.protocol.introspect_there import described
from authorizations.services import refresh_tokens
from authorizations.services.access_tokens import AccessToken
from oauthapps import scopes
from oauthapps.digests import digest, same
from oauthapps.models import ApplicationSecret

INACTIVE = {"active": False}


def introspect(request: Request) -> Answer:
    if request.method != "POST":
        return method_not_allowed("POST")
    now = timezone.now()
    try:
        said = asked.read(request)
        who = said.credentials
        answer = limited.caller("introspect", who.client_id, who.digest, lambda: _said(said, now))
        said.keep()
        noticing.introspected(active=answer["active"], app_id=answer.get("client_id", ""), now=now)
        return json_answer(answer)
    except OAuthError as error:
        noticing.refused(Kind.CALL_REFUSED, endpoint="introspect", reason=error.reason, app_id=error.app, now=now)
        return error.response()


def _said(said: Asked, now: datetime) -> dict[str, Any]:
    if said.token is None and "token" not in said.form:
        authenticate(said.credentials, now)
        raise OAuthError("invalid_request", "token is missing.")
    if not said.credentials.digest:
        raise invalid_client("A public client cannot introspect: authenticate with a secret.", Denial.PUBLIC_CLIENT)
    # A value that is empty counts as not said (RFC 6749 §3.1); `read_form` leaves it out.
    return _answer(said.credentials, said.token, said.form, now)


def _answer(
    credentials: Credentials, token: AccessToken | None, form: Mapping[str, str], now: datetime
) -> dict[str, Any]:
    # The organization's name in addresses, when the caller asks whether the token may be used there.
    organization = form.get("organization")
    if token is None and organization is None:
        return _refresh_token(credentials, form["token"], now)
    # What is used in an organization is an access token.
    if token is None or not token.is_good_at(now):
        return _no_token(credentials, now)
    caller = selectors.Caller(credentials.key_id, now)
    row: Any
    if token.connection_id is not None:
        row = selectors.connection_of_token(token.connection_id, token.jti, caller, organization=organization)
    else:
        row = selectors.secret_of_token(token.key_id, token.jti, caller)
    if row is None:
        authenticate(credentials, now)
        return INACTIVE
    app_pk, every = _check_caller(row, credentials)
    if token.connection_id is not None:
        if not every and row.authorization.application_id != app_pk:
            return INACTIVE
        return _of_person(row, token, now) if organization is None else introspect_there.answer(row, token, every, now)
    if organization is not None:
        return INACTIVE  # a client by itself belongs to no organization
    return _of_client(row, token, now) if every or row.application_id == app_pk else INACTIVE


def _no_token(credentials: Credentials, now: datetime) -> dict[str, Any]:
    authenticate(credentials, now)
    return INACTIVE


def _check_caller(row: Any, credentials: Credentials) -> tuple[int, bool]:
    """The caller's own secret came with the row. Raises invalid_client."""
    if (
        row.caller_digest is None
        or not same(row.caller_digest, credentials.digest)
        or row.caller_client_id != credentials.client_id
    ):
        raise invalid_client("The client is not known, or its secret is wrong or has ended.")
    note_client(row.caller_client_id)
    return row.caller_app, bool(row.caller_is_resource_server)


def _of_person(connection: Connection, token: AccessToken, now: datetime) -> dict[str, Any]:
    decision = decide(frozenset(), selectors.connection_facts(connection, now))
    if decision.reason:
        usage.note_refused(decision.reason, connection, "introspect", now)
        return INACTIVE
    still = scopes.closure(connection.authorization.scopes)
    usage.note_call(connection, "introspect", now)
    person = connection.authorization.person
    return described(token, [s for s in token.scopes if s in still]) | {"username": person.principal_name}


def _of_client(secret: ApplicationSecret, token: AccessToken, now: datetime) -> dict[str, Any]:
    revoked = bool(getattr(secret, "token_revoked", False))
    facts = selectors.client_facts(secret.application, secret, now, token_revoked=revoked)
    if not decide(frozenset(token.scopes), facts).allowed:
        return INACTIVE
    return described(token, list(token.scopes))


def _refresh_token(credentials: Credentials, value: str, now: datetime) -> dict[str, Any]:
    """A refresh token is told only to the client that owns it."""
    shown = refresh_tokens.shown(value)
    client = authenticate(credentials, now, shown)
    if shown is None:
        return INACTIVE
    row = connection_of(client, shown)
    if row is None or not same(row.refresh_digest, digest(value)):
        return INACTIVE
    decision = decide(frozenset(), selectors.connection_facts(row, now))
    if decision.reason:
        usage.note_refused(decision.reason, row, "introspect", now)
        return INACTIVE
    ends = min(row.expires_at, row.authorization.expires_at or row.expires_at)
    still = scopes.closure(row.authorization.scopes)
    return {
        "active": True,
        "scope": " ".join(s for s in row.scopes if s in still),
        "client_id": client.app.client_id,
        "sub": str(row.authorization.person_id),
        "exp": int(ends.timestamp()),
        "iat": int(row.created_at.timestamp()),
        "iss": settings.ISSUER,
    }
