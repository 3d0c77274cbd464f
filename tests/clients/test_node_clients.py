"""openid-client, oauth4webapi and @auth/core, unmodified, against the running server."""

from collections.abc import Callable

import pytest

from tests.clients.conftest import Talk
from tests.live.person import Person
from tests.live.stack import Stack

pytestmark = pytest.mark.xdist_group("live")
CALLBACK = "http://localhost:9913/callback"
PROFILE = "/_apis/profile/profiles/me?api-version=7.1"


@pytest.mark.parametrize("script", ["openid-client.mjs", "oauth4webapi.mjs"])
def test_a_strict_client_lives_a_whole_life(stack: Stack, talk: Callable[..., Talk], script: str) -> None:
    name = f"Reports by {script}"
    scopes = ["openid", "profile", "offline_access", "vso.profile"]
    made = stack.register(name=name, redirect_uris=[CALLBACK], scopes=scopes)
    checker_id, checker_secret = stack.resource_server()
    client = talk(
        script,
        ISSUER=stack.portal,
        CLIENT_ID=made["client_id"],
        CLIENT_SECRET=made["client_secret"],
        CALLBACK=CALLBACK,
        RS_ID=checker_id,
        RS_SECRET=checker_secret,
        API=stack.portal + PROFILE,
    )
    alice = Person(stack.portal, "alice@contoso.example")
    client.say(alice.approve(client.hear()["url"], CALLBACK))
    seen = client.hear()
    assert seen["name"] == seen["userinfo"] == "Alice Andersen"
    assert seen["active"] is True
    assert seen["rotated"] is True

    alice.revoke(name)
    client.say("revoked")
    assert client.hear() == {"api": 401, "refresh": "invalid_grant", "active": False}


def test_the_wrong_request_of_auth_core_gets_a_clear_answer(stack: Stack, talk: Callable[..., Talk]) -> None:
    """Its provider for the old system sends a standard token request to the authorization endpoint."""
    origin = "http://localhost:9914"
    callback = f"{origin}/auth/callback/azure-devops"
    made = stack.register(
        name="Auth Core",
        model="legacy",
        registered_at="2024-01-01T00:00:00Z",
        redirect_uris=[callback],
        scopes=["vso.profile"],
    )
    client = talk(
        "auth-core.mjs",
        PORTAL=stack.portal,
        CLIENT_ID=made["client_id"],
        CLIENT_SECRET=made["client_secret"],
        ORIGIN=origin,
    )
    erin = Person(stack.portal, "erin@outlook.example")
    client.say(erin.approve(client.hear()["url"], callback))
    told = client.hear()
    sent = next(s for s in told["seen"] if "status" in s)
    assert sent["status"] == 400 and sent["type"] == "application/json"
    assert sent["body"]["error"] == "invalid_request"
    assert f"Send token requests to {stack.portal}/oauth2/token" in sent["body"]["error_description"]
    assert any(s.get("cause") == "invalid_request" for s in told["seen"]), told
    assert "error" in told["location"]
