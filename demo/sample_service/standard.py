"""The standard model: OpenID Connect with an authorization code, PKCE, state, nonce and `iss`."""

from datetime import UTC, datetime
from typing import Any

from authlib.common.security import generate_token

from demo.sample_service.config import Config
from demo.sample_service.connection import Attempt, Connection
from demo.sample_service.identity import discover, issuer_matches, verify_id_token
from demo.sample_service.problems import answered_with, no_code, untrusted_identity, wrong_issuer
from demo.sample_service.transport import PortalSession

CLIENT_AUTHENTICATION = "client_secret_basic"


class StandardModel:
    name = "standard"

    def __init__(self, config: Config) -> None:
        self.portal = config.portal
        self.client = config.standard
        self.redirect_uri = f"{config.base_url}/standard/callback"

    def begin(self) -> tuple[str, Attempt]:
        attempt = Attempt(self.name, generate_token(43), generate_token(43), generate_token(64))
        url, _ = self._session().create_authorization_url(
            discover(self.portal)["authorization_endpoint"],
            scope=self.client.scope,
            state=attempt.state,
            nonce=attempt.nonce,
            code_verifier=attempt.verifier,
        )
        return url, attempt

    def finish(self, attempt: Attempt, answer: dict[str, str]) -> Connection:
        metadata = discover(self.portal)
        # Before anything else in the answer: an error from a stranger is not the portal's error (RFC 9207 §2.4).
        if not issuer_matches(answer, metadata):
            raise wrong_issuer()
        if "error" in answer:
            raise answered_with(answer["error"], answer.get("error_description", ""))
        if not answer.get("code"):
            raise no_code()
        session = self._session()
        token = session.fetch_token(
            metadata["token_endpoint"],
            grant_type="authorization_code",
            code=answer["code"],
            code_verifier=attempt.verifier,
        )
        # Without openid there is no ID token: who it is then comes from the API (OpenID Connect Core §3.1.2.1).
        named = "openid" in self.client.scope.split()
        claims = self._identity(token, metadata, nonce=attempt.nonce) if named else {}
        now = datetime.now(UTC)
        return Connection(self.name, dict(token), self.client.scope, now, claims, session.token_headers)

    def refresh(self, connection: Connection) -> None:
        metadata = discover(self.portal)
        # No scope is named: the person may have granted fewer than we asked for (RFC 6749 §6).
        session = self._session()
        token = session.refresh_token(metadata["token_endpoint"], refresh_token=connection.token["refresh_token"])
        if "id_token" in token and self._identity(token, metadata)["sub"] != connection.claims.get("sub"):
            raise untrusted_identity("the refreshed token is about another person")
        connection.token = {**connection.token, **token}

    def disconnect(self, connection: Connection) -> str:
        """RFC 7009; ending the refresh token ends the whole connection."""
        url = discover(self.portal)["revocation_endpoint"]
        kind = "refresh_token" if "refresh_token" in connection.token else "access_token"
        answer = self._session().revoke_token(url, token=connection.token[kind], token_type_hint=kind)
        if answer.status_code == 200:
            return "Disconnected. We told the portal to end our access, and it confirmed."
        return f"Disconnected here, but the portal answered HTTP {answer.status_code}: please revoke our access there."

    def _session(self) -> PortalSession:
        return PortalSession(
            client_id=self.client.client_id,
            client_secret=self.client.client_secret,
            token_endpoint_auth_method=CLIENT_AUTHENTICATION,
            redirect_uri=self.redirect_uri,
            code_challenge_method="S256",
        )

    def _identity(self, token: dict[str, Any], metadata: dict[str, Any], nonce: str | None = None) -> dict[str, Any]:
        return verify_id_token(
            token.get("id_token"),
            metadata=metadata,
            client_id=self.client.client_id,
            access_token=token["access_token"],
            nonce=nonce,
        )
