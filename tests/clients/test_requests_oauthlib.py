"""requests-oauthlib against the running server, a whole life, for a personal account."""

import pytest
import requests
from oauthlib.oauth2.rfc6749.errors import InvalidGrantError
from requests_oauthlib import OAuth2Session

from tests.live.person import Person
from tests.live.stack import Stack

pytestmark = pytest.mark.xdist_group("live")
CALLBACK = "http://localhost:9912/callback"
SCOPES = ["offline_access", "vso.profile", "vso.project"]


def test_a_whole_life(stack: Stack, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OAUTHLIB_INSECURE_TRANSPORT", "1")
    made = stack.register(name="Oauthlib Reports", redirect_uris=[CALLBACK], scopes=SCOPES)
    secret = made["client_secret"]
    client = OAuth2Session(made["client_id"], redirect_uri=CALLBACK, scope=SCOPES, pkce="S256")
    erin = Person(stack.portal, "erin@outlook.example")
    address, _ = client.authorization_url(f"{stack.portal}/oauth2/v2.0/authorize")
    endpoint = f"{stack.portal}/oauth2/v2.0/token"
    first = client.fetch_token(endpoint, authorization_response=erin.approve(address, CALLBACK), client_secret=secret)
    profile = f"{stack.portal}/_apis/profile/profiles/me?api-version=7.1"
    assert client.get(profile).json()["displayName"] == "Erin Eriksen"

    second = client.refresh_token(endpoint, auth=(made["client_id"], secret))
    assert second["access_token"] != first["access_token"]
    assert client.get(profile).status_code == 200
    assert introspected(stack, second["access_token"])["active"] is True

    erin.revoke("Oauthlib Reports")
    assert client.get(profile).status_code == 401
    assert introspected(stack, second["access_token"]) == {"active": False}
    with pytest.raises(InvalidGrantError):
        client.refresh_token(endpoint, auth=(made["client_id"], secret))


def introspected(stack: Stack, token: str) -> dict[str, object]:
    place = f"{stack.portal}/oauth2/v2.0/introspect"
    return requests.post(place, data={"token": token}, auth=stack.resource_server(), timeout=10).json()
