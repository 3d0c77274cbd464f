"""The lean path as the web server calls it: before Django's handler, with the answers that Django would have given."""

import io
import json
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit

import pytest
from django.conf import settings
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from accounts.models import User
from authorizations.events.kinds import Kind
from authorizations.events.models import Event
from authorizations.models import Authorization, AuthorizationCode
from authorizations.pages import known
from authorizations.protocol import http
from oauthapps.models import Application
from portal import machine
from portal.wsgi import application
from tests.conftest import missing

pytestmark = pytest.mark.django_db
FORM = "application/x-www-form-urlencoded"


@pytest.fixture(autouse=True)
def _django_keeps_its_connection(monkeypatch):
    """Django's handler closes connections after each request; the one of a test is not its to close."""
    monkeypatch.setattr(connection, "close_if_unusable_or_obsolete", lambda: None)


def called(method: str, path: str, body: bytes = b"", **environ: str) -> tuple[str, dict[str, str], bytes]:
    said: list[Any] = []
    answer = application(
        {
            "REQUEST_METHOD": method,
            "PATH_INFO": path,
            "QUERY_STRING": "",
            "CONTENT_TYPE": FORM,
            "CONTENT_LENGTH": str(len(body)),
            "REMOTE_ADDR": "192.0.2.7",
            "SERVER_NAME": "localhost",
            "SERVER_PORT": "8000",
            "wsgi.url_scheme": "http",
            "wsgi.input": io.BytesIO(body),
            "wsgi.errors": io.StringIO(),
            **environ,
        },
        lambda status, headers, *_: said.append((status, dict(headers))),
    )
    return *said[0], b"".join(answer)


def test_a_token_is_issued_before_django(payroll, monkeypatch):
    monkeypatch.setattr("portal.wsgi.django_application", None)
    body = urlencode({"grant_type": "client_credentials"}).encode()
    status, headers, content = called("POST", "/oauth2/v2.0/token", body, **payroll.basic())
    assert status == "200 OK"
    assert json.loads(content)["token_type"] == "Bearer"
    assert headers["Cache-Control"] == "no-store"
    assert headers["Content-Length"] == str(len(content))
    assert len(headers["X-Request-Id"]) == 32


@pytest.mark.parametrize("path", ["/OAuth2/V2.0/Token", "/oauth2/v2.0/token/", "/.well-known/openid-configuration"])
@pytest.mark.parametrize("method", ["GET", "POST", "OPTIONS", "DELETE"])
def test_the_server_and_djangos_client_get_the_same_answer(method, path):
    status, headers, content = called(method, path, b"x=1")
    django = Client().generic(method, path, b"x=1", content_type=FORM)
    assert (status[:3], content) == (str(django.status_code), django.content)
    varying = {"X-Request-Id", "Content-Length"} | ({"Content-Type"} if not content else set())
    assert {k: v for k, v in headers.items() if k not in varying} == {
        k: v for k, v in django.headers.items() if k not in varying
    }


def test_pages_and_the_rest_api_go_to_django():
    assert called("GET", "/health/live")[2] == b'{"status": "ok"}'
    status, headers, _ = called("GET", "/_apis/connectionData")
    assert status.startswith("401")
    assert "Bearer" in headers["WWW-Authenticate"]


def test_a_crash_is_a_plain_500_with_the_number_of_the_request(monkeypatch, caplog):
    def crash(_: http.Request) -> http.Answer:
        raise RuntimeError("a secret: hunter2")

    path = "/oauth2/v2.0/token"
    monkeypatch.setitem(machine.ROUTES, path, machine.ROUTES[path]._replace(endpoint=crash))
    status, headers, content = called("POST", "/oauth2/v2.0/token", HTTP_X_REQUEST_ID="abcdefgh-1234")
    assert status == "500 Internal Server Error"
    assert json.loads(content)["error"] == "server_error"
    assert b"hunter2" not in content
    assert headers["X-Request-Id"] == "abcdefgh-1234"
    assert "abcdefgh-1234" in caplog.text


def test_of_a_body_that_is_too_large_no_more_is_read_than_shows_it():
    class Endless(io.BytesIO):
        asked = 0

        def read(self, size: int | None = -1) -> bytes:
            self.asked += size or 0
            return b"x" * (size or 0)

    stream: Any = Endless()
    status, _, content = called("POST", "/oauth2/v2.0/token", **{"CONTENT_LENGTH": str(10**9), "wsgi.input": stream})
    assert status.startswith("413")
    assert json.loads(content)["error"] == "invalid_request"
    assert stream.asked <= http.MOST_BYTES + 1


