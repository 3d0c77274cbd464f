"""Limits at every endpoint: who is told to wait, in which shape, and that no stranger uses up what somebody else may do."""

import io
from pathlib import Path

import pytest
from django.core.exceptions import ImproperlyConfigured
from django.test import Client

from authorizations import limits
from authorizations.limits import callers, guard
from authorizations.limits.counting import MOST_KEPT, Counts
from authorizations.models import Authorization
from authorizations.notifications import links
from authorizations.personal_format import new_value
from authorizations.protocol.http import Request
from portal import env
from tests import factories, people, whys

ALICES, MALLORYS = "192.0.2.1", "203.0.113.66"
CREDENTIALS = {"grant_type": "client_credentials", "scope": "vso.profile"}


@pytest.fixture
def limit(settings):
    def to(**said):
        settings.LIMITS = settings.LIMITS | {name: (count, 60) for name, count in said.items()}
        limits.forget()

    return to


@pytest.fixture(autouse=True)
def _in_the_middle_of_a_minute(monkeypatch):
    """A window that ends during a test would let its counts start again."""
    monkeypatch.setattr("authorizations.limits.counting.time.time", lambda: 1_800_000_010.0)
    monkeypatch.setattr(Counts.__init__, "__defaults__", (None, lambda: 1_800_000_010.0))


def ask(app, address, secret=None, path="/oauth2/v2.0/token", **form):
    said = factories.basic(app.secret if secret is None else secret, app.client_id)
    return app.post(path, form or CREDENTIALS, REMOTE_ADDR=address, **said)


def told_to_wait(answer):
    assert answer.status_code == 429, (answer.status_code, answer.content[:300])
    assert 1 <= int(answer["Retry-After"]) <= 60
    return answer


def told_by_oauth(answer):
    said = told_to_wait(answer).json()
    assert said["error"] == "temporarily_unavailable" and whys.code_of(said["error_uri"]) == "too_many_requests"
    return said


# Clients


def test_wrong_secrets_from_one_address_are_told_to_wait(payroll, limit):
    limit(token_per_address=3)
    assert [ask(payroll, MALLORYS, "wrong.secret").status_code for _ in range(5)] == [401, 401, 401, 429, 429]
    told_by_oauth(ask(payroll, MALLORYS, "wrong.secret"))


def test_a_flood_of_wrong_secrets_costs_no_statement(payroll, limit, django_assert_num_queries):
    limit(token_per_address=2)
    for _ in range(2):
        ask(payroll, MALLORYS, "wrong.secret")
    with django_assert_num_queries(0):
        for _ in range(20):
            told_by_oauth(ask(payroll, MALLORYS, "wrong.secret"))


def test_no_stranger_locks_out_a_client_whose_name_they_use(payroll, limit):
    limit(token_per_address=3, failed_per_client_and_address=2, token_per_client=50)
    for number in range(60):
        ask(payroll, f"203.0.113.{number}", "wrong.secret")
    assert ask(payroll, ALICES).status_code == 200


def test_not_even_from_the_same_address(payroll, limit):
    """An office, or a cloud, has one address for many. Who was good before goes on, and only the others wait."""
    limit(token_per_address=3, failed_per_client_and_address=2)
    assert ask(payroll, ALICES).status_code == 200
    for _ in range(10):
        ask(payroll, ALICES, "wrong.secret")
    told_by_oauth(ask(payroll, ALICES, "wrong.secret"))
    assert ask(payroll, ALICES).status_code == 200
    assert ask(payroll, ALICES, path="/oauth2/v2.0/introspect", token="x").json() == {"active": False}


def test_one_pair_of_client_and_address_waits_before_the_whole_address_does(payroll, limit):
    limit(token_per_address=100, failed_per_client_and_address=2)
    other = factories.app(name="Ledger")
    assert [ask(payroll, ALICES, "wrong.secret").status_code for _ in range(4)] == [401, 401, 429, 429]
    assert ask(other, ALICES, "wrong.secret").status_code == 401


def test_an_authenticated_client_has_a_limit_of_its_own(payroll, limit):
    limit(token_per_client=2)
    assert [ask(payroll, ALICES).status_code for _ in range(2)] == [200, 200]
    told_by_oauth(ask(payroll, "192.0.2.2"))  # wherever it calls from
    assert ask(factories.app(name="Ledger"), ALICES).status_code == 200


