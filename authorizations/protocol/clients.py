"""Client authentication: basic, post, or none for public clients (RFC 6749 §2.3)."""

import base64
import binascii
from datetime import datetime
from typing import Any, NamedTuple
from urllib.parse import unquote_plus
from uuid import UUID

from authorizations import selectors, usage
from authorizations.events.context import note_client
from authorizations.explaining import Denial
from authorizations.policy import Reason
from authorizations.protocol.errors import OAuthError, invalid_client
from authorizations.protocol.http import Request
from authorizations.rows import reading
from authorizations.rows.reading import Presented
from authorizations.services.tokens import Client
from oauthapps.digests import digest, same
from oauthapps.models import Application


class Credentials(NamedTuple):
    """Who a client says it is, and what shows whether it knows its secret, which is not kept."""

    client_id: str
    key_id: str = ""
    digest: str = ""  # of the secret; empty: a public client

    @classmethod
    def of(cls, client_id: str, secret: str) -> "Credentials":
        return cls(client_id, secret.partition(".")[0][:32], digest(secret)) if secret else cls(client_id)


def read_credentials(request: Request, form: dict[str, str]) -> Credentials:
    """Exactly one method. Raises OAuthError."""
    header = request.headers.get("Authorization", "")
    scheme, _, value = header.partition(" ")
    if scheme.lower() == "basic":  # RFC 9110 §11.1: schemes compare without case
        if "client_secret" in form:
            raise OAuthError("invalid_request", "Authenticate with the header or in the body, not both.")
        found = _basic(value.strip())
        if form.get("client_id", found.client_id) != found.client_id:
            raise invalid_client("client_id is not the one of the Authorization header.")
        return found
    if header:
        raise invalid_client("Only the scheme Basic is known here.")
    if "client_assertion" in form or "client_assertion_type" in form:
        raise invalid_client("client_assertion is not supported here; use client_secret_basic or client_secret_post.")
    if "client_id" not in form:
        raise invalid_client("Say which client you are (client_id).")
    return Credentials.of(form["client_id"], form.get("client_secret", ""))


def _basic(value: str) -> Credentials:
    """RFC 6749 §2.3.1: both parts are form-encoded before they are joined."""
    try:
        client_id, found, secret = base64.b64decode(value, validate=True).decode().partition(":")
    except (binascii.Error, UnicodeDecodeError, ValueError) as error:
        raise invalid_client("The Authorization header cannot be read.") from error
    client_id, secret = unquote_plus(client_id), unquote_plus(secret)
    if not found or not secret or "\x00" in client_id + secret:
        raise invalid_client("The Authorization header cannot be read.")
    return Credentials.of(client_id, secret)


def authenticate(credentials: Credentials, now: datetime, shown: Presented | None = None) -> Client:
    """One statement either way, which also finds what the client shows. Raises OAuthError("invalid_client") that says
    nothing of which part was wrong."""
    if not credentials.digest:
        app, presented = _public(credentials.client_id, shown)
        note_client(app.client_id)
        return Client(app, presented=presented)
    secret, presented = selectors.secret_with(credentials.key_id, shown)
    if (
        secret is None
        or not same(secret.digest, credentials.digest)
        or not secret.is_live(now)
        or secret.application.client_id != credentials.client_id
    ):
        named = secret.application.client_id if secret else ""
        raise invalid_client("The client is not known, or its secret is wrong or has ended.", app=named)
    client = Client(secret.application, secret, presented)
    note_client(client.app.client_id)
    _check_app(client.app)
    usage.note_secret(secret, now)
    return client


def remembered(credentials: Credentials, now: datetime) -> Client | None:
    """A confidential client as it was read last, where that would do; None leaves it to `authenticate`. Nothing may be
    refused for it, and nothing issued but by a statement that sees that it is still so (`Outdated`)."""
    secret = reading.seen_secret(credentials.key_id) if credentials.digest else None
    if (
        secret is None
        or not same(secret.digest, credentials.digest)
        or not secret.is_live(now)
        or secret.application.client_id != credentials.client_id
        or secret.application.deleted_at is not None
        or secret.application.disabled_at is not None
        or secret.application.is_legacy
    ):
        return None
    note_client(credentials.client_id)
    usage.note_secret(secret, now)
    return Client(secret.application, secret)


def connection_of(client: Client, shown: Presented) -> Any:
    """The connection of a refresh token that the client shows; None where there is none, or where it is another's."""
    if client.presented is not selectors.UNREAD:
        return client.presented
    found = selectors.connection_by_id(UUID(shown.key))
    return found if found is not None and found.authorization.application_id == client.app.pk else None


def _public(client_id: str, shown: Presented | None) -> tuple[Application, Any]:
    app, presented = selectors.app_with(client_id, shown)
    if app is None or not app.is_public:
        raise invalid_client("The client is not known, or must authenticate with its secret.")
    _check_app(app)
    return app, presented


def _check_app(app: Application) -> None:
    if app.deleted_at is not None:
        raise invalid_client("The client is not known, or its secret is wrong or has ended.")
    if app.disabled_at is not None:
        raise invalid_client("The client is switched off.", why=Reason.APP_DISABLED)
    if app.is_legacy:
        raise OAuthError(
            "unauthorized_client",
            "This is a legacy app: its endpoints are /oauth2/authorize and /oauth2/token.",
            why=Denial.OTHER_MODEL,
        )
