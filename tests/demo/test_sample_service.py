"""Contoso Reports and its API over real HTTP, against a small fake portal."""

import json
import os
import re
import signal
import socket
import subprocess
import sys
import threading
import time
from base64 import b64decode, b64encode
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import jwt
import pytest
import requests
from authlib.common.encoding import urlsafe_b64encode
from cryptography.hazmat.primitives.asymmetric import ec
from flask import Flask, Response, jsonify, request

from demo.resource_server import app as reports_api
from demo.resource_server.config import Config as ReportsConfig
from demo.sample_service import app as reports_app
from demo.sample_service.config import Config
from demo.sample_service.serving import serve

ROOT = Path(__file__).resolve().parents[2]
ACCESS_TOKEN = "header.payload-of-alices-token.abc123"
REFRESH_TOKEN = "refresh-token-of-alice-def456"
SIGNING_KEY = ec.generate_private_key(ec.SECP256R1())


@dataclass(frozen=True)
class TokenRequest:
    form: dict[str, str]
    authorization: str | None
    mimetype: str

    @classmethod
    def seen(cls) -> "TokenRequest":
        return cls(request.form.to_dict(), request.headers.get("Authorization"), request.mimetype)


class FakePortal:
    """Answers like the portal; a test turns the knobs."""

    def __init__(self) -> None:
        self.url = ""
        self.revoked = False
        self.scope = "openid vso.profile vso.work"
        self.token_requests: list[TokenRequest] = []
        self.revocations: list[dict] = []
        self.id_token_changes: dict = {}
        self.nonce = ""
        self.app = Flask("fake portal")
        for rule, view, method in (
            ("/.well-known/openid-configuration", self.discovery, "GET"),
            ("/jwks", self.jwks, "GET"),
            ("/oauth2/v2.0/token", self.standard_token, "POST"),
            ("/oauth2/token", self.legacy_token, "POST"),
            ("/oauth2/v2.0/revoke", self.revoke, "POST"),
            ("/oauth2/v2.0/introspect", self.introspect, "POST"),
            ("/_apis/connectionData", self.connection_data, "GET"),
            ("/_apis/profile/profiles/me", lambda: jsonify(displayName="Alice Example"), "GET"),
            ("/_apis/accounts", self.accounts, "GET"),
            ("/<organization>/_apis/projects", self.projects, "GET"),
        ):
            self.app.add_url_rule(rule, rule, view, methods=[method])

    def discovery(self) -> Response:
        return jsonify(
            issuer=self.url,
            authorization_endpoint=f"{self.url}/oauth2/v2.0/authorize",
            token_endpoint=f"{self.url}/oauth2/v2.0/token",
            revocation_endpoint=f"{self.url}/oauth2/v2.0/revoke",
            jwks_uri=f"{self.url}/jwks",
            authorization_response_iss_parameter_supported=True,
        )

    def jwks(self) -> Response:
        key = json.loads(jwt.algorithms.ECAlgorithm.to_jwk(SIGNING_KEY.public_key()))
        return jsonify(keys=[key | {"kid": "1", "use": "sig", "alg": "ES256"}])

    def id_token(self) -> str:
        now = int(time.time())
        claims = {
            "iss": self.url,
            "sub": "alice-id",
            "aud": "contoso",
            "iat": now,
            "exp": now + 300,
            "name": "Alice Example",
        }
        claims |= {"nonce": self.nonce} | self.id_token_changes
        return jwt.encode(claims, SIGNING_KEY, "ES256", headers={"kid": "1"})

    def standard_token(self) -> tuple[Response, int]:
        self.token_requests.append(TokenRequest.seen())
        if self.revoked:
            return jsonify(error="invalid_grant", error_description="The authorization was revoked."), 400
        token = {"access_token": ACCESS_TOKEN, "token_type": "Bearer", "expires_in": 3600, "scope": self.scope}
        return jsonify(**token, refresh_token=REFRESH_TOKEN, id_token=self.id_token()), 200

    def legacy_token(self) -> tuple[Response, int, dict]:
        self.token_requests.append(TokenRequest.seen())
        if self.revoked:
            return jsonify(Error="invalidRefreshToken", ErrorDescription="It was revoked."), 400, {}
        token = {"access_token": ACCESS_TOKEN, "token_type": "jwt-bearer", "expires_in": "3600"}
        return jsonify(**token, refresh_token=REFRESH_TOKEN), 200, {"Sunset": "Thu, 31 Dec 2026 00:00:00 GMT"}

    def revoke(self) -> str:
        self.revocations.append(request.form.to_dict())
        return ""

    def introspect(self) -> tuple[Response, int]:
        scheme, _, credentials = request.headers.get("Authorization", "").partition(" ")
        if scheme != "Basic" or b64decode(credentials) != b"reports-api:api-secret":
            return jsonify(error="invalid_client"), 401
        if self.revoked or request.form["token"] != ACCESS_TOKEN:
            return jsonify(active=False), 200
        return jsonify(active=True, sub="alice-id", scope=self.scope), 200

    def connection_data(self) -> tuple[Response, int, dict]:
        if self.revoked or request.headers.get("Authorization") != f"Bearer {ACCESS_TOKEN}":
            headers = {"WWW-Authenticate": 'Bearer error="invalid_token"'}
            return jsonify(message="TF400813", typeKey="UnauthorizedRequestException"), 401, headers
        return jsonify(authenticatedUser={"id": "alice-id", "providerDisplayName": "Alice Example"}), 200, {}

    def accounts(self) -> Response:
        return jsonify(count=1, value=[{"accountName": "northwind"}] if request.args["memberId"] == "alice-id" else [])

    def projects(self, organization: str) -> Response:
        return jsonify(count=1, value=[{"name": f"A project of {organization}"}])