@pytest.mark.parametrize("endpoint", ["introspect", "revoke"])
def test_introspection_and_revocation_are_limited_alike(payroll, resource_server, limit, endpoint):
    limit(**{f"{endpoint}_per_address": 2, f"{endpoint}_per_client": 2})
    path = f"/oauth2/v2.0/{endpoint}"
    assert [ask(resource_server, MALLORYS, "wrong.secret", path, token="x").status_code for _ in range(3)] == [
        401,
        401,
        429,
    ]
    assert [ask(resource_server, ALICES, None, path, token="x").status_code for _ in range(3)] == [200, 200, 429]
    assert ask(payroll, ALICES, None, path, token="x").status_code == 200


def test_a_public_client_is_counted_with_its_address(public_app, limit, alice_browser):
    """Anybody can use its name, so its name alone decides nothing; what it was issued does."""
    limit(token_per_address=3, token_per_client=5, failed_per_client_and_address=3)
    tokens = factories.connect(alice_browser, public_app)
    guess = {"grant_type": "refresh_token", "refresh_token": "made.up.token", "client_id": public_app.client_id}
    answers = [public_app.post("/oauth2/v2.0/token", guess, REMOTE_ADDR=MALLORYS).status_code for _ in range(5)]
    assert answers == [400, 400, 400, 429, 429]
    right = guess | {"refresh_token": tokens["refresh_token"]}
    refreshed = public_app.post("/oauth2/v2.0/token", right, REMOTE_ADDR=ALICES)
    assert refreshed.status_code == 200


def test_a_public_client_at_the_address_of_an_attacker_still_refreshes(public_app, limit, alice_browser):
    limit(token_per_address=3, failed_per_client_and_address=3)
    tokens = factories.connect(alice_browser, public_app)
    guess = {"grant_type": "refresh_token", "refresh_token": "made.up.token", "client_id": public_app.client_id}
    for _ in range(6):
        public_app.post("/oauth2/v2.0/token", guess, REMOTE_ADDR=ALICES)
    right = guess | {"refresh_token": tokens["refresh_token"]}
    assert public_app.post("/oauth2/v2.0/token", right, REMOTE_ADDR=ALICES).status_code == 200


def test_the_legacy_wire_has_its_own_shape(legacy_app, limit):
    limit(token_per_address=2)
    form = {"grant_type": "refresh_token", "assertion": "x"}
    secret, legacy_app.secret = legacy_app.secret, "wrong.secret"
    assert [legacy_app.legacy_token(**form).status_code for _ in range(2)] == [400, 400]
    said = told_to_wait(legacy_app.legacy_token(**form))
    assert said.json()["Error"] == "serverError" and said["Sunset"]
    legacy_app.secret = secret
    legacy_app.http.defaults["REMOTE_ADDR"] = "192.0.2.9"
    assert legacy_app.legacy_token(**form).json()["Error"] == "invalidRefreshToken"


# Tokens


def test_made_up_tokens_at_the_api_are_told_to_wait_in_its_shape(connected, limit):
    limit(api_per_address=2)
    call = lambda token: Client().get("/_apis/connectionData", HTTP_AUTHORIZATION=f"Bearer {token}")  # noqa: E731
    assert [call("made.up.token").status_code for _ in range(2)] == [401, 401]
    refused = told_to_wait(call("made.up.token"))
    assert refused.json()["typeKey"] == "RequestBlockedException" and "WWW-Authenticate" not in refused
    assert whys.code_of(whys.rest(refused)) == "too_many_requests"
    assert call(connected["access_token"]).status_code == 200  # from the same address


def test_guessed_personal_tokens_cost_no_statement_and_a_real_one_goes_on(alice, limit, django_assert_num_queries):
    limit(api_per_address=2)
    held = factories.personal_token(alice)
    call = lambda value: Client().get("/_apis/connectionData", **factories.basic(value))  # noqa: E731
    assert call(held.value).status_code == 200
    assert [call(new_value()).status_code for _ in range(2)] == [401, 401]
    with django_assert_num_queries(0):
        told_to_wait(call(new_value()))
    assert call(held.value).status_code == 200


def test_one_token_does_not_use_up_what_another_may_do(connected, alice, limit):
    limit(api_per_client=2)
    call = lambda **said: Client().get("/_apis/connectionData", **said)  # noqa: E731
    bearer = {"HTTP_AUTHORIZATION": f"Bearer {connected['access_token']}"}
    assert [call(**bearer).status_code for _ in range(3)] == [200, 200, 429]
    assert call(**factories.basic(factories.personal_token(alice).value)).status_code == 200


def test_a_call_without_a_token_is_not_counted(limit):
    """Old clients begin with one and wait for the challenge."""
    limit(api_per_address=1)
    assert [Client().get("/_apis/connectionData").status_code for _ in range(5)] == [401] * 5


def test_userinfo_says_it_as_oauth_does(connected, limit):
    limit(api_per_address=1)
    call = lambda: Client().get("/oauth2/v2.0/userinfo", HTTP_AUTHORIZATION="Bearer made.up")  # noqa: E731
    assert call().status_code == 401
    told_by_oauth(call())


