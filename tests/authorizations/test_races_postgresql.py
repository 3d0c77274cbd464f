"""Many at once, on a database that really runs them at once."""

import threading
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.utils import timezone

from authorizations.models import Authorization, AuthorizationCode, Connection
from authorizations.services.keys import ring
from authorizations.services.revocation import revoke_authorization
from tests import factories, people
from tests.conftest import missing

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture(autouse=True)
def _postgresql():
    if connection.vendor != "postgresql":
        missing("PostgreSQL")
    ring.published()


def at_once(*calls: Any) -> list[Any]:
    """Runs the calls in threads that start together; each closes its own database connection."""
    barrier = threading.Barrier(len(calls))

    def run(call: Any) -> Any:
        try:
            barrier.wait(timeout=30)
            return call()
        finally:
            connection.close()

    with ThreadPoolExecutor(len(calls)) as pool:
        return [future.result(timeout=60) for future in [pool.submit(run, call) for call in calls]]


def alive(token: str) -> bool:
    return Client().get("/_apis/connectionData", HTTP_AUTHORIZATION=f"Bearer {token}").status_code == 200


def live_connections() -> int:
    return Connection.objects.filter(revoked_at=None, authorization__revoked_at=None).count()


@pytest.mark.spec("RFC 6749", "10.5")
@pytest.mark.parametrize("many", [4, 16])
def test_of_parallel_exchanges_of_one_code_exactly_one_succeeds(alice_browser, payroll, many):
    code = factories.approve(alice_browser, payroll)
    answers = at_once(*[lambda: payroll.exchange(code)] * many)
    assert Counter(a.status_code for a in answers) == {200: 1, 400: many - 1}
    assert {a.json()["error"] for a in answers if a.status_code == 400} == {"invalid_grant"}
    assert Connection.objects.count() == 1 and live_connections() <= 1
    issued = next(a.json() for a in answers if a.status_code == 200)
    # The code was used more than once, so what it issued is over: no ghost keeps working.
    assert live_connections() == 0
    assert not alive(issued["access_token"])
    assert payroll.refresh(issued["refresh_token"]).json()["error"] == "invalid_grant"


@pytest.mark.parametrize("many", [4, 16])
def test_parallel_refreshes_of_one_token_get_one_working_successor(alice_browser, payroll, many):
    tokens = factories.connect(alice_browser, payroll)
    answers = at_once(*[lambda: payroll.refresh(tokens["refresh_token"])] * many)
    assert Counter(a.status_code for a in answers) == {200: many}
    successors = {a.json()["refresh_token"] for a in answers}
    assert len(successors) == 1 and live_connections() == 1
    assert all(alive(a.json()["access_token"]) for a in answers)
    assert payroll.refresh(successors.pop()).status_code == 200


@pytest.mark.parametrize("turn", range(5))
def test_nothing_survives_a_revoke_that_races_refreshes(alice, alice_browser, payroll, resource_server, turn):
    tokens = factories.connect(alice_browser, payroll)
    authorization = Authorization.objects.select_related("person", "application").get()

    def revoke() -> bool:
        return revoke_authorization(authorization, by=alice, reason="revoked", now=timezone.now())

    done, *answers = at_once(revoke, *[lambda: payroll.refresh(tokens["refresh_token"])] * 4)
    assert done and {a.status_code for a in answers} <= {200, 400}
    issued = [tokens, *(a.json() for a in answers if a.status_code == 200)]
    for body in issued:
        assert not alive(body["access_token"])
        assert resource_server.introspect(body["access_token"]) == {"active": False}
        assert payroll.refresh(body["refresh_token"]).json()["error"] == "invalid_grant"
    assert live_connections() == 0


@pytest.mark.parametrize("turn", range(3))
def test_nothing_survives_a_revoke_that_races_an_exchange(alice, alice_browser, payroll, turn):
    code = factories.approve(alice_browser, payroll)
    authorization = Authorization.objects.select_related("person", "application").get()

    def revoke() -> bool:
        return revoke_authorization(authorization, by=alice, reason="revoked", now=timezone.now())

    done, answer = at_once(revoke, lambda: payroll.exchange(code))
    assert done and answer.status_code in {200, 400}
    if answer.status_code == 200:
        assert not alive(answer.json()["access_token"])
        assert payroll.refresh(answer.json()["refresh_token"]).json()["error"] == "invalid_grant"


def test_parallel_revokes_revoke_once(alice, alice_browser, payroll):
    factories.connect(alice_browser, payroll)
    authorization = Authorization.objects.select_related("person", "application").get()
    done = at_once(*[lambda: revoke_authorization(authorization, by=alice, reason="revoked", now=timezone.now())] * 8)
    assert sorted(done) == [False] * 7 + [True]


def _same_session(browser: Client) -> Client:
    copy = Client()
    copy.cookies = browser.cookies
    return copy


@pytest.mark.parametrize("turn", range(3))
def test_two_tabs_that_accept_at_once_share_one_live_authorization(alice_browser, payroll, turn):
    tabs = [alice_browser.get(payroll.request()) for _ in range(2)]
    browsers = [_same_session(alice_browser) for _ in tabs]
    accept = [
        lambda b=b, tab=tab: factories.decide(b, tab, "/oauth2/v2.0/authorize")
        for b, tab in zip(browsers, tabs, strict=True)
    ]
    codes = [factories.answer_of(response)["code"] for response in at_once(*accept)]
    assert Authorization.objects.filter(revoked_at=None).count() == 1
    assert [payroll.exchange(code).status_code for code in codes] == [200, 200]


@pytest.mark.parametrize("turn", range(3))
def test_a_double_click_that_arrives_at_once_makes_one_live_code(alice_browser, payroll, turn):
    page = alice_browser.get(payroll.request())
    browsers = [_same_session(alice_browser) for _ in range(2)]
    click = [lambda b=b: factories.decide(b, page, "/oauth2/v2.0/authorize") for b in browsers]
    codes = [factories.answer_of(response)["code"] for response in at_once(*click)]
    assert AuthorizationCode.objects.count() == 1 and Authorization.objects.count() == 1
    assert sorted(payroll.exchange(code).status_code for code in codes) in ([200, 400], [400, 400])
    assert live_connections() <= 1


def test_two_people_do_not_wait_for_each_other(alice_browser, bob, payroll):
    browsers = [alice_browser, people.browser(bob)]
    codes = at_once(*[lambda b=b: factories.approve(b, payroll) for b in browsers])
    assert [a.status_code for a in at_once(*[lambda c=c: payroll.exchange(c) for c in codes])] == [200, 200]
    assert live_connections() == 2


def test_processes_that_need_the_first_key_at_once_agree_on_one(db):
    from authorizations.models import SigningKey
    from authorizations.services.keys import KeyRing

    SigningKey.objects.all().delete()
    kids = at_once(*[lambda: KeyRing().current("ES256").kid] * 6)
    assert SigningKey.objects.filter(algorithm="ES256").count() == 1 and len(set(kids)) == 1
