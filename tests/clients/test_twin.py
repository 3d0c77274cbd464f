"""requests-oauthlib for the standard twin of a legacy app: both run side by side, and people move with one click."""

import json
from typing import Any

import pytest
import requests
from oauthlib.oauth2.rfc6749.errors import InvalidGrantError
from requests_oauthlib import OAuth2Session

from tests.live.person import Person
from tests.live.stack import Stack

pytestmark = pytest.mark.xdist_group("live")
CALLBACK = "http://localhost:9915/callback"
PROFILE = "/_apis/profile/profiles/me?api-version=7.1"
ASSERTION = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"
GRANT = "urn:ietf:params:oauth:grant-type:jwt-bearer"
DANA = "22222222-bbbb-4bbb-8bbb-222222222222.da4a0000-0005-4c05-8f05-9b6d7e3f1a55"
# What the button on the app's migration page does.
TWIN = """
import json
from django.utils import timezone
from authorizations.services.twins import create_twin
from oauthapps.models import Application
legacy = Application.objects.get(client_id={client_id!r})
twin, _, value = create_twin(legacy, by=legacy.owners.get(), now=timezone.now())
print(json.dumps({{"client_id": twin.client_id, "client_secret": value, "scopes": twin.scopes}}))
"""


class Legacy:
    """The service as it is today."""

    def __init__(self, stack: Stack, name: str) -> None:
        self.portal = stack.portal
        self.keys = stack.register(
            name=name,
            model="legacy",
            registered_at="2024-01-01T00:00:00Z",
            redirect_uris=[CALLBACK],
            scopes=["vso.profile", "vso.project"],
            owners=[DANA],
        )

    def connect(self, person: Person) -> dict[str, Any]:
        query = f"client_id={self.keys['client_id']}&response_type=Assertion&state=s&scope=vso.profile%20vso.project"
        answer = person.approve(f"{self.portal}/oauth2/authorize?{query}&redirect_uri={CALLBACK}", CALLBACK)
        code = answer.partition("code=")[2].partition("&")[0]
        return self.token(GRANT, code).json()

    def token(self, grant: str, assertion: str) -> requests.Response:
        form = {
            "client_assertion_type": ASSERTION,
            "client_assertion": self.keys["client_secret"],
            "grant_type": grant,
            "assertion": assertion,
            "redirect_uri": CALLBACK,
        }
        return requests.post(f"{self.portal}/oauth2/token", data=form, timeout=10)

    def profile(self, tokens: dict[str, Any]) -> int:
        bearer = {"Authorization": f"Bearer {tokens['access_token']}"}
        return requests.get(self.portal + PROFILE, headers=bearer, timeout=10).status_code


def test_people_move_to_the_twin_one_by_one(stack: Stack, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OAUTHLIB_INSECURE_TRANSPORT", "1")
    old = Legacy(stack, "Pay slips")
    erin, alice = Person(stack.portal, "erin@outlook.example"), Person(stack.portal, "alice@contoso.example")
    erins, alices = old.connect(erin), old.connect(alice)

    twin = json.loads(stack.manage("shell", "-c", TWIN.format(client_id=old.keys["client_id"])).splitlines()[-1])
    assert twin["scopes"] == ["vso.profile", "vso.project"] and old.profile(erins) == old.profile(alices) == 200
    asked = ["vso.profile"]  # less than she gave the old version
    client = OAuth2Session(twin["client_id"], redirect_uri=CALLBACK, scope=asked, pkce="S256")
    address, _ = client.authorization_url(f"{stack.portal}/oauth2/v2.0/authorize")
    page = erin.visit(address, CALLBACK)
    assert 'id="continue-accept"' in page.text and 'id="consent-accept"' not in page.text
    assert old.profile(erins) == 200  # nothing has moved before she says so
    answer = erin.press(page, CALLBACK, id="continue-accept").url

    endpoint, secret = f"{stack.portal}/oauth2/v2.0/token", twin["client_secret"]
    tokens = client.fetch_token(endpoint, authorization_response=answer, client_secret=secret)
    assert client.get(stack.portal + PROFILE).json()["displayName"] == "Erin Eriksen"
    assert old.profile(erins) == 401
    assert old.token("refresh_token", erins["refresh_token"]).json()["Error"] == "authorizationNotFound"
    assert old.profile(alices) == 200 and old.token("refresh_token", alices["refresh_token"]).ok

    renewed = client.refresh_token(endpoint, auth=(twin["client_id"], secret))
    assert renewed["refresh_token"] != tokens["refresh_token"]
    assert client.get(stack.portal + PROFILE).status_code == 200
    given_back = {"token": renewed["refresh_token"]}
    place, keys = f"{stack.portal}/oauth2/v2.0/revoke", (twin["client_id"], secret)
    assert requests.post(place, data=given_back, auth=keys, timeout=10).status_code == 200
    assert client.get(stack.portal + PROFILE).status_code == 401
    with pytest.raises(InvalidGrantError):
        client.refresh_token(endpoint, auth=keys)
