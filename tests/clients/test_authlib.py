"""Authlib against the running server, a whole life."""

import pytest
from authlib.common.security import generate_token
from authlib.integrations.base_client.errors import OAuthError
from authlib.integrations.requests_client import OAuth2Session

from tests.live.person import Person
from tests.live.stack import Stack

pytestmark = pytest.mark.xdist_group("live")
CALLBACK = "http://localhost:9911/callback"
OAUTH = "/oauth2/v2.0"


@pytest.fixture
def client(stack: Stack, monkeypatch: pytest.MonkeyPatch) -> OAuth2Session:
    monkeypatch.setenv("AUTHLIB_INSECURE_TRANSPORT", "1")
    made = stack.register(name="Authlib Reports", redirect_uris=[CALLBACK])
    return OAuth2Session(
        made["client_id"],
        made["client_secret"],
        redirect_uri=CALLBACK,
        scope="openid offline_access vso.profile vso.project",
        code_challenge_method="S256",
    )


def test_a_whole_life(stack: Stack, client: OAuth2Session) -> None:
    alice = Person(stack.portal, "alice@contoso.example")
    verifier = generate_token(48)
    address, state = client.create_authorization_url(
        f"{stack.portal}{OAUTH}/authorize", code_verifier=verifier, nonce="n1"
    )
    answer = alice.approve(address, CALLBACK)
    endpoint = f"{stack.portal}{OAUTH}/token"
    token = client.fetch_token(endpoint, authorization_response=answer, state=state, code_verifier=verifier)
    profile = f"{stack.portal}/_apis/profile/profiles/me?api-version=7.1"
    assert client.get(profile).json()["displayName"] == "Alice Andersen"

    renewed = client.refresh_token(endpoint, refresh_token=token["refresh_token"])
    assert renewed["access_token"] != token["access_token"]
    assert client.get(profile).status_code == 200
    checker = OAuth2Session(*stack.resource_server())
    asked = f"{stack.portal}{OAUTH}/introspect"
    assert checker.introspect_token(asked, token=renewed["access_token"]).json()["active"] is True

    alice.revoke("Authlib Reports")
    assert client.get(profile).status_code == 401
    assert checker.introspect_token(asked, token=renewed["access_token"]).json() == {"active": False}
    with pytest.raises(OAuthError, match="invalid_grant"):
        client.refresh_token(endpoint, refresh_token=renewed["refresh_token"])
