"""What is offered to paste is right: it parses, it asks for what the app asks for, and it holds no secret."""

import json
import os
import shutil
import subprocess
from urllib.parse import parse_qs, urlsplit

import pytest

from oauthapps.pages.quickstart import endpoints, quickstart
from tests import factories, people
from tests.conftest import missing

ISSUER = "https://id.example.com"
NASTY = "https://payroll.example/cb?a=1&b='$(id)`x`\"+${y}"


def made(**said):
    return factories.app(**({"redirect_uris": ["https://payroll.example/callback"]} | said))


def snippets(app, title):
    return [s["code"] for s in quickstart(app, ISSUER) if title in s["title"]]


@pytest.fixture(params=["confidential", "public", "legacy", "nasty"])
def app(request, db):
    said = {
        "confidential": {},
        "public": {"client_type": "public"},
        "legacy": {"model": "legacy"},
        "nasty": {"redirect_uris": [NASTY]},
    }
    return made(**said[request.param]).app


def asked(address):
    return {k: v[0] for k, v in parse_qs(urlsplit(address).query).items()}


@pytest.mark.parametrize("title", ["Authlib", "requests-oauthlib"])
def test_the_python_ones_run_and_ask_for_what_the_app_asks_for(app, title, monkeypatch):
    monkeypatch.setenv("CLIENT_SECRET", "from-the-environment")
    for code in snippets(app, title):
        names = {}
        exec(compile(code, title, "exec"), names)  # noqa: S102  (our own text)
        address = asked(names["address"])
        assert names["address"].startswith(f"{ISSUER}/oauth2/v2.0/authorize?")
        assert address["client_id"] == app.client_id and address["redirect_uri"] == app.callbacks[0]
        assert address["scope"].split() == app.all_scopes and address["code_challenge_method"] == "S256"
        assert len(address["code_challenge"]) == 43 and address["state"] == names["state"]
        assert callable(names["on_callback"])


def test_the_json_one_is_json(db):
    [code] = snippets(made().app, "ASP.NET")
    scheme = json.loads(code)["Authentication"]["Schemes"]["OpenIdConnect"]
    assert scheme["Authority"] == ISSUER and scheme["CallbackPath"] == "/callback" and "openid" in scheme["Scope"]


def test_the_javascript_ones_parse(app, tmp_path):
    if not shutil.which("node"):
        missing("node")
    for number, code in enumerate(snippets(app, "Node.js") + snippets(app, "Auth.js")):
        path = tmp_path / f"{number}.mjs"
        path.write_text(code)
        done = subprocess.run(["node", "--check", str(path)], check=False, capture_output=True, text=True, timeout=60)
        assert done.returncode == 0, done.stderr + code


def test_the_shell_ones_build_the_right_address(app):
    [code] = snippets(app, "curl")
    assert subprocess.run(["bash", "-n"], check=False, input=code, text=True, capture_output=True).returncode == 0
    first = code.split("\n# 2.")[0]  # no network: only the part that builds the address
    done = subprocess.run(["bash", "-eu"], check=False, input=first, text=True, capture_output=True, timeout=60)
    if "openssl" in done.stderr:
        missing("openssl")
    address = asked(done.stdout.strip())
    assert address["redirect_uri"] == app.callbacks[0] and address["scope"].split() == app.all_scopes
    assert address["response_type"] == ("Assertion" if app.is_legacy else "code")


def test_a_value_cannot_leave_its_literal(db):
    [code] = snippets(made(redirect_uris=[NASTY]).app, "curl")
    ran = subprocess.run(
        ["bash"], check=False, input=code.replace("curl", "printf '%s\\n'"), text=True, capture_output=True, timeout=60
    )
    assert f"redirect_uri={NASTY}" in ran.stdout and "uid=" not in ran.stdout


def test_no_snippet_holds_a_secret(app, dana):
    app.owners.set([dana])
    page = people.browser(dana).get(f"/app/{app.client_id}").content.decode()
    for secret in app.secrets.all():
        assert secret.key_id not in page
    assert app.is_public or "CLIENT_SECRET" in page


def test_a_public_app_is_told_nothing_about_secrets(db):
    for snippet in quickstart(made(client_type="public").app, ISSUER):
        assert "SECRET" not in snippet["code"], snippet["title"]


def test_a_resource_server_that_takes_no_callback_has_no_quick_start(db):
    assert quickstart(factories.app(redirect_uris=[], scopes=[], resource_server=True).app, ISSUER) == []


def test_every_endpoint_that_is_named_is_there(db, client):
    for app in (made().app, made(name="Classic", model="legacy").app):
        for endpoint in endpoints(app, ""):
            assert client.get(endpoint["url"]).status_code != 404, endpoint
    assert os.path.basename(endpoints(made(name="Third").app, "")[1]["url"]) == "authorize"
