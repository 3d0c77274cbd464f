"""The legacy model: `response_type=Assertion`, the secret as `client_assertion`, the code or refresh token as `assertion`."""

from datetime import UTC, datetime
from typing import Any

from authlib.common.security import generate_token

from demo.sample_service.config import Config
from demo.sample_service.connection import Attempt, Connection
from demo.sample_service.problems import answered_with, no_code
from demo.sample_service.transport import PortalSession

CLIENT_ASSERTION_TYPE = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"
CODE_GRANT = "urn:ietf:params:oauth:grant-type:jwt-bearer"
REFRESH_GRANT = "refresh_token"
SECRET_IN_BODY = "secret_in_body"


class LegacyModel:
    name = "legacy"

    def __init__(self, config: Config) -> None:
        self.authorize_url = f"{config.portal}/oauth2/authorize"
        self.token_url = f"{config.portal}/oauth2/token"
        self.client = config.legacy
        self.redirect_uri = f"{config.base_url}/legacy/callback"

    def begin(self) -> tuple[str, Attempt]:
        attempt = Attempt(self.name, generate_token(43))
        url, _ = self._session().create_authorization_url(
            self.authorize_url, response_type="Assertion", scope=self.client.scope, state=attempt.state
        )
        return url, attempt

    def finish(self, attempt: Attempt, answer: dict[str, str]) -> Connection:
        if "error" in answer:
            raise answered_with(answer["error"], answer.get("error_description", ""))
        if not answer.get("code"):
            raise no_code()
        session = self._session()
        token = self._fetch(session, CODE_GRANT, answer["code"])
        now = datetime.now(UTC)
        return Connection(self.name, token, self.client.scope, now, token_headers=session.token_headers)

    def refresh(self, connection: Connection) -> None:
        session = self._session()
        token = self._fetch(session, REFRESH_GRANT, connection.token["refresh_token"])
        connection.token = {**connection.token, **token}
        connection.token_headers = session.token_headers

    def disconnect(self, connection: Connection) -> str:
        return "Forgotten. The legacy model has no way to give access back, so please revoke it in the portal as well."

    def _fetch(self, session: PortalSession, grant_type: str, assertion: str) -> dict[str, Any]:
        token = session.fetch_token(
            self.token_url,
            grant_type=grant_type,
            client_assertion_type=CLIENT_ASSERTION_TYPE,
            client_assertion=self.client.client_secret,
            assertion=assertion,
            redirect_uri=self.redirect_uri,
        )
        return dict(token)

    def _session(self) -> PortalSession:
        session = PortalSession(
            client_id=self.client.client_id,
            redirect_uri=self.redirect_uri,
            token_endpoint_auth_method=SECRET_IN_BODY,
        )
        session.register_client_auth_method((SECRET_IN_BODY, send_unchanged))
        return session


def send_unchanged(client: Any, method: str, uri: str, headers: Any, body: Any) -> tuple[str, Any, Any]:
    """The secret is in the body already; authlib's "none" would add a client_id, which this wire format has not."""
    return uri, headers, body
