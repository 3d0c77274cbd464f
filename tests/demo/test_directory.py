"""The simulated directory over real HTTP: it must treat a client as Microsoft's v2.0 endpoints do."""

import os
import re
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, urlencode, urlsplit

import jwt
import pytest
import requests
from werkzeug.serving import make_server

from demo.directory.app import create_app
from demo.directory.config import Config
from demo.directory.encoding import digest

CALLBACK = "http://portal.example/callback"
CONTOSO = "11111111-aaaa-4aaa-8aaa-111111111111"
FABRIKAM = "22222222-bbbb-4bbb-8bbb-222222222222"
PERSONAL = "9188040d-6c67-4c5b-b112-36a304b66dad"
ALICE, BOB, CHARLIE = "alice@contoso.example", "bob@contoso.example", "charlie@fabrikam.example"
DANA, IVY = "dana@fabrikam.example", "ivy@fabrikam.example"
ERIN, FRANK = "erin@outlook.example", "frank@outlook.example"
OLIVIA = "olivia@contoso.example"
ARTHUR = "arthur@contoso.example"
VERIFIER = "a-verifier-that-is-long-enough-for-rfc-7636-and-more"


@dataclass
class Browser:
    """A person's browser and, for the back channel, the portal."""

    base: str
    http: requests.Session = field(default_factory=requests.Session)

    def address(self, tenant: str = "common", **params: str) -> str:
        asked = {
            "client_id": "portal",
            "redirect_uri": CALLBACK,
            "response_type": "code",
            "scope": "openid profile email",
            "state": "the state",
            "nonce": "the nonce",
            "code_challenge": digest(VERIFIER),
            "code_challenge_method": "S256",
        } | params
        return f"{self.base}/{tenant}/oauth2/v2.0/authorize?{urlencode({k: v for k, v in asked.items() if v})}"

    def ask(self, tenant: str = "common", **params: str) -> requests.Response:
        return self.http.get(self.address(tenant, **params), allow_redirects=False)

    def press(self, tenant: str = "common", *, button: dict[str, str], **params: str) -> requests.Response:
        page = self.ask(tenant, **params)
        assert page.status_code == 200, page.text
        return self.http.post(page.url, data={"csrf": csrf_of(page)} | button, allow_redirects=False)

    def pick(self, upn: str, tenant: str = "common", **params: str) -> requests.Response:
        return self.press(tenant, button={"account": upn}, **params)

    def redeem(self, code: str, /, **form: str) -> requests.Response:
        asked = {
            "grant_type": "authorization_code",
            "client_id": "portal",
            "client_secret": "s+cret/%",
            "code": code,
            "redirect_uri": CALLBACK,
            "code_verifier": VERIFIER,
        } | form
        return requests.post(f"{self.base}/common/oauth2/v2.0/token", data={k: v for k, v in asked.items() if v})

    def id_token(self, response: requests.Response) -> str:
        answer = self.redeem(answered(response)["code"])
        assert answer.status_code == 200, answer.text
        return answer.json()["id_token"]

    def claims(self, response: requests.Response) -> dict[str, Any]:
        return jwt.decode(self.id_token(response), options={"verify_signature": False})

    def control(self, what: str, **body: Any) -> requests.Response:
        return requests.post(f"{self.base}/_control/{what}", json=body)


def csrf_of(page: requests.Response) -> str:
    return page.text.split('name="csrf" value="')[1].split('"')[0]


def answered(response: requests.Response) -> dict[str, str]:
    """What came back to the portal's callback."""
    assert response.status_code == 302, response.text
    address, _, query = response.headers["Location"].partition("?")
    assert address == CALLBACK
    return dict(parse_qsl(query))


def offered(page: requests.Response) -> list[str]:
    return re.findall(r'<button name="account" value="([^"]+)"', page.text)