class Browser(requests.Session):
    """Alice's browser. It follows no redirects, so that a test sees each step."""

    def __init__(self, base: str) -> None:
        super().__init__()
        self.trust_env = False
        self.base = base

    def request(self, method, url, **kwargs):
        url = url if url.startswith("http") else self.base + url
        return super().request(method, url, **kwargs | {"allow_redirects": False})

    def connect(self, model: str) -> dict[str, str]:
        """Presses the button; answers with what the portal was asked."""
        answer = self.post(f"/{model}/connect")
        assert answer.status_code == 303
        return {key: values[0] for key, values in parse_qs(urlsplit(answer.headers["Location"]).query).items()}

    def press(self, path: str) -> str:
        answer = self.post(path)
        assert answer.status_code == 303, answer.text
        return self.get(answer.headers["Location"]).text


@contextmanager
def served(app: Flask, port: int) -> Iterator[None]:
    server = serve(app, port)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    try:
        yield
    finally:
        server.shutdown()
        thread.join()


def free_port() -> int:
    with closing(socket.socket()) as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def config_values(portal: str, port: int, resource_server: str) -> dict:
    return {
        "portal": portal,
        "base_url": f"http://localhost:{port}",
        "resource_server": resource_server,
        "standard": {
            "client_id": "contoso",
            "client_secret": "s3cret",
            "scope": "openid offline_access vso.profile vso.work",
        },
        "legacy": {
            "client_id": "contoso-legacy",
            "client_secret": "kid.legacy/secret+",
            "scope": "vso.profile vso.work",
        },
    }


@pytest.fixture
def portal() -> Iterator[FakePortal]:
    fake, port = FakePortal(), free_port()
    fake.url = f"http://localhost:{port}"
    with served(fake.app, port):
        yield fake


@pytest.fixture
def reports(portal) -> Iterator[str]:
    port = free_port()
    base = f"http://localhost:{port}"
    config = ReportsConfig(portal.url, "reports-api", "api-secret")
    with served(reports_api.create_app(config, resource=base), port):
        yield base


@pytest.fixture
def alice(portal, reports) -> Iterator[Browser]:
    port = free_port()
    config = Config.from_values(config_values(portal.url, port, reports))
    with served(reports_app.create_app(config), port):
        yield Browser(config.base_url)


def connected(alice: Browser, portal: FakePortal, model: str) -> str:
    asked = alice.connect(model)
    portal.nonce = asked.get("nonce", "")
    answer = alice.get(f"/{model}/callback", params={"code": "the-code", "state": asked["state"], "iss": portal.url})
    assert (answer.status_code, answer.headers.get("Location")) == (303, f"/{model}/"), answer.text
    return alice.get(f"/{model}/").text


def shown(page: str, element_id: str) -> str:
    found = re.search(rf'<(\w+)\s+id="{element_id}"[^>]*>(.*?)</\1>', page, re.DOTALL)
    return re.sub(r"<[^>]+>", "", found[2]).strip() if found else ""


