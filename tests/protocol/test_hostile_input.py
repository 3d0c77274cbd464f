"""Never a 500, never an open redirect: hostile values at every endpoint, in every place they can stand."""

import base64
import json
from urllib.parse import quote, urlsplit

import pytest
from django.test import Client

from authorizations.models import AuthorizationCode, Connection
from tests import factories


def _nested() -> str:
    header = base64.urlsafe_b64encode(b"[" * 5000).decode().rstrip("=")
    return f"{header}.e30.x"


def _part(value: object) -> str:
    return base64.urlsafe_b64encode(json.dumps(value).encode()).decode().rstrip("=")


VALUES = {
    "nul": "%00",
    "nul inside": "a%00b",
    "bad escape": "%zz",
    "cut escape": "%",
    "not utf-8": "%ff%fe",
    "surrogate": "%ed%a0%80",
    "overlong": "%c0%af",
    "line breaks": "%0d%0aSet-Cookie:%20x=1",
    "long": "x" * 7000,
    "too long": "x" * 9000,
    "emoji": quote("💥" * 50),
    "rtl": quote("\u202e\u2066x"),
    "markup": quote('"><script>alert(1)</script>{{7*7}}'),
    "sql": quote("' OR 1=1; --"),
    "brackets": "x[]=1%5B%5D",
    "json": quote('{"$gt":""}'),
    "number": "9" * 400,
    "dots": "..%2f..%2fetc",
    "jwt-like": f"{_part({'alg': 'none'})}.{_part({})}.",
    "jwt kid": f"{_part({'alg': 'ES256', 'kid': ['x'], 'typ': 'at+jwt'})}.{_part([])}.x",
    "jwt list": f"{_part([1])}.{_part([1])}.x",
    "jwt nested": _nested(),
    "refresh-like": "AAAAAAAAAAAAAAAAAAAAAA.x.y",
    "semicolons": "a;b=c;d",
    "amp": "%26client_id%3Dx",
}
AUTHORIZE = [
    "client_id",
    "response_type",
    "redirect_uri",
    "scope",
    "state",
    "nonce",
    "code_challenge",
    "code_challenge_method",
    "prompt",
    "max_age",
    "login_hint",
    "response_mode",
    "gatehouse_prompted",
    "request",
    "id_token_hint",
    "ui_locales",
]
FORMS = {
    "/oauth2/v2.0/token": (
        [
            "grant_type",
            "code",
            "redirect_uri",
            "code_verifier",
            "refresh_token",
            "scope",
            "client_id",
            "client_secret",
            "client_assertion",
        ]
    ),
    "/oauth2/v2.0/introspect": ["token", "token_type_hint", "client_id", "client_secret"],
    "/oauth2/v2.0/revoke": ["token", "token_type_hint", "client_id", "client_secret"],
    "/oauth2/token": (
        ["grant_type", "client_assertion", "client_assertion_type", "assertion", "redirect_uri", "code_verifier"]
    ),
}
USUAL = {
    "grant_type": "authorization_code",
    "code": "x",
    "redirect_uri": quote(factories.CALLBACK),
    "code_verifier": factories.VERIFIER,
    "token": "x",
}
API = [
    "/_apis/connectionData",
    "/_apis/profile/profiles/me?api-version=7.1",
    "/_apis/accounts?api-version=7.1",
    "/contoso/_apis/projects?api-version=7.1",
    "/oauth2/v2.0/userinfo",
]


def calm(response):
    assert response.status_code < 500, (response.status_code, response.content[:300])
    if 300 <= response.status_code < 400:
        parts = urlsplit(response["Location"])
        assert not parts.netloc or response["Location"].startswith(factories.CALLBACK), response["Location"]
    assert "Set-Cookie: x" not in str(response.headers)
    return response


def _query(params: dict[str, str], name: str, value: str) -> str:
    return "&".join(f"{k}={v}" for k, v in (params | {name: value}).items())


@pytest.mark.parametrize("value", VALUES.values(), ids=VALUES)
@pytest.mark.parametrize("path", ["/oauth2/v2.0/authorize", "/oauth2/authorize"])
def test_the_authorization_endpoints_stay_calm(alice_browser, payroll, legacy_app, path, value):
    app = payroll if "v2.0" in path else legacy_app
    request = app.request() if app is payroll else app.legacy_request()
    usual = dict(pair.split("=", 1) for pair in request.partition("?")[2].split("&"))
    for name in AUTHORIZE:
        query = _query(usual, name, value)
        calm(alice_browser.get(path, QUERY_STRING=query))
        calm(Client().get(path, QUERY_STRING=query))
        calm(alice_browser.post(path, query, content_type=factories.FORM))
        calm(alice_browser.post(f"{path}/decision", _query({"decision": "accept"}, name, value), factories.FORM))
    assert not AuthorizationCode.objects.exists()