@pytest.fixture(scope="module")
def base(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    with socket.socket() as listener:  # bound first: the address is part of the configuration
        listener.bind(("127.0.0.1", 0))
        listener.listen(64)
        port = listener.getsockname()[1]
        address, state = f"http://localhost:{port}", tmp_path_factory.mktemp("state")
        app = create_app(Config(port, address, "portal", "s+cret/%", (CALLBACK,), state))
        server = make_server("127.0.0.1", port, app, threaded=True, fd=listener.fileno())
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield address
    server.shutdown()


@pytest.fixture
def browser(base: str) -> Iterator[Browser]:
    yield Browser(base)
    requests.post(f"{base}/_control/reset").raise_for_status()


# --- metadata ---


@pytest.mark.parametrize(
    ("tenant", "issuer"),
    [
        ("common", "{tenantid}"),
        ("organizations", "{tenantid}"),
        ("consumers", PERSONAL),
        (CONTOSO, CONTOSO),
        (CONTOSO.upper(), CONTOSO),
    ],
)
def test_the_issuer_is_a_template_where_the_tenant_is_open(base, tenant, issuer):
    document = requests.get(f"{base}/{tenant}/v2.0/.well-known/openid-configuration").json()
    assert document["issuer"] == f"{base}/{issuer}/v2.0"
    assert document["token_endpoint"] == f"{base}/{tenant.lower()}/oauth2/v2.0/token"
    assert requests.get(document["jwks_uri"]).json()["keys"][0]["alg"] == "RS256"


def test_an_unknown_tenant_is_refused_everywhere(browser):
    nowhere = "33333333-cccc-4ccc-8ccc-333333333333"
    for path in ("v2.0/.well-known/openid-configuration", "discovery/v2.0/keys"):
        answer = requests.get(f"{browser.base}/{nowhere}/{path}")
        assert (answer.status_code, answer.json()["error_codes"]) == (400, [90002])
    page = browser.ask(nowhere)
    assert page.status_code == 400 and "AADSTS90002" in page.text and "text/html" in page.headers["Content-Type"]


def test_a_foreign_host_name_is_refused(base):
    assert requests.get(f"{base}/health").json() == {"status": "ok"}
    assert requests.get(f"{base}/health", headers={"Host": "rebound.example"}).status_code == 400


# --- the happy path ---


def test_alice_signs_in_and_her_id_token_verifies_against_the_published_keys(browser):
    before = int(time.time())
    back = browser.pick(ALICE)
    assert answered(back)["state"] == "the state"
    token = browser.id_token(back)
    key = jwt.PyJWKClient(f"{browser.base}/common/discovery/v2.0/keys").get_signing_key_from_jwt(token)
    claims = jwt.decode(token, key, algorithms=["RS256"], audience="portal", issuer=f"{browser.base}/{CONTOSO}/v2.0")
    assert {k: claims[k] for k in ("ver", "tid", "nonce", "name", "preferred_username", "email")} == {
        "ver": "2.0",
        "tid": CONTOSO,
        "nonce": "the nonce",
        "name": "Alice Andersen",
        "preferred_username": ALICE,
        "email": ALICE,
    }
    assert before <= claims["auth_time"] <= claims["iat"] < claims["exp"] and claims["sub"] != claims["oid"]


def test_the_client_may_authenticate_with_basic(browser):
    code = answered(browser.pick(ALICE))["code"]
    form = {"grant_type": "authorization_code", "code": code, "redirect_uri": CALLBACK, "code_verifier": VERIFIER}
    # RFC 6749 §2.3.1: both parts are form-encoded first.
    answer = requests.post(f"{browser.base}/common/oauth2/v2.0/token", data=form, auth=("portal", "s%2Bcret%2F%25"))
    assert answer.status_code == 200 and answer.headers["Cache-Control"] == "no-store"
    assert {"token_type", "scope", "expires_in", "access_token", "id_token"} <= answer.json().keys()


def test_graph_tells_the_bearer_who_they_are(browser):
    tokens = browser.redeem(answered(browser.pick(ALICE))["code"]).json()
    header = {"Authorization": f"Bearer {tokens['access_token']}"}
    me = requests.get(f"{browser.base}/v1.0/me", headers=header).json()
    oid = jwt.decode(tokens["id_token"], options={"verify_signature": False})["oid"]
    assert (me["id"], me["displayName"], me["userPrincipalName"]) == (oid, "Alice Andersen", ALICE)
    some = requests.get(f"{browser.base}/v1.0/me", headers=header, params={"$select": "id,mail"}).json()
    assert some.keys() == {"@odata.context", "id", "mail"}
    subject = jwt.decode(tokens["id_token"], options={"verify_signature": False})["sub"]
    assert requests.get(f"{browser.base}/oidc/userinfo", headers=header).json()["sub"] == subject


@pytest.mark.parametrize("header", [{}, {"Authorization": "Bearer made-up"}, {"Authorization": "Basic YTpi"}])
def test_graph_refuses_strangers(base, header):
    for path in ("/v1.0/me", "/oidc/userinfo"):
        answer = requests.get(base + path, headers=header)
        assert (answer.status_code, answer.json()["error"]["code"]) == (401, "InvalidAuthenticationToken")


def test_without_openid_there_is_no_id_token(browser):
    answer = browser.redeem(answered(browser.pick(ALICE, scope="User.Read"))["code"]).json()
    assert "access_token" in answer and "id_token" not in answer


def test_frank_has_alices_address_and_is_somebody_else(browser):
    alice = browser.claims(browser.pick(ALICE))
    frank = Browser(browser.base)
    his = frank.claims(frank.pick(FRANK))
    assert his["email"] == alice["email"] == ALICE
    assert his["tid"] == PERSONAL and his["iss"] == f"{browser.base}/{PERSONAL}/v2.0"
    assert his["oid"] != alice["oid"] and his["oid"].startswith("00000000-0000-0000-") and his["sub"] != alice["sub"]


# --- requests that are refused ---


@pytest.mark.parametrize(
    "params",
    [
        {"client_id": "another"},
        {"client_id": ""},
        {"redirect_uri": "https://evil.example/"},
        {"redirect_uri": CALLBACK + "/"},
        {"redirect_uri": CALLBACK + "?a=b"},
        {"redirect_uri": ""},
    ],
    ids=str,
)
def test_a_wrong_client_or_callback_is_told_on_a_page_and_never_redirects(browser, params):
    page = browser.ask(**params)
    assert page.status_code == 400 and 'id="problem"' in page.text and "Location" not in page.headers


@pytest.mark.parametrize(
    ("params", "error"),
    [
        ({"response_type": "token"}, "unsupported_response_type"),
        ({"response_mode": "form_post"}, "unsupported_response_type"),
        ({"scope": "profile"}, "invalid_scope"),
        ({"code_challenge_method": "plain"}, "invalid_request"),
        ({"code_challenge_method": ""}, "invalid_request"),
        ({"prompt": "sing"}, "invalid_request"),
        ({"max_age": "-1"}, "invalid_request"),
        ({"max_age": "soon"}, "invalid_request"),
    ],
    ids=str,
)
def test_other_faults_go_back_to_the_callback_with_the_state(browser, params, error):
    answer = answered(browser.ask(**params))
    assert (answer["error"], answer["state"]) == (error, "the state") and "AADSTS" in answer["error_description"]


@pytest.mark.parametrize(
    ("form", "status", "error", "number"),
    [
        ({"client_id": "another"}, 400, "unauthorized_client", 700016),
        ({"client_secret": "wrong"}, 401, "invalid_client", 7000215),
        ({"client_secret": ""}, 401, "invalid_client", 7000218),
        ({"grant_type": "password"}, 400, "unsupported_grant_type", 70003),
        ({"redirect_uri": ""}, 400, "invalid_request", 900144),
        ({"redirect_uri": "https://evil.example/"}, 400, "invalid_grant", 500112),
        ({"code": "made-up"}, 400, "invalid_grant", 70000),
        ({"code_verifier": "another-verifier-that-is-long-enough-for-rfc-7636"}, 400, "invalid_grant", 501481),
        ({"code_verifier": ""}, 400, "invalid_grant", 501481),
    ],
    ids=str,
)
def test_the_token_endpoint_refuses_as_entra_does(browser, form, status, error, number):
    answer = browser.redeem(answered(browser.pick(ALICE))["code"], **form)
    body = answer.json()
    assert (answer.status_code, body["error"], body["error_codes"]) == (status, error, [number])
    assert body["error_description"].startswith(f"AADSTS{number}: ")
    assert {"timestamp", "trace_id", "correlation_id"} <= body.keys()


def test_a_verifier_without_a_challenge_is_refused(browser):
    code = answered(browser.pick(ALICE, code_challenge="", code_challenge_method=""))["code"]
    assert browser.redeem(code).json()["error_codes"] == [501481]


def test_a_code_works_once(browser):
    code = answered(browser.pick(ALICE))["code"]
    assert browser.redeem(code).status_code == 200
    assert browser.redeem(code).json()["error_codes"] == [54005]


def test_a_wrong_verifier_costs_the_code(browser):
    code = answered(browser.pick(ALICE))["code"]
    browser.redeem(code, code_verifier="wrong")
    assert browser.redeem(code).json()["error_codes"] == [54005]


def test_a_code_ends_after_a_minute(browser, monkeypatch):
    code, real = answered(browser.pick(ALICE))["code"], time.time
    monkeypatch.setattr("demo.directory.token.time.time", lambda: real() + 61)
    assert browser.redeem(code).json()["error_codes"] == [70008]


# --- single sign-on and prompts ---


def test_whoever_is_signed_in_comes_straight_back(browser):
    first = browser.claims(browser.pick(ALICE))
    time.sleep(1.1)
    second = browser.claims(browser.ask(nonce="another"))
    assert (second["oid"], second["auth_time"], second["nonce"]) == (first["oid"], first["auth_time"], "another")


def test_with_two_signed_in_accounts_the_picker_asks_unless_the_hint_or_the_tenant_decides(browser):
    browser.pick(ALICE)
    browser.pick(ERIN, prompt="select_account")
    assert browser.ask().status_code == 200
    assert browser.claims(browser.ask(login_hint=ERIN.upper()))["preferred_username"] == ERIN
    assert browser.claims(browser.ask("consumers"))["preferred_username"] == ERIN
    assert browser.claims(browser.ask(domain_hint="organizations"))["preferred_username"] == ALICE


def test_a_hint_of_somebody_else_is_never_answered_silently_with_alice(browser):
    browser.pick(ALICE)
    page = browser.ask(login_hint=BOB)
    assert page.status_code == 200 and offered(page)[0] == BOB


@pytest.mark.parametrize("prompt", ["select_account", "consent"])
def test_select_account_always_asks_and_keeps_the_time_of_a_standing_sign_in(browser, prompt):
    first = browser.claims(browser.pick(ALICE))
    time.sleep(1.1)
    assert browser.claims(browser.pick(ALICE, prompt=prompt))["auth_time"] == first["auth_time"]


def test_prompt_login_always_asks_and_is_a_new_sign_in(browser):
    first = browser.claims(browser.pick(ALICE))
    time.sleep(1.1)
    page = browser.ask(prompt="login", login_hint=ALICE)
    assert page.status_code == 200 and "Sign in again" in page.text and offered(page)[0] == ALICE
    again = browser.claims(browser.pick(ALICE, prompt="login"))
    assert again["auth_time"] > first["auth_time"]
    assert browser.claims(browser.ask())["auth_time"] == again["auth_time"]


def test_max_age_lets_a_recent_sign_in_pass_and_asks_after_an_older_one(browser):
    first = browser.claims(browser.pick(ALICE))
    assert browser.claims(browser.ask(max_age="3600"))["auth_time"] == first["auth_time"]
    time.sleep(2.1)
    assert browser.ask(max_age="1").status_code == 200
    assert browser.claims(browser.pick(ALICE, max_age="1"))["auth_time"] > first["auth_time"]


def test_max_age_zero_asks_even_within_the_same_second(browser):
    browser.pick(ALICE)
    assert browser.ask(max_age="0").status_code == 200


def test_prompt_none_is_silent_or_says_why_not(browser):
    assert answered(browser.ask(prompt="none"))["error"] == "login_required"
    browser.pick(ALICE)
    assert browser.claims(browser.ask(prompt="none"))["preferred_username"] == ALICE
    assert answered(browser.ask(prompt="none", max_age="0"))["error"] == "login_required"
    assert answered(browser.ask("consumers", prompt="none"))["error"] == "login_required"
    browser.pick(BOB, prompt="select_account")
    assert answered(browser.ask(prompt="none"))["error"] == "interaction_required"
    assert browser.claims(browser.ask(prompt="none", login_hint=BOB))["preferred_username"] == BOB


# --- the picker ---


def test_the_page_has_one_button_per_account_and_says_what_it_is(browser):
    page = browser.ask()
    assert offered(page) == [ALICE, BOB, OLIVIA, CHARLIE, DANA, IVY, ERIN, FRANK, ARTHUR]
    assert "Simulated directory — not Microsoft" in page.text and "There are no passwords here" in page.text
    assert '<form method="post"' in page.text and 'name="cancel"' in page.text
    assert "<script" not in page.text and "style=" not in page.text
    assert "frame-ancestors 'none'" in page.headers["Content-Security-Policy"]
    assert requests.get(f"{browser.base}/static/directory.css").status_code == 200


@pytest.mark.parametrize(
    ("tenant", "hint", "people"),
    [
        ("consumers", "", [ERIN, FRANK]),
        ("common", "consumers", [ERIN, FRANK]),
        ("organizations", "", [ALICE, BOB, OLIVIA, CHARLIE, DANA, IVY, ARTHUR]),
        ("common", "organizations", [ALICE, BOB, OLIVIA, CHARLIE, DANA, IVY, ARTHUR]),
        (CONTOSO, "", [ALICE, BOB, OLIVIA, ARTHUR]),
        (FABRIKAM, "consumers", []),
    ],
)
def test_the_tenant_and_the_domain_hint_narrow_the_picker(browser, tenant, hint, people):
    assert offered(browser.ask(tenant, domain_hint=hint)) == people


def test_an_account_outside_the_tenant_cannot_be_posted(browser):
    answer = browser.pick(ERIN, "organizations")
    assert answer.status_code == 400 and "AADSTS50020" in answer.text


def test_a_post_without_the_pages_token_signs_nobody_in(browser):
    address = browser.ask().url
    for form in ({"account": ALICE}, {"account": ALICE, "csrf": "wörng"}):
        answer = browser.http.post(address, data=form, allow_redirects=False)
        assert answer.status_code == 400 and "Location" not in answer.headers
    assert answered(browser.ask(prompt="none"))["error"] == "login_required"


def test_cancel_goes_back_as_access_denied(browser):
    answer = answered(browser.press(button={"cancel": "1"}))
    assert answer["error"] == "access_denied" and answer["error_description"].startswith("AADSTS65004")
    assert answer["state"] == "the state" and "code" not in answer


# --- refusals, sign-out, control ---


def test_ivy_is_refused_by_the_directory_and_can_try_another_account(browser):
    answer = answered(browser.pick(IVY))
    assert answer["error"] == "access_denied" and answer["error_description"].startswith("AADSTS50105")
    assert browser.ask().status_code == 200


def test_a_test_can_have_an_account_refused_even_one_that_is_signed_in(browser):
    browser.pick(ALICE)
    browser.control("refuse", upn=ALICE, error="server_error", description="AADSTS90033: transient").raise_for_status()
    answer = answered(browser.ask())
    assert (answer["error"], answer["error_description"]) == ("server_error", "AADSTS90033: transient")
    browser.control("reset").raise_for_status()
    assert "code" in answered(browser.ask())


@pytest.mark.parametrize(
    ("claim", "value"),
    [
        ("nonce", "x"),
        ("aud", "another"),
        ("iss", "https://evil.example/v2.0"),
        ("exp", 1),
        ("tid", FABRIKAM),
        ("oid", "x"),
    ],
)
def test_an_override_makes_the_next_token_hostile_and_only_that_one(browser, claim, value):
    browser.control("token", override={claim: value}).raise_for_status()
    assert browser.claims(browser.pick(ALICE))[claim] == value
    assert browser.claims(browser.ask())[claim] != value


def test_a_claim_can_be_left_out(browser):
    browser.control("token", override={"omit": ["auth_time", "nonce"]}).raise_for_status()
    assert not {"auth_time", "nonce", "omit"} & browser.claims(browser.pick(ALICE)).keys()


def test_a_token_can_be_signed_with_another_key_under_the_same_key_id(browser):
    browser.control("token", override={"sign_with": "other_key"}).raise_for_status()
    forged = browser.id_token(browser.pick(ALICE))
    key = jwt.PyJWKClient(f"{browser.base}/common/discovery/v2.0/keys").get_signing_key_from_jwt(forged)
    with pytest.raises(jwt.InvalidSignatureError):
        jwt.decode(forged, key, algorithms=["RS256"], audience="portal")


def test_control_refuses_web_pages_and_nonsense(browser):
    reset = f"{browser.base}/_control/reset"
    assert requests.post(reset, headers={"Origin": "https://evil.example"}).status_code == 403
    assert browser.control("refuse", upn="nobody@contoso.example", error="x").status_code == 400
    assert browser.control("token", override={"sign_with": "no_key"}).status_code == 400


def test_logout_signs_everybody_out_and_returns_only_to_the_portal(browser):
    browser.pick(ALICE)
    logout = f"{browser.base}/common/oauth2/v2.0/logout"
    home = browser.http.get(
        logout, params={"post_logout_redirect_uri": "http://portal.example/bye"}, allow_redirects=False
    )
    assert home.headers["Location"] == "http://portal.example/bye"
    assert answered(browser.ask(prompt="none"))["error"] == "login_required"
    for elsewhere in ("https://evil.example/", "http://portal.example@evil.example/", "//portal.example/", ""):
        page = browser.http.get(logout, params={"post_logout_redirect_uri": elsewhere}, allow_redirects=False)
        assert page.status_code == 200 and "You are signed out" in page.text


# --- the process ---


def start(port: int, state: Path) -> subprocess.Popen[str]:
    env = os.environ | {"DIRECTORY_PORT": str(port), "DIRECTORY_STATE": str(state)}
    pipes: dict[str, Any] = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE, "text": True}
    return subprocess.Popen([sys.executable, "-m", "demo.directory"], env=env, **pipes)