# Pages


def page_says_wait(response):
    text = told_to_wait(response).content.decode()
    assert 'id="error-code">too_many_requests' in text and f"Wait {response['Retry-After']} second" in text


@pytest.mark.django_db
def test_sign_in_is_limited_by_address(limit):
    limit(signin_per_address=2)
    assert [Client().get("/signin").status_code for _ in range(2)] == [200, 200]
    page_says_wait(Client().get("/signin"))
    page_says_wait(Client().post("/signin/start", {"kind": "work"}))
    assert Client(REMOTE_ADDR="192.0.2.2").get("/signin").status_code == 200


def test_authorization_requests_are_limited_by_person_and_by_address_of_strangers(alice, alice_browser, payroll, limit):
    limit(authorize_per_address=1, authorize_per_person=2)
    assert Client().get(payroll.request()).status_code == 302
    page_says_wait(Client().get(payroll.request()))
    assert [alice_browser.get(payroll.request()).status_code for _ in range(2)] == [200, 200]  # the same address
    page_says_wait(alice_browser.get(payroll.request()))
    assert people.browser(people.person("bob")).get(payroll.request()).status_code == 200


def test_the_admin_is_limited_for_strangers_before_it_is_for_staff(limit, db):
    olivia = people.person("olivia")
    olivia.is_staff, olivia.role = True, "administrator"
    olivia.save()
    staff = people.browser(olivia)
    limit(admin_per_address=1, admin_per_person=3)
    assert Client().get("/admin/").status_code == 302
    page_says_wait(Client().get("/admin/"))
    assert staff.get("/admin/switches").status_code == 200


GUESSED = ("/notices/revoke/made-up", "/notices/deny/made-up", "/notices/unsubscribe/made-up",
           "/app/secrets.ics?key=made-up", "/why/brown_out?about=made-up")  # fmt: skip


@pytest.mark.parametrize("path", GUESSED)
@pytest.mark.django_db
def test_made_up_links_are_told_to_wait(path, limit):
    limit(guesses_per_address=2)
    assert 429 not in [Client().get(path).status_code for _ in range(2)]
    page_says_wait(Client().get(path))


def test_invitations_are_guessed_at_by_people_who_are_signed_in(alice_browser, limit):
    limit(guesses_per_address=1)
    assert alice_browser.get("/_invitations/made-up").status_code == 404
    page_says_wait(alice_browser.get("/_invitations/made-up"))


def test_a_right_link_is_never_refused(alice, connected, limit):
    limit(guesses_per_address=1)
    page_says_wait([Client().get("/notices/revoke/made-up") for _ in range(3)][-1])
    right = links.revoke(str(Authorization.objects.get().pk), alice.pk)
    assert Client().get(right.removeprefix("http://localhost:8000")).status_code == 200
    assert Client().get("/why/brown_out").status_code == 200


@pytest.mark.django_db
def test_receipts_are_checked_so_often(limit):
    limit(verify_per_address=1)
    assert Client().post("/receipts/verify", {"text": "x"}).status_code == 422
    page_says_wait(Client().post("/receipts/verify", {"text": "x"}))
    assert Client().get("/receipts/verify").status_code == 200


# How it counts


def test_windows_follow_the_clock_and_refused_calls_do_not_count():
    now = [1000.0]
    counts = Counts(clock=lambda: now[0])
    assert [counts.add("a", (2, 60)) for _ in range(4)] == [0.0, 0.0, 20.0, 20.0]  # 1020 begins the next minute
    now[0] = 1019.9
    assert counts.full("a", (2, 60)) == pytest.approx(0.1)
    now[0] = 1020.0
    assert counts.full("a", (2, 60)) == 0.0 and counts.add("a", (2, 60)) == 0.0
    assert [counts.add("off", (0, 0)) for _ in range(3)] == [0.0] * 3 and counts.full("off", (0, 0)) == 0.0


def test_a_flood_of_addresses_does_not_fill_the_memory():
    counts = Counts()
    for number in range(MOST_KEPT + 5):
        counts.add(str(number), (5, 60))
    assert len(counts._windows) <= MOST_KEPT


@pytest.mark.parametrize(
    ("address", "counted"),
    [
        ("192.0.2.1", "192.0.2.1"),
        ("::ffff:192.0.2.1", "192.0.2.1"),
        ("2001:db8:1:2:3:4:5:6", "2001:db8:1:2::/64"),
        ("2001:db8:1:2::1", "2001:db8:1:2::/64"),
        ("", "unknown"),
        ("unix:", "unix:"),
    ],
)
def test_under_which_name_an_address_is_counted(address, counted):
    assert callers.network(address) == counted


