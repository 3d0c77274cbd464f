"""Unmodified client libraries drive the running portal through a whole life: approve, use, refresh, revoke, refused."""

import json
import shutil
import subprocess
from pathlib import Path

import pytest
import requests
from authlib.common.security import generate_token
from authlib.integrations.base_client.errors import OAuthError as AuthlibError
from authlib.integrations.requests_client import OAuth2Session as AuthlibSession
from oauthlib.oauth2 import InvalidGrantError
from requests_oauthlib import OAuth2Session

from authorizations.protocol_rules import s256
from tests.conftest import missing
from tests.walks.live import Person, Stack

pytestmark = pytest.mark.xdist_group("live")
CALLBACK = "https://ledger.example/callback"
API = "/_apis/profile/profiles/me?api-version=7.1"
NODE = Path(__file__).parent.parent / "clients" / "node"


@pytest.fixture
def ledger(stack: Stack) -> dict:
    return stack.register(
        name="Ledger", redirect_uris=[CALLBACK], scopes=["openid", "profile", "offline_access", "vso.profile"]
    )


@pytest.fixture
def alice(stack: Stack) -> Person:
    return Person(stack, "alice@contoso.example")


@pytest.fixture(autouse=True)
def _plain_http_on_loopback(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AUTHLIB_INSECURE_TRANSPORT", "1")
    monkeypatch.setenv("OAUTHLIB_INSECURE_TRANSPORT", "1")


def introspected(stack: Stack, token: str) -> dict:
    own = stack.document("resource-server.json")
    address = f"{stack.portal}/oauth2/v2.0/introspect"
    return requests.post(address, {"token": token}, auth=(own["client_id"], own["client_secret"])).json()


def refused_everywhere(stack: Stack, access_token: str) -> None:
    answer = requests.get(stack.portal + API, headers={"Authorization": f"Bearer {access_token}"})
    assert answer.status_code == 401 and "invalid_token" in answer.headers["WWW-Authenticate"]
    assert introspected(stack, access_token) == {"active": False}


def test_authlib_lives_a_whole_life(stack, ledger, alice):
    client = AuthlibSession(
        ledger["client_id"], ledger["client_secret"], scope="openid profile offline_access vso.profile", redirect_uri=CALLBACK,
        code_challenge_method="S256",
    )  # fmt: skip
    verifier, token_endpoint = generate_token(48), f"{stack.portal}/oauth2/v2.0/token"
    address, _ = client.create_authorization_url(
        f"{stack.portal}/oauth2/v2.0/authorize", code_verifier=verifier, nonce="n"
    )
    token = client.fetch_token(token_endpoint, authorization_response=alice.approve(address), code_verifier=verifier)
    assert client.get(stack.portal + API).json()["displayName"] == "Alice Andersen"
    assert introspected(stack, token["access_token"])["active"] is True
    refreshed = client.refresh_token(token_endpoint, refresh_token=token["refresh_token"])
    assert refreshed["refresh_token"] != token["refresh_token"]
    alice.revoke_all()
    refused_everywhere(stack, refreshed["access_token"])
    with pytest.raises(AuthlibError, match="invalid_grant"):
        client.refresh_token(token_endpoint, refresh_token=refreshed["refresh_token"])


def test_requests_oauthlib_lives_a_whole_life(stack, ledger, alice):
    client = OAuth2Session(
        ledger["client_id"], scope=["openid", "profile", "vso.profile"], redirect_uri=CALLBACK, pkce="S256"
    )
    address, _ = client.authorization_url(f"{stack.portal}/oauth2/v2.0/authorize")
    token_endpoint, secret = f"{stack.portal}/oauth2/v2.0/token", ledger["client_secret"]
    token = client.fetch_token(token_endpoint, authorization_response=alice.approve(address), client_secret=secret)
    assert client.get(stack.portal + API).json()["displayName"] == "Alice Andersen"
    own = (ledger["client_id"], secret)
    refreshed = client.refresh_token(token_endpoint, refresh_token=token["refresh_token"], auth=own)
    alice.revoke_all()
    refused_everywhere(stack, refreshed["access_token"])
    with pytest.raises(InvalidGrantError):
        client.refresh_token(token_endpoint, refresh_token=refreshed["refresh_token"], auth=own)


def node(script: str, **env: str) -> subprocess.Popen:
    if not shutil.which("node") or not (NODE / "node_modules").is_dir():
        missing("Node.js with the packages of tests/clients/node")
    return subprocess.Popen(
        ["node", script], cwd=NODE, env=dict(env), stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )


def said(process: subprocess.Popen) -> dict:
    line = process.stdout.readline()
    assert line, f"the client ended with {process.wait(10)}"
    return json.loads(line)


def tell(process: subprocess.Popen, line: str) -> None:
    process.stdin.write(line + "\n")
    process.stdin.flush()


@pytest.mark.parametrize("script", ["openid-client.mjs", "oauth4webapi.mjs"])
def test_strict_node_clients_live_a_whole_life(stack, ledger, alice, script):
    own = stack.document("resource-server.json")
    process = node(
        script, ISSUER=stack.portal, CLIENT_ID=ledger["client_id"], CLIENT_SECRET=ledger["client_secret"], CALLBACK=CALLBACK,
        RS_ID=own["client_id"], RS_SECRET=own["client_secret"], API=stack.portal + API,
    )  # fmt: skip
    try:
        tell(process, alice.approve(said(process)["url"]))
        used = said(process)
        assert used == {
            "name": "Alice Andersen",
            "sub": True,
            "userinfo": "Alice Andersen",
            "active": True,
            "rotated": True,
        }
        alice.revoke_all()
        tell(process, "revoked")
        assert said(process) == {"api": 401, "refresh": "invalid_grant", "active": False}
    finally:
        process.kill()


def test_grant_speaks_the_legacy_model_unmodified(stack, alice):
    callback = "http://localhost:8765/connect/visualstudio/callback"
    app = stack.register(
        name="Classic",
        model="legacy",
        registered_at="2024-01-01T00:00:00Z",
        redirect_uris=[callback],
        scopes=["vso.profile"],
    )
    process = node("grant.mjs", PORTAL=stack.portal, CLIENT_ID=app["client_id"], CLIENT_SECRET=app["client_secret"])
    try:
        said(process)
        browser = requests.Session()
        start = browser.get("http://localhost:8765/connect/visualstudio", allow_redirects=False)
        answer = browser.get(alice.approve(start.headers["Location"])).json()
        assert (
            requests.get(stack.portal + API, headers={"Authorization": f"Bearer {answer['access_token']}"}).status_code
            == 200
        )
        alice.revoke_all()
        refused_everywhere(stack, answer["access_token"])
    finally:
        process.kill()


def test_the_verifier_of_the_tests_is_what_the_libraries_send():
    """RFC 7636 appendix B."""
    assert s256("dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk") == "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM"