@pytest.mark.parametrize("value", VALUES.values(), ids=VALUES)
@pytest.mark.parametrize("path", FORMS)
def test_the_machine_endpoints_stay_calm(payroll, legacy_app, path, value):
    for name in FORMS[path]:
        body = _query(USUAL, name, value)
        for header in ({}, payroll.basic()):
            response = calm(payroll.http.post(path, body, content_type=factories.FORM, **header))
            assert "access_token" not in response.content.decode()
            calm(payroll.http.post(path, body, content_type="application/json", **header))
    for grant in ("refresh_token", "client_credentials", "urn:ietf:params:oauth:grant-type:jwt-bearer"):
        for name in ("refresh_token", "scope", "assertion"):
            calm(payroll.http.post(path, _query({"grant_type": grant}, name, value), factories.FORM, **payroll.basic()))
    assert not Connection.objects.exists()


@pytest.mark.parametrize("value", VALUES.values(), ids=VALUES)
@pytest.mark.parametrize("path", API)
def test_a_hostile_bearer_is_a_401(db, path, value):
    for header in (f"Bearer {value}", f"bearer  {value}", f"Basic {value}", value):
        response = calm(Client().get(path, HTTP_AUTHORIZATION=header))
        assert response.status_code == 401 and response["WWW-Authenticate"].startswith("Bearer ")


@pytest.mark.parametrize("value", VALUES.values(), ids=VALUES)
def test_hostile_paths_and_queries_of_the_api_stay_calm(alice, payroll, connected, value):
    bearer = {"HTTP_AUTHORIZATION": f"Bearer {connected['access_token']}"}
    for path in (f"/{value}/_apis/projects", f"/_apis/profile/profiles/{value}", f"/_apis/{value}", f"/{value}"):
        calm(Client().get(f"{path}?api-version=7.1", **bearer))
    for name in ("api-version", "memberId", "ownerId", "$skip", "$top", "continuationToken"):
        for path in ("/_apis/accounts", "/contoso/_apis/projects", "/_apis/profile/profiles/me"):
            calm(Client().get(path, QUERY_STRING=f"{name}={value}", **bearer))
            calm(Client().get(path, QUERY_STRING=f"api-version=7.1&{name}={value}", **bearer))


@pytest.mark.parametrize("value", VALUES.values(), ids=VALUES)
def test_hostile_headers_stay_calm(payroll, value):
    headers = {
        "HTTP_USER_AGENT": value,
        "HTTP_ACCEPT": f"application/json;api-version={value}",
        "HTTP_X_REQUEST_ID": value,
        "HTTP_ACCEPT_LANGUAGE": value,
        "HTTP_COOKIE": f"gatehouse_session={value}",
        "HTTP_REFERER": value,
    }
    assert calm(payroll.post("/oauth2/v2.0/token", {"grant_type": "client_credentials"}, **payroll.basic(), **headers))
    calm(Client().get("/_apis/accounts", **headers))
    calm(Client().get(payroll.request(), **headers))
    calm(Client().get("/_usersSettings/authorizations", **headers))


@pytest.mark.parametrize("value", VALUES.values(), ids=VALUES)
def test_the_listing_and_its_revoke_stay_calm(alice_browser, value):
    calm(alice_browser.get("/_usersSettings/authorizations", QUERY_STRING=f"q={value}&page={value}"))
    for method in ("get", "post"):
        calm(getattr(alice_browser, method)(f"/_usersSettings/authorizations/{value}/revoke"))


@pytest.mark.parametrize("path", [*FORMS, *API, "/oauth2/v2.0/authorize", "/oauth2/authorize", "/.well-known/x"])
@pytest.mark.parametrize("method", ["get", "post", "put", "patch", "delete", "head", "options", "trace"])
def test_every_method_of_every_endpoint_stays_calm(db, path, method):
    calm(getattr(Client(), method)(path))


@pytest.mark.parametrize("path", [*FORMS, "/oauth2/v2.0/authorize", "/oauth2/authorize"])
def test_a_body_of_a_megabyte_stays_calm(payroll, path):
    response = calm(payroll.http.post(path, b"x=" + b"y" * 1_000_000, content_type=factories.FORM, **payroll.basic()))
    assert response.status_code in {400, 413}
