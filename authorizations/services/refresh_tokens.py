"""Refresh tokens: who they belong to is readable by this server alone, nothing usable is stored.

A token is connection id + random + seal. The seal tells a token that we once issued from one that somebody made
up, so that only a real, outdated token can end a family. The successor is computed from the presented token: two
parallel refreshes, or a retry after a lost answer, get the same one, and no family dies of impatience.
"""

import base64
import binascii
import hmac
import uuid

from authorizations.rows.reading import Presented
from oauthapps.digests import derived, random_value

SEAL_BYTES = 12


def first(connection_id: uuid.UUID) -> str:
    return _sealed(connection_id, random_value())


def successor(token: str, connection_id: uuid.UUID) -> str:
    return _sealed(connection_id, derived("refresh-successor", token))


def connection_of(token: str) -> uuid.UUID | None:
    """The connection of a token that we issued at some time; None for anything else."""
    parts = token.split(".")
    if len(parts) != 3:
        return None
    try:
        connection_id = uuid.UUID(bytes=base64.urlsafe_b64decode(parts[0] + "=="))
    except (ValueError, binascii.Error):
        return None
    return connection_id if hmac.compare_digest(_seal(parts[0], parts[1]).encode(), parts[2].encode()) else None


def shown(token: str) -> Presented | None:
    """To be found together with the client that shows it."""
    connection_id = connection_of(token)
    return Presented("connection", str(connection_id)) if connection_id else None


def _sealed(connection_id: uuid.UUID, value: str) -> str:
    prefix = base64.urlsafe_b64encode(connection_id.bytes).decode().rstrip("=")
    return f"{prefix}.{value}.{_seal(prefix, value)}"


def _seal(prefix: str, value: str) -> str:
    return derived("refresh-seal", f"{prefix}.{value}", SEAL_BYTES)
