"""Answers on the approval page that arrive at once."""

import pytest
from django.db import connection
from django.utils import timezone

from authorizations.events.models import Event
from authorizations.models import Authorization, AuthorizationCode, BlockedApp
from authorizations.services import blocking
from tests import factories, people
from tests.authorizations.test_races_postgresql import at_once
from tests.conftest import missing

pytestmark = pytest.mark.django_db(transaction=True)
AUTHORIZE = "/oauth2/v2.0/authorize"


@pytest.fixture(autouse=True)
def _postgresql():
    if connection.vendor != "postgresql":
        missing("PostgreSQL")


@pytest.mark.parametrize("turn", range(3))
def test_two_tabs_that_accept_at_once_make_one_authorization_with_one_of_their_choices(alice, payroll, turn):
    mine = str(factories.organization("contoso", alice).pk)
    browser = people.browser(alice)
    tickets = [factories.ticket_of(browser.get(payroll.request(scope="openid vso.project"))) for _ in range(4)]

    def tab(number):
        other = people.Client()
        other.cookies = browser.cookies
        chosen = {"reach": "some", "organization": mine, "duration": "1"} if number % 2 else {"reach": "all"}
        return other.post(f"{AUTHORIZE}/decision", {"ticket": tickets[number], "decision": "accept"} | chosen)

    answers = at_once(*[lambda n=n: tab(n) for n in range(4)])
    assert [a.status_code for a in answers] == [302] * 4
    standing = Authorization.objects.get(revoked_at=None)
    assert standing.organizations in (None, [mine]) and AuthorizationCode.objects.count() == 4
    assert Event.objects.filter(name="authorization.granted").count() == 1


def test_refusing_for_good_at_once_is_refusing_once(alice, payroll):
    at_once(*[lambda: blocking.block(alice, payroll.app, now=timezone.now())] * 6)
    assert BlockedApp.objects.count() == 1 and Event.objects.filter(name="app.blocked").count() == 1


def test_undoing_at_once_is_undoing_once(alice, payroll):
    blocking.block(alice, payroll.app, now=timezone.now())
    undone = at_once(*[lambda: blocking.unblock(alice, payroll.app, now=timezone.now())] * 6)
    assert sum(undone) == 1 and Event.objects.filter(name="app.unblocked").count() == 1