def test_the_standard_request_has_code_pkce_state_and_nonce(alice):
    asked = alice.connect("standard")
    assert asked["response_type"] == "code"
    assert asked["code_challenge_method"] == "S256"
    assert asked["redirect_uri"] == f"{alice.base}/standard/callback"
    assert asked["scope"] == "openid offline_access vso.profile vso.work"
    assert asked["state"] and asked["nonce"]


def test_the_standard_exchange_proves_the_client_and_the_verifier(alice, portal):
    asked = alice.connect("standard")
    portal.nonce = asked["nonce"]
    alice.get("/standard/callback", params={"code": "the-code", "state": asked["state"], "iss": portal.url})
    [exchange] = portal.token_requests
    assert exchange.authorization == "Basic " + b64encode(b"contoso:s3cret").decode()
    assert exchange.form["code"] == "the-code"
    digest = sha256(exchange.form["code_verifier"].encode()).digest()
    assert urlsafe_b64encode(digest).decode().rstrip("=") == asked["code_challenge"]


def test_the_dashboard_shows_what_was_given_and_what_the_api_says(alice, portal):
    page = connected(alice, portal, "standard")
    assert "Acting for" in page and "Alice Example" in page
    assert "60 minutes" in page and "vso.work" in page
    assert "200" in shown(page, "api-status")
    assert "A project of northwind" in page


def test_no_page_shows_a_whole_token(alice, portal):
    page = connected(alice, portal, "standard")
    assert ACCESS_TOKEN not in page and REFRESH_TOKEN not in page
    assert shown(page, "access-token-tail") == "…abc123"


@pytest.mark.parametrize("model", ["standard", "legacy"])
def test_an_answer_with_a_foreign_state_is_not_used(alice, portal, model):
    alice.connect(model)
    answer = alice.get(f"/{model}/callback", params={"code": "c", "state": "mallory", "iss": portal.url})
    assert answer.status_code == 400
    assert "state_mismatch" in shown(answer.text, "error")
    assert portal.token_requests == []


def test_a_callback_works_once(alice, portal):
    asked = alice.connect("legacy")
    first, second = (alice.get("/legacy/callback", params={"code": "c", "state": asked["state"]}) for _ in range(2))
    assert first.status_code == 303
    assert "state_mismatch" in shown(second.text, "error")


@pytest.mark.parametrize("issuer", [{"iss": "https://evil.example"}, {}])
def test_an_answer_from_another_issuer_is_not_used(alice, portal, issuer):
    asked = alice.connect("standard")
    answer = alice.get("/standard/callback", params={"code": "c", "state": asked["state"], **issuer})
    assert "iss_mismatch" in shown(answer.text, "error")
    assert portal.token_requests == []


@pytest.mark.parametrize(("model", "error"), [("standard", "access_denied"), ("legacy", "accessDenied")])
def test_a_refusal_by_alice_is_said_plainly(alice, portal, model, error):
    asked = alice.connect(model)
    answer = alice.get(f"/{model}/callback", params={"error": error, "state": asked["state"], "iss": portal.url})
    assert answer.status_code == 403
    assert "You did not give us access" in shown(answer.text, "error")


@pytest.mark.parametrize(
    "change", [{"aud": "somebody-else"}, {"nonce": "old"}, {"iss": "https://evil.example"}, {"exp": 1}]
)
def test_a_wrong_id_token_connects_nobody(alice, portal, change):
    portal.id_token_changes = change
    asked = alice.connect("standard")
    portal.nonce = asked["nonce"]
    answer = alice.get("/standard/callback", params={"code": "c", "state": asked["state"], "iss": portal.url})
    assert "id_token_invalid" in shown(answer.text, "error")
    assert alice.get("/standard/").status_code == 303


def test_the_legacy_exchange_is_exactly_the_wire_format(alice, portal):
    assert alice.connect("legacy")["response_type"] == "Assertion"
    connected(alice, portal, "legacy")
    [exchange] = portal.token_requests
    assert exchange.form == {
        "client_assertion_type": "urn:ietf:params:oauth:client-assertion-type:jwt-bearer",
        "client_assertion": "kid.legacy/secret+",
        "grant_type": "urn:ietf:params:oauth:grant-type:jwt-bearer",
        "assertion": "the-code",
        "redirect_uri": f"{alice.base}/legacy/callback",
    }
    assert exchange.mimetype == "application/x-www-form-urlencoded"
    assert exchange.authorization is None


