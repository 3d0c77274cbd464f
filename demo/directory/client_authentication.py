"""Who calls the token endpoint (RFC 6749 §2.3.1)."""

import secrets
from collections.abc import Mapping
from urllib.parse import unquote_plus

from werkzeug.datastructures import Authorization

from demo.directory.config import Config
from demo.directory.errors import Refused


def authenticate(header: Authorization | None, form: Mapping[str, str], config: Config) -> None:
    """Raises Refused unless the portal's own id and secret were given, in one of the two ways."""
    client_id, secret = credentials(header, form)
    if client_id != config.client_id:
        raise Refused("unauthorized_client", 700016, "This application is not registered in this directory.")
    if not secret:
        raise Refused("invalid_client", 7000218, "The request must contain client_secret.")
    if not secrets.compare_digest(secret.encode(), config.client_secret.encode()):
        raise Refused("invalid_client", 7000215, "Invalid client secret provided.")


def credentials(header: Authorization | None, form: Mapping[str, str]) -> tuple[str, str]:
    if header is None or header.type != "basic":
        return form.get("client_id", ""), form.get("client_secret", "")
    if "client_secret" in form:
        raise Refused("invalid_request", 90023, "Use one way to authenticate, not two.")
    # Both are form-encoded before they are put into the header.
    return unquote_plus(header.username or ""), unquote_plus(header.password or "")
