"""What somebody pasted into the search: a token or a secret is recognised, and nothing of it is kept.

Operations are sent leaked values and must find whose they are. The value never gets into an address, and so into no
log: it comes by POST, and only what it belongs to goes on.
"""

import re
from typing import Any

import jwt

from accounts.operations.searching import is_uuid
from authorizations.services import personal_tokens, refresh_tokens

SECRET = re.compile(r"([0-9a-f]{16})\.[A-Za-z0-9_-]{20,}")
LONGEST = 40  # of something that is no credential and has no sign of being a name


def recognised(text: str) -> str | None:
    """What may be searched for instead, an id mostly; None when it looks like a credential that is none of ours."""
    text = text.strip()
    if " " in text or "@" in text or len(text) <= LONGEST or all(is_uuid(part) for part in text.split(".")):
        return text
    if found := SECRET.fullmatch(text):
        return found[1]
    if connection := refresh_tokens.connection_of(text):
        return str(connection)
    if token := personal_tokens.find(text):
        return str(token.pk)
    return _of_jwt(text)


def _of_jwt(text: str) -> str | None:
    """The connection, or the app, that the token says. Not verified: it only says where to look."""
    try:
        claims: dict[str, Any] = jwt.decode(text, options={"verify_signature": False})
    except jwt.InvalidTokenError:
        return None
    said = str(claims.get("cid") or claims.get("client_id") or "")
    return said if is_uuid(said) else None
