"""openid-client, oauth4webapi and grant, unmodified, against the running server."""

import json
import os
import shutil
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import requests

from tests.conftest import missing
from tests.live.person import Person
from tests.live.stack import Stack, free_ports

pytestmark = pytest.mark.xdist_group("live")
NODE = Path(__file__).parent / "node"
CALLBACK = "http://localhost:9913/callback"
PROFILE = "/_apis/profile/profiles/me?api-version=7.1"


class Talk:
    """A script that speaks one JSON line at a time."""

    def __init__(self, script: str, env: dict[str, str]) -> None:
        self._process = subprocess.Popen(
            ["node", script], cwd=NODE, env=os.environ | env, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        )

    def hear(self) -> dict[str, Any]:
        assert self._process.stdout
        line = self._process.stdout.readline()
        assert line, f"the client ended with {self._process.wait(10)}"
        return json.loads(line)

    def say(self, line: str) -> None:
        assert self._process.stdin
        self._process.stdin.write(line + "\n")
        self._process.stdin.flush()

    def end(self) -> None:
        self._process.kill()
        self._process.communicate()


@pytest.fixture
def talk() -> Iterator[Callable[..., Talk]]:
    if not shutil.which("node") or not (NODE / "node_modules").is_dir():
        missing("Node.js packages")
    started: list[Talk] = []

    def start(script: str, **env: str) -> Talk:
        started.append(Talk(script, env))
        return started[-1]

    yield start
    for each in started:
        each.end()


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


def test_grant_speaks_the_legacy_flow(stack: Stack, talk: Callable[..., Talk]) -> None:
    port = free_ports(1)
    callback = f"http://localhost:{port}/connect/visualstudio/callback"
    made = stack.register(
        name="Granted",
        model="legacy",
        registered_at="2024-01-01T00:00:00Z",
        redirect_uris=[callback],
        scopes=["vso.profile"],
    )
    client = talk(
        "grant.mjs",
        PORTAL=stack.portal,
        CLIENT_ID=made["client_id"],
        CLIENT_SECRET=made["client_secret"],
        GRANT_PORT=str(port),
    )
    client.hear()
    browser = requests.Session()
    begun = browser.get(f"http://localhost:{port}/connect/visualstudio", allow_redirects=False)
    erin = Person(stack.portal, "erin@outlook.example")
    answer = browser.get(erin.approve(begun.headers["Location"], callback)).json()
    bearer = {"Authorization": f"Bearer {answer['access_token']}"}
    assert requests.get(stack.portal + PROFILE, headers=bearer, timeout=10).json()["displayName"] == "Erin Eriksen"

    erin.revoke("Granted")
    assert requests.get(stack.portal + PROFILE, headers=bearer, timeout=10).status_code == 401
