"""ID tokens (OIDC Core §2, §3.1.3.6): who signed in, when, for which client. Never an API token."""

import base64
import hashlib
from datetime import datetime
from typing import Any

from django.conf import settings

from accounts.models import User
from authorizations.services import jws
from authorizations.services.keys import ring
from authorizations.services.tokens import Issued


def half_hash(value: str) -> str:
    """OIDC Core §3.1.3.6: the left half of SHA-256 (both RS256 and ES256 use it)."""
    return base64.urlsafe_b64encode(hashlib.sha256(value.encode()).digest()[:16]).decode().rstrip("=")


def person_claims(person: User, scopes: tuple[str, ...]) -> dict[str, Any]:
    """OIDC Core §5.4. The address comes from the directory, which does not prove it: never `email_verified`."""
    claims: dict[str, Any] = {"sub": str(person.pk)}
    if "profile" in scopes:
        claims |= {"name": person.display_name, "preferred_username": person.principal_name}
    if "email" in scopes and person.email:
        claims |= {"email": person.email, "email_verified": False}
    return claims


def id_token(issued: Issued, now: datetime) -> str:
    connection = issued.connection
    assert connection is not None  # noqa: S101  (the caller looked)
    authorization = connection.authorization
    app, key = authorization.application, ring.current(authorization.application.id_token_algorithm)
    issued_at = int(now.timestamp())
    claims = person_claims(authorization.person, issued.scopes) | {
        "iss": settings.ISSUER,
        "aud": app.client_id,
        "iat": issued_at,
        "exp": issued_at + issued.expires_in,
        "at_hash": half_hash(issued.access_token),
        "sid": str(connection.pk),
    }
    claims |= {
        k: v for k, v in {"nonce": connection.nonce or None, "auth_time": connection.auth_time}.items() if v is not None
    }
    return jws.signed(claims, key, "JWT")