def test_the_legacy_refresh_is_exactly_the_wire_format(alice, portal):
    connected(alice, portal, "legacy")
    page = alice.press("/legacy/refresh-token")
    assert "200" in shown(page, "refresh-status")
    assert portal.token_requests[-1].form == {
        "client_assertion_type": "urn:ietf:params:oauth:client-assertion-type:jwt-bearer",
        "client_assertion": "kid.legacy/secret+",
        "grant_type": "refresh_token",
        "assertion": REFRESH_TOKEN,
        "redirect_uri": f"{alice.base}/legacy/callback",
    }


def test_the_legacy_dashboard_shows_when_the_model_ends(alice, portal):
    assert "31 Dec 2026" in connected(alice, portal, "legacy")


@pytest.mark.parametrize("model", ["standard", "legacy"])
def test_after_alice_revoked_every_button_shows_it(alice, portal, model):
    connected(alice, portal, model)
    assert "200" in shown(alice.press(f"/{model}/call-reports"), "reports-status")
    portal.revoked = True
    assert "401" in shown(alice.press(f"/{model}/call-api"), "api-status")
    assert "400" in shown(alice.press(f"/{model}/refresh-token"), "refresh-status")
    page = alice.press(f"/{model}/call-reports")
    assert "401" in shown(page, "reports-status")
    assert "invalid_token" in page
    assert "Access has ended: Alice Example revoked it" in page
    assert "connect-again" in page


def test_a_refused_scope_is_not_taken_for_the_end(alice, portal):
    portal.scope = "openid vso.profile"
    connected(alice, portal, "standard")
    page = alice.press("/standard/call-reports")
    assert "403" in shown(page, "reports-status")
    assert "Access has ended" not in page


def test_disconnecting_revokes_the_refresh_token(alice, portal):
    connected(alice, portal, "standard")
    page = alice.press("/standard/disconnect")
    assert "Disconnected" in shown(page, "notice")
    assert portal.revocations == [{"token": REFRESH_TOKEN, "token_type_hint": "refresh_token"}]
    assert alice.get("/standard/").headers["Location"] == "/"


def test_charlie_does_not_see_alices_dashboard(alice, portal):
    connected(alice, portal, "standard")
    assert Browser(alice.base).get("/standard/").status_code == 303


def test_a_button_pressed_on_another_site_does_nothing(alice, portal):
    connected(alice, portal, "standard")
    assert alice.post("/standard/disconnect", headers={"Sec-Fetch-Site": "same-site"}).status_code == 403
    assert portal.revocations == []


def test_an_unreachable_portal_is_a_page(reports):
    port = free_port()
    config = Config.from_values(config_values(f"http://localhost:{free_port()}", port, reports))
    with served(reports_app.create_app(config), port):
        answer = Browser(config.base_url).post("/standard/connect")
    assert answer.status_code == 502
    assert "cannot reach the portal" in shown(answer.text, "error")


def test_a_lost_reports_api_is_shown_on_the_dashboard(portal):
    port = free_port()
    config = Config.from_values(config_values(portal.url, port, f"http://localhost:{free_port()}"))
    with served(reports_app.create_app(config), port):
        alice = Browser(config.base_url)
        connected(alice, portal, "standard")
        assert "no answer" in shown(alice.press("/standard/call-reports"), "reports-status")


def test_the_cookie_is_contosos_own_and_out_of_reach_of_scripts(alice):
    cookie = alice.post("/legacy/connect").headers["Set-Cookie"]
    assert cookie.startswith("reports_session=")
    assert "HttpOnly" in cookie and "SameSite=Lax" in cookie


def ask_reports(base: str, **headers: str) -> requests.Response:
    return Browser(base).get("/reports", headers=headers)


def test_the_reports_api_answers_for_a_good_token(reports):
    answer = ask_reports(reports, Authorization=f"Bearer {ACCESS_TOKEN}")
    assert answer.status_code == 200
    assert answer.json()["sub"] == "alice-id"
    assert answer.json()["reports"]


def test_the_reports_api_asks_for_a_token(reports):
    answer = ask_reports(reports)
    assert answer.status_code == 401
    assert "error=" not in answer.headers["WWW-Authenticate"]
    assert f'resource_metadata="{reports}/.well-known/oauth-protected-resource"' in answer.headers["WWW-Authenticate"]