def key_id(port: int) -> str:
    for _ in range(150):
        try:
            keys = requests.get(f"http://127.0.0.1:{port}/common/discovery/v2.0/keys").json()["keys"]
            return keys[0]["kid"]
        except requests.ConnectionError:
            time.sleep(0.1)
    raise AssertionError("the directory did not start")


@pytest.fixture
def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def test_the_process_ends_cleanly_and_a_restart_keeps_the_key(tmp_path, free_port):
    seen = []
    for ending in (signal.SIGTERM, signal.SIGINT):
        process = start(free_port, tmp_path)
        try:
            seen.append(key_id(free_port))
            process.send_signal(ending)
            assert process.wait(timeout=10) == 0
        finally:
            process.kill()
            errors = process.communicate()[1]
        assert errors == ""
    assert seen[0] == seen[1]
    assert {path.name: path.stat().st_mode & 0o077 for path in tmp_path.iterdir()} == {
        "signing-key.pem": 0,
        "cookie-key": 0,
    }


def test_a_busy_port_is_one_clear_line(tmp_path, base):
    port = urlsplit(base).port
    assert port
    process = start(port, tmp_path)
    errors = process.communicate(timeout=20)[1]
    assert process.returncode == 1 and errors.count("\n") == 1 and f"port {port}" in errors
