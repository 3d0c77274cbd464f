"""Statements per call on PostgreSQL (02-architecture: the lean path). Transaction control does not count."""

import re
from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from authorizations.services.keys import ring
from tests import factories
from tests.conftest import missing

CONTROL = re.compile(r"^(BEGIN|COMMIT|ROLLBACK|SAVEPOINT|RELEASE)")


@pytest.fixture(autouse=True)
def _postgresql(db):
    if connection.vendor != "postgresql":
        missing("PostgreSQL")
    ring.published()


@contextmanager
def at_most(budget: int) -> Iterator[None]:
    with CaptureQueriesContext(connection, ) as captured:  # fmt: skip
        yield
    statements = [q["sql"] for q in captured.captured_queries if not CONTROL.match(q["sql"])]
    assert len(statements) <= budget, "\n".join(statements)


def test_introspection_is_one_statement_live_and_revoked(alice_browser, connected, resource_server):
    with at_most(1):
        assert resource_server.introspect(connected["access_token"])["active"]
    alice_browser.post("/_usersSettings/authorizations/" + str(_authorization().pk) + "/revoke")
    with at_most(1):
        assert not resource_server.introspect(connected["access_token"])["active"]


def test_introspection_of_a_clients_own_token_is_one_statement(payroll, resource_server):
    token = payroll.token(grant_type="client_credentials", scope="vso.project").json()["access_token"]
    with at_most(1):
        assert resource_server.introspect(token)["active"]


def test_userinfo_is_one_statement(connected, payroll):
    with at_most(1):
        answer = payroll.http.get("/oauth2/v2.0/userinfo", HTTP_AUTHORIZATION=f"Bearer {connected['access_token']}")
    assert answer.status_code == 200


def test_refresh_is_at_most_four(connected, payroll):
    with at_most(4):
        assert payroll.refresh(connected["refresh_token"]).status_code == 200


def test_the_code_exchange_is_at_most_five(alice_browser, payroll):
    code = factories.approve(alice_browser, payroll)
    with at_most(5):
        assert payroll.exchange(code).status_code == 200


def test_client_credentials_are_at_most_three(payroll):
    with at_most(3):
        assert payroll.token(grant_type="client_credentials", scope="vso.project").status_code == 200


def test_the_approval_page_is_at_most_five(alice, alice_browser, payroll):
    factories.organization("contoso", alice)
    with at_most(5):
        assert alice_browser.get(payroll.request()).status_code == 200


def test_a_known_consent_is_answered_in_at_most_five(alice_browser, payroll):
    factories.approve(alice_browser, payroll)
    with at_most(5):
        assert "code" in factories.answer_of(alice_browser.get(payroll.request()))


def _authorization():
    from authorizations.models import Authorization

    return Authorization.objects.get()


def _count(browser) -> int:
    with CaptureQueriesContext(connection) as captured:
        assert browser.get("/_usersSettings/authorizations").status_code == 200
    return len(captured.captured_queries)


def test_the_authorizations_page_costs_the_same_for_one_service_and_for_fifteen(alice_browser, connected):
    one = _count(alice_browser)
    for number in range(14):
        factories.connect(alice_browser, factories.app(name=f"Service {number}"))
    assert _count(alice_browser) == one
