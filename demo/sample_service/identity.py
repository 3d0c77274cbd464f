"""OpenID Connect: where the portal's endpoints are, and whether an ID token is genuine."""

from typing import Any

from authlib.oidc.core import CodeIDToken
from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import KeySet

from demo.sample_service.problems import garbled, untrusted_identity
from demo.sample_service.transport import get_object

# Never "none" and never a MAC, whatever the token's header claims (RFC 8725 §3.1).
ALGORITHMS = ["RS256", "PS256", "ES256", "ES384", "EdDSA", "Ed25519"]
ENDPOINTS = ("authorization_endpoint", "token_endpoint", "revocation_endpoint", "jwks_uri")
LEEWAY = 60


def discover(portal: str) -> dict[str, Any]:
    metadata = get_object(f"{portal}/.well-known/openid-configuration", "The discovery document")
    if metadata.get("issuer") != portal:  # OpenID Connect Discovery §4.3
        raise garbled("The issuer in the discovery document")
    for endpoint in ENDPOINTS:
        if not isinstance(metadata.get(endpoint), str):
            raise garbled(f"The discovery document (no {endpoint})")
    return metadata


def issuer_matches(answer: dict[str, str], metadata: dict[str, Any]) -> bool:
    """RFC 9207 §2.4: an issuer that says it sends `iss` must send it; a wrong one is always refused."""
    if "iss" not in answer:
        return not metadata.get("authorization_response_iss_parameter_supported")
    return answer["iss"] == str(metadata["issuer"])


def verify_id_token(
    id_token: Any, *, metadata: dict[str, Any], client_id: str, access_token: str, nonce: str | None
) -> dict[str, Any]:
    """OpenID Connect Core §3.1.3.7; without a nonce for a refreshed token (§12.2)."""
    if not isinstance(id_token, str):
        raise untrusted_identity("there is none")
    keys = get_object(metadata["jwks_uri"], "The key set")
    try:
        token = jwt.decode(id_token, KeySet.import_key_set(keys), algorithms=ALGORITHMS)  # type: ignore[arg-type]
        claims = CodeIDToken(
            token.claims,
            token.header,
            options={
                "iss": {"essential": True, "value": metadata["issuer"]},
                "aud": {"essential": True, "value": client_id},
            },
            params={"client_id": client_id, "nonce": nonce, "access_token": access_token},
        )
        claims.validate(leeway=LEEWAY)
    except (JoseError, ValueError, KeyError, TypeError) as error:
        raise untrusted_identity(str(error)[:120]) from error
    return dict(claims)
