"""What a relying party reads first: the discovery document and the signing keys."""

from flask import Blueprint, Response, jsonify

from demo.directory.accounts import CONSUMERS
from demo.directory.state import directory

# Entra: the documents of `common` and `organizations` carry a template, not an issuer; the token's own tid fills it.
ISSUER_SEGMENTS = {"common": "{tenantid}", "organizations": "{tenantid}", "consumers": CONSUMERS}
CLAIMS = "sub iss aud exp iat nbf auth_time nonce ver tid oid name preferred_username email"
blueprint = Blueprint("metadata", __name__)


@blueprint.get("/<tenant>/v2.0/.well-known/openid-configuration")
def discovery(tenant: str) -> Response:
    base, tenant = directory().config.base, tenant.lower()
    return jsonify(
        issuer=f"{base}/{ISSUER_SEGMENTS.get(tenant, tenant)}/v2.0",
        authorization_endpoint=f"{base}/{tenant}/oauth2/v2.0/authorize",
        token_endpoint=f"{base}/{tenant}/oauth2/v2.0/token",
        jwks_uri=f"{base}/{tenant}/discovery/v2.0/keys",
        userinfo_endpoint=f"{base}/oidc/userinfo",
        end_session_endpoint=f"{base}/{tenant}/oauth2/v2.0/logout",
        response_types_supported=["code"],
        response_modes_supported=["query"],
        grant_types_supported=["authorization_code"],
        subject_types_supported=["pairwise"],
        id_token_signing_alg_values_supported=["RS256"],
        code_challenge_methods_supported=["S256"],
        scopes_supported=["openid", "profile", "email"],
        token_endpoint_auth_methods_supported=["client_secret_post", "client_secret_basic"],
        claims_supported=CLAIMS.split(),
    )


@blueprint.get("/<tenant>/discovery/v2.0/keys")
def keys(tenant: str) -> Response:
    return jsonify(directory().signer.jwks())


@blueprint.get("/health")
def health() -> Response:
    return jsonify(status="ok")
