"""Two at once, on PostgreSQL: what is spent, rotated or revoked is decided by one statement."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.utils import timezone

from authorizations.models import Authorization, Connection
from authorizations.services.keys import ring
from authorizations.services.revocation import revoke_authorization
from tests import factories, people
from tests.conftest import missing

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture(autouse=True)
def _postgresql(transactional_db):
    if connection.vendor != "postgresql":
        missing("PostgreSQL")
    ring.published()


def at_once(count: int, act: Callable[[int], Any]) -> list[Any]:
    """Runs `act` in `count` threads that start together, each with its own database connection."""
    barrier = Barrier(count)

    def run(number: int) -> Any:
        try:
            barrier.wait(20)
            return act(number)
        finally:
            connection.close()

    with ThreadPoolExecutor(count) as pool:
        return list(pool.map(run, range(count)))


def works(payroll: factories.TestApp, access_token: str) -> bool:
    return Client().get("/_apis/connectionData", HTTP_AUTHORIZATION=f"Bearer {access_token}").status_code == 200


@pytest.mark.parametrize("parallel", [4, 16])
@pytest.mark.parametrize("round_", range(3))
def test_one_code_is_exchanged_once_and_leaves_no_live_ghost(alice_browser, payroll, parallel, round_):
    code = factories.approve(alice_browser, payroll)
    answers = at_once(parallel, lambda _: factories.TestApp(payroll.app, payroll.secret).exchange(code))
    assert sorted({a.status_code for a in answers}) == [200, 400]
    assert sum(a.status_code == 200 for a in answers) == 1
    # A replay ends what the code issued (RFC 6749 §4.1.2), so not even the winner's connection outlives the attack.
    assert Connection.objects.count() == 1 and not Connection.objects.filter(revoked_at=None).exists()
    winner = next(a.json() for a in answers if a.status_code == 200)
    assert not works(payroll, winner["access_token"])
    assert payroll.refresh(winner["refresh_token"]).json()["error"] == "invalid_grant"


@pytest.mark.parametrize("round_", range(3))
def test_parallel_refreshes_agree_on_one_successor_and_the_family_lives(connected, payroll, round_):
    token = connected["refresh_token"]
    answers = at_once(16, lambda _: factories.TestApp(payroll.app, payroll.secret).refresh(token))
    assert {a.status_code for a in answers} == {200}
    assert len({a.json()["refresh_token"] for a in answers}) == 1
    assert Connection.objects.filter(revoked_at=None).count() == 1
    assert payroll.refresh(answers[0].json()["refresh_token"]).status_code == 200


@pytest.mark.parametrize("round_", range(4))
def test_nothing_survives_a_revocation_that_races_with_refreshes(alice, connected, payroll, round_):
    authorization, token = Authorization.objects.get(), connected["refresh_token"]

    def act(number: int) -> Any:
        if number == 0:
            return revoke_authorization(authorization, by=alice, reason="revoked", now=timezone.now())
        return factories.TestApp(payroll.app, payroll.secret).refresh(token)

    answers = at_once(8, act)
    assert answers[0] is True
    for answer in answers[1:]:
        assert answer.status_code in {200, 400}
        if answer.status_code == 200:
            assert not works(payroll, answer.json()["access_token"])
            assert payroll.refresh(answer.json()["refresh_token"]).json()["error"] == "invalid_grant"


def test_two_tabs_accepting_at_once_make_one_authorization(alice, payroll):
    browsers = [people.browser(alice) for _ in range(4)]
    pages = [b.get(payroll.request()) for b in browsers]
    answers = at_once(4, lambda n: factories.decide(browsers[n], pages[n], "/oauth2/v2.0/authorize"))
    assert all("code" in factories.answer_of(a) for a in answers)
    assert Authorization.objects.filter(revoked_at=None).count() == 1


def test_a_double_click_on_accept_leaves_one_live_code(alice, alice_browser, payroll):
    page = alice_browser.get(payroll.request())
    answers = at_once(4, lambda _: factories.decide(alice_browser, page, "/oauth2/v2.0/authorize"))
    codes = [factories.answer_of(a)["code"] for a in answers]
    assert sum(payroll.exchange(code).status_code == 200 for code in codes) == 1


def test_parallel_revocations_are_one_revocation(alice, connected):
    authorization = Authorization.objects.get()
    done = at_once(8, lambda _: revoke_authorization(authorization, by=alice, reason="revoked", now=timezone.now()))
    assert sum(done) == 1
