"""Discovery (OIDC Discovery §3, RFC 8414 §2) and JWKS (RFC 7517). The issuer is a setting, never the Host header."""

from functools import lru_cache
from typing import Any

import orjson
from django.conf import settings

from authorizations.protocol.errors import method_not_allowed
from authorizations.protocol.http import JSON, Answer, Request
from authorizations.services.keys import ring
from oauthapps.scopes import CATALOGUE

METHODS = ["client_secret_basic", "client_secret_post", "none"]


def document() -> dict[str, Any]:
    """What is advertised is what works: each entry has its test."""
    base = f"{settings.ISSUER}/oauth2/v2.0"
    return {
        "issuer": settings.ISSUER,
        "authorization_endpoint": f"{base}/authorize",
        "token_endpoint": f"{base}/token",
        "introspection_endpoint": f"{base}/introspect",
        "revocation_endpoint": f"{base}/revoke",
        "userinfo_endpoint": f"{base}/userinfo",
        "jwks_uri": f"{settings.ISSUER}/.well-known/jwks.json",
        "scopes_supported": list(CATALOGUE),
        "response_types_supported": ["code"],
        "response_modes_supported": ["query", "form_post"],
        "grant_types_supported": ["authorization_code", "refresh_token", "client_credentials"],
        "subject_types_supported": ["public"],
        "id_token_signing_alg_values_supported": ["RS256", "ES256"],
        "token_endpoint_auth_methods_supported": METHODS,
        "introspection_endpoint_auth_methods_supported": METHODS[:2],
        "revocation_endpoint_auth_methods_supported": METHODS,
        "code_challenge_methods_supported": ["S256"],
        "claims_supported": [
            "sub",
            "iss",
            "aud",
            "exp",
            "iat",
            "auth_time",
            "nonce",
            "at_hash",
            "sid",
            "name",
            "preferred_username",
            "email",
            "email_verified",
        ],
        "prompt_values_supported": ["none", "login", "consent", "select_account"],
        "authorization_response_iss_parameter_supported": True,
        "claims_parameter_supported": False,
        "request_parameter_supported": False,
        "request_uri_parameter_supported": False,
    }


def _public(request: Request, body: bytes) -> Answer:
    if request.method not in {"GET", "HEAD"}:
        return method_not_allowed("GET")
    return Answer(body, 200, {"Content-Type": JSON, "Cache-Control": "public, max-age=300"})


@lru_cache(maxsize=4)
def _written(issuer: str) -> bytes:
    """It is made of the issuer and of constants."""
    return orjson.dumps(document())


def written() -> bytes:
    return _written(settings.ISSUER)


def openid_configuration(request: Request) -> Answer:
    return _public(request, written())


def authorization_server(request: Request) -> Answer:
    return _public(request, written())


def jwks(request: Request) -> Answer:
    return _public(request, ring.document())
