"""The claims of an ID token, as Entra's v2.0 endpoint writes them."""

import secrets
from typing import Any

from demo.directory.config import Config
from demo.directory.encoding import digest
from demo.directory.store import Grant

LIFETIME_SECONDS = 3600


def id_token_claims(grant: Grant, config: Config, now: int) -> dict[str, Any]:
    """https://learn.microsoft.com/entra/identity-platform/id-token-claims-reference."""
    return (
        {
            "ver": "2.0",
            "iss": f"{config.base}/{grant.account.tid}/v2.0",
            # Pairwise (OpenID Connect Core §8.1): another app sees another subject for the same person.
            "sub": digest(f"{config.client_id}:{grant.account.tid}:{grant.account.oid}"),
            "aud": config.client_id,
            "iat": now,
            "nbf": now,
            "exp": now + LIFETIME_SECONDS,
            "auth_time": grant.auth_time,
            "tid": grant.account.tid,
            "rh": f"1.{secrets.token_urlsafe(24)}.",
            "uti": secrets.token_urlsafe(16),
        }
        | ({"nonce": grant.nonce} if grant.nonce else {})
        | asked_for(grant)
    )


def asked_for(grant: Grant) -> dict[str, Any]:
    """`profile` brings the names and the object id, `email` the address of those who have one."""
    account, scopes = grant.account, grant.scope.split()
    names = {"name": account.name, "preferred_username": account.upn, "oid": account.oid}
    return (names if "profile" in scopes else {}) | (
        {"email": account.mail} if "email" in scopes and account.mail else {}
    )
