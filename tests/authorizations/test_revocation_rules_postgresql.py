"""A rule is made while services refresh and call, and several rules at once."""

from collections import Counter

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from authorizations.models import RevocationRule
from authorizations.services import revocation_rules, rule_impact
from authorizations.services.keys import ring
from tests import factories, people
from tests.authorizations.test_page_budgets_postgresql import CONTROL
from tests.authorizations.test_races_postgresql import at_once
from tests.conftest import missing

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture(autouse=True)
def _postgresql():
    if connection.vendor != "postgresql":
        missing("PostgreSQL")
    ring.published()


@pytest.fixture
def contoso(alice, bob):
    return factories.organization("contoso", bob, alice)


def projects(token):
    return Client().get("/contoso/_apis/projects?api-version=7.1", HTTP_AUTHORIZATION=f"Bearer {token}").status_code


def making(organization, *scopes):
    def call():
        return revocation_rules.make(organization, scopes, by=organization.owner, now=timezone.now())

    return call


@pytest.mark.parametrize("turn", range(5))
def test_no_call_passes_after_a_rule_that_races_calls_and_refreshes(alice_browser, contoso, payroll, turn):
    tokens = factories.connect(alice_browser, payroll)
    use = lambda: projects(tokens["access_token"])  # noqa: E731
    refresh = lambda: payroll.refresh(tokens["refresh_token"]).json()  # noqa: E731
    _, first, second, *fresh = at_once(making(contoso, "vso.project"), use, use, refresh, refresh)
    assert {first, second} <= {200, 403}
    assert Counter(projects(t["access_token"]) for t in [tokens, *fresh]) == {403: 3}


@pytest.mark.parametrize("turn", range(3))
def test_rules_made_at_once_all_count(alice_browser, contoso, turn):
    scopes = ["vso.project", "vso.code", "vso.build", "vso.work"]
    at_once(*[making(contoso, s) for s in scopes])
    contoso.refresh_from_db()
    assert {s for _, ruled in contoso.token_rules for s in ruled} == set(scopes)
    assert RevocationRule.objects.standing().count() == 4


@pytest.mark.parametrize("turn", range(3))
def test_a_withdrawal_and_a_new_rule_never_undo_each_other(contoso, bob, turn):
    old = making(contoso, "vso.code")()
    done, _ = at_once(
        lambda: revocation_rules.withdraw(old, by=bob, now=timezone.now()), making(contoso, "vso.project")
    )
    contoso.refresh_from_db()
    assert done and [ruled for _, ruled in contoso.token_rules] == [["vso.project"]]


def test_of_many_withdrawals_one_is_recorded(contoso, bob):
    rule = making(contoso, "vso.code")()
    done = at_once(*[lambda: revocation_rules.withdraw(rule, by=bob, now=timezone.now()) for _ in range(4)])
    assert sorted(done) == [False, False, False, True]


def test_a_rule_costs_a_call_no_statement(alice_browser, contoso, payroll):
    token = factories.connect(alice_browser, payroll)["access_token"]
    before = statements(lambda: projects(token))
    making(contoso, "vso.code")()
    assert statements(lambda: projects(token)) == before


def test_a_preview_costs_one_statement_for_one_and_for_many(contoso, alice_browser, bob, payroll):
    factories.connect(alice_browser, payroll)
    now = timezone.now()
    preview = lambda: rule_impact.impact(contoso, ["vso.project"], now, now)  # noqa: E731
    assert statements(preview) == 1
    for n in range(5):
        factories.connect(people.browser(bob), factories.app(name=f"Service {n}", scopes=["vso.project"]))
    assert statements(preview) == 1


def statements(call):
    with CaptureQueriesContext(connection) as captured:
        call()
    return len([q for q in captured.captured_queries if not CONTROL.match(q["sql"])])