def test_who_is_asked_before_a_call_may_answer_it_and_who_is_told_after_it_learns_what_came_of_it(monkeypatch):
    told: list[tuple[str, int]] = []
    monkeypatch.setattr(machine, "BEFORE", [lambda name, _: http.json_answer({"error": name}, 429)])
    monkeypatch.setattr(machine, "AFTER", [lambda name, status, seconds: told.append((name, status))])
    assert called("POST", "/oauth2/v2.0/token")[0] == "429 Too Many Requests"
    assert called("GET", "/_apis/connectionData")[0] == "429 Too Many Requests"
    assert told == [("token", 429), ("api", 429)]


def test_somebody_who_allowed_the_service_before_gets_the_answer_that_django_would_give(
    alice_browser, payroll, connected, monkeypatch
):
    """The same redirect with the same headers; only the code in it is another."""
    if connection.vendor != "postgresql":
        missing("PostgreSQL")
    path, _, query = payroll.request().partition("?")
    cookie = alice_browser.cookies[settings.SESSION_COOKIE_NAME].value
    environ = {
        "QUERY_STRING": query,
        "HTTP_COOKIE": f"{settings.SESSION_COOKIE_NAME}={cookie}",
        "HTTP_HOST": "testserver",
    }
    with monkeypatch.context() as patch:
        patch.setattr("portal.wsgi.django_application", None)
        status, quick, content = called("GET", path, **environ)
    assert (status, content) == ("302 Found", b"")
    assert AuthorizationCode.objects.filter(spent_at=None).count() == 1
    assert Event.objects.filter(name=Kind.CODE_ISSUED).count() == 2
    monkeypatch.setattr("authorizations.pages.known.answer", lambda *_: None)
    slow = alice_browser.get(payroll.request())
    parts = [parse_qs(urlsplit(place).query) for place in (quick["Location"], slow["Location"])]
    assert {k: v for k, v in parts[0].items() if k != "code"} == {k: v for k, v in parts[1].items() if k != "code"}
    own = {"X-Request-Id", "Location", "Content-Length"}
    expected = {k: v for k, v in slow.headers.items() if k not in own}
    assert {k: v for k, v in quick.items() if k not in own} == expected
    exchanged = payroll.exchange(parts[0]["code"][0])
    assert exchanged.status_code == 200


def test_who_is_behind_a_session_is_guessed_and_a_wrong_guess_put_right(
    alice, bob, alice_browser, payroll, connected, monkeypatch
):
    if connection.vendor != "postgresql":
        missing("PostgreSQL")
    monkeypatch.setattr("portal.wsgi.django_application", None)
    path, _, query = payroll.request().partition("?")
    cookie = f"{settings.SESSION_COOKIE_NAME}={alice_browser.cookies[settings.SESSION_COOKIE_NAME].value}"

    def costs() -> int:
        with CaptureQueriesContext(connection) as captured:
            environ = {"QUERY_STRING": query, "HTTP_COOKIE": cookie, "HTTP_HOST": "testserver"}
            assert called("GET", path, **environ)[0] == "302 Found"
        return len(captured)

    assert (costs(), costs()) == (3, 2)
    for place in list(known._behind._held):
        known._behind.keep(place, str(bob.pk))
    assert (costs(), costs()) == (3, 2)
    codes = AuthorizationCode.objects.filter(spent_at=None)
    assert {code.authorization.person_id for code in codes} == {alice.pk}


@pytest.mark.parametrize(
    "change", ["revoked", "inactive", "signed out", "other host", "app off", "prompt", "more asked"]
)
def test_where_anything_is_not_as_usual_the_page_decides(change, alice, alice_browser, payroll, connected, monkeypatch):
    if connection.vendor != "postgresql":
        missing("PostgreSQL")
    query = payroll.request().partition("?")[2]
    cookie = alice_browser.cookies[settings.SESSION_COOKIE_NAME].value
    environ = {
        "QUERY_STRING": query,
        "HTTP_COOKIE": f"{settings.SESSION_COOKIE_NAME}={cookie}",
        "HTTP_HOST": "testserver",
    }
    if change == "revoked":
        Authorization.objects.update(revoked_at=timezone.now())
    elif change == "inactive":
        User.objects.filter(pk=alice.pk).update(is_active=False)
    elif change == "signed out":
        alice_browser.logout()
    elif change == "other host":
        environ["HTTP_HOST"] = "evil.example"
    elif change == "app off":
        Application.objects.update(disabled_at=timezone.now())
    elif change == "prompt":
        environ["QUERY_STRING"] += "&prompt=consent"
    else:
        Authorization.objects.update(scopes=["openid"])
    before = Event.objects.filter(name=Kind.CODE_ISSUED).count()
    passed: list[Any] = []
    monkeypatch.setattr("portal.wsgi.django_application", lambda *_: passed.append(1) or [b""])
    said = application(environ | {"REQUEST_METHOD": "GET", "PATH_INFO": "/oauth2/v2.0/authorize"}, lambda *_: None)
    assert passed, said
    assert Event.objects.filter(name=Kind.CODE_ISSUED).count() == before