def test_the_reports_api_refuses_a_revoked_token(reports, portal):
    portal.revoked = True
    answer = ask_reports(reports, Authorization=f"Bearer {ACCESS_TOKEN}")
    assert answer.status_code == 401
    assert 'error="invalid_token"' in answer.headers["WWW-Authenticate"]


@pytest.mark.parametrize("scope", ["vso.work", "vso.work_write", "vso.work_full", "user_impersonation"])
def test_a_wider_scope_is_enough_for_the_reports_api(reports, portal, scope):
    portal.scope = scope
    assert ask_reports(reports, Authorization=f"bearer {ACCESS_TOKEN}").status_code == 200


@pytest.mark.parametrize("scope", ["vso.profile", "vso.work_fake", ""])
def test_the_reports_api_refuses_another_scope(reports, portal, scope):
    portal.scope = scope
    answer = ask_reports(reports, Authorization=f"Bearer {ACCESS_TOKEN}")
    assert answer.status_code == 403
    assert 'error="insufficient_scope"' in answer.headers["WWW-Authenticate"]


@pytest.mark.parametrize("secret", ["wrong", None])
def test_the_reports_api_does_not_blame_the_token_when_it_cannot_ask(portal, secret):
    port = free_port()
    where = portal.url if secret else f"http://localhost:{free_port()}"
    config = ReportsConfig(where, "reports-api", secret or "api-secret")
    with served(reports_api.create_app(config, resource=f"http://localhost:{port}"), port):
        assert ask_reports(f"http://localhost:{port}", Authorization=f"Bearer {ACCESS_TOKEN}").status_code == 503


def test_the_reports_api_describes_itself(reports, portal):
    described = Browser(reports).get("/.well-known/oauth-protected-resource").json()
    assert described["resource"] == reports
    assert described["authorization_servers"] == [portal.url]


def start(module: str, **environment: str) -> subprocess.Popen:
    return subprocess.Popen(
        [sys.executable, "-m", module],
        cwd=ROOT,
        env=os.environ | environment,
        text=True,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    )


@pytest.fixture
def config_file(tmp_path) -> str:
    values = config_values("http://localhost:1", 2, "http://localhost:3") | {"client_id": "c", "client_secret": "s"}
    path = tmp_path / "config.json"
    path.write_text(json.dumps(values))
    return str(path)


PROGRAMS = [("demo.sample_service", "SAMPLE_SERVICE"), ("demo.resource_server", "RESOURCE_SERVER")]


@pytest.mark.parametrize(("module", "prefix"), PROGRAMS)
@pytest.mark.parametrize("end", [signal.SIGTERM, signal.SIGINT])
def test_a_program_starts_is_healthy_and_ends_cleanly(module, prefix, end, config_file):
    port = str(free_port())
    with start(module, **{f"{prefix}_PORT": port, f"{prefix}_CONFIG": config_file}) as program:
        assert port in program.stdout.readline()
        assert Browser(f"http://127.0.0.1:{port}").get("/health").json()["status"] == "ok"
        program.send_signal(end)
        assert program.wait(5) == 0
        assert "Traceback" not in program.stderr.read()


@pytest.mark.parametrize(("module", "prefix"), PROGRAMS)
def test_a_busy_port_is_one_line(module, prefix, config_file):
    with socket.socket() as busy:
        busy.bind(("127.0.0.1", 0))
        busy.listen()
        port = str(busy.getsockname()[1])
        with start(module, **{f"{prefix}_PORT": port, f"{prefix}_CONFIG": config_file}) as program:
            assert_one_line(program, port)


@pytest.mark.parametrize(("module", "prefix"), PROGRAMS)
@pytest.mark.parametrize("content", [None, "{", "[]", "{}"])
def test_a_missing_or_broken_configuration_is_one_line(module, prefix, content, tmp_path):
    path = tmp_path / "config.json"
    if content is not None:
        path.write_text(content)
    with start(module, **{f"{prefix}_CONFIG": str(path)}) as program:
        assert_one_line(program, "config")


def assert_one_line(program: subprocess.Popen, mentioned: str) -> None:
    _, said = program.communicate(timeout=10)
    assert program.returncode == 1
    assert len(said.splitlines()) == 1 and mentioned in said