def test_a_long_name_is_kept_short():
    assert len(callers.named("x" * 500)) == 32 and callers.named("a\x00b") != "a\x00b"
    assert callers.named("payroll") == "payroll"


@pytest.mark.parametrize("said", ["600", "600/day", "-1/minute", "0/minute", "1e3/minute", "600/minutes", "many"])
def test_a_wrong_limit_ends_the_start_with_one_line(said, monkeypatch):
    monkeypatch.setenv("LIMIT_TOKEN_PER_CLIENT", said)
    with pytest.raises(ImproperlyConfigured, match="LIMIT_TOKEN_PER_CLIENT must be like 600/minute"):
        env.rate("LIMIT_TOKEN_PER_CLIENT", "1/second")


def test_a_limit_is_read(monkeypatch):
    monkeypatch.setenv("LIMIT_X", "5/second")
    assert env.rate("LIMIT_X", "1/hour") == (5, 1) and env.rate("LIMIT_Y", "9/hour") == (9, 3600)
    monkeypatch.setenv("LIMIT_X", "off")
    assert env.rate("LIMIT_X", "1/hour") == (0, 0)


def test_every_limit_has_its_line_in_the_docs(settings):
    told = (Path(__file__).parents[2] / "docs" / "limits-and-switches.md").read_text()
    assert [name for name in settings.LIMITS if f"`LIMIT_{name.upper()}`" not in told] == []


def test_nothing_is_told_to_health_without_redis():
    assert limits.health() == "" and guard.guard().store is None


# What is too large or makes no sense


def test_a_large_body_is_not_read(payroll):
    class Endless:
        read_bytes = 0

        def read(self, size):
            self.read_bytes += size
            return b"x" * size

    body = Endless()
    request = Request({"REQUEST_METHOD": "POST", "CONTENT_LENGTH": "99999999999", "wsgi.input": body})
    assert len(request.body) <= 64 * 1024 + 1 and body.read_bytes <= 64 * 1024 + 1


@pytest.mark.parametrize(
    "path", ["/oauth2/v2.0/token", "/oauth2/v2.0/introspect", "/oauth2/v2.0/revoke", "/oauth2/token"]
)
def test_a_body_over_the_limit_is_413(path, payroll):
    answer = payroll.post(path, {"token": "x" * 70_000}, **payroll.basic())
    assert answer.status_code == 413, answer.content


REST = ("/_apis/delegatedauth/registration", "/contoso/_apis/tokens/pats", "/_apis")


@pytest.mark.parametrize("path", ["/secrets/report", *REST, "/signin/start", "/app/register", "/nothing/here"])
def test_a_large_document_is_413_before_any_of_it_is_read(path):
    body = io.BytesIO(b"x" * 600_000)
    said = {"CONTENT_LENGTH": "600000", "wsgi.input": body}
    answer = Client().generic("POST", path, content_type="application/json", **said)
    assert body.tell() == 0
    assert answer.status_code == 413 and answer["X-Request-Id"]
    if path in REST:
        assert answer.json()["typeKey"] == "VssServiceException"


@pytest.mark.parametrize("length", ["abc", "-1", "1e9", "\u0661", " ", "0x10", "9" * 30])
@pytest.mark.parametrize(
    "path", ["/oauth2/v2.0/token", "/secrets/report", "/_apis/delegatedauth/registration", "/signin/start"]
)
@pytest.mark.django_db
def test_a_length_that_makes_no_sense_is_no_server_error(path, length):
    answer = Client().post(path, "x", content_type="application/json", CONTENT_LENGTH=length)
    assert answer.status_code < 500, answer.status_code


@pytest.mark.parametrize(
    "name",
    [
        "HTTP_AUTHORIZATION",
        "HTTP_USER_AGENT",
        "HTTP_X_REQUEST_ID",
        "HTTP_X_FORWARDED_FOR",
        "HTTP_COOKIE",
        "HTTP_ACCEPT",
        "HTTP_HOST",
        "CONTENT_TYPE",
    ],
)
@pytest.mark.parametrize(
    "value", ["\x00", "\xff\xfe", "a" * 20_000, "Basic =", "Basic " + "A" * 9000, "Bearer ..", ";;,,==", "[::1"]
)
@pytest.mark.django_db
def test_malformed_headers_are_no_server_error(name, value):
    for path in ("/oauth2/v2.0/token", "/oauth2/v2.0/userinfo", "/_apis/connectionData", "/signin", "/health/live"):
        method = Client().post if path.endswith("token") else Client().get
        assert method(path, **{name: value}).status_code < 500, path
