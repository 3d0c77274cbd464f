"""How many statements each machine call may cost, counted on PostgreSQL; transaction control is not counted."""

import re
from collections.abc import Callable
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from authorizations.services.keys import ring
from tests import factories
from tests.conftest import missing

pytestmark = pytest.mark.django_db
CONTROL = re.compile(r"^\s*(BEGIN|COMMIT|ROLLBACK|SAVEPOINT|RELEASE)", re.I)


@pytest.fixture(autouse=True)
def _postgresql(db):
    if connection.vendor != "postgresql":
        missing("PostgreSQL")
    ring.published()


def statements(call: Callable[[], Any]) -> tuple[Any, list[str]]:
    with CaptureQueriesContext(connection) as captured:
        answer = call()
    return answer, [q["sql"] for q in captured.captured_queries if not CONTROL.match(q["sql"])]


def spends(most: int, call: Callable[[], Any], status: int = 200) -> Any:
    answer, found = statements(call)
    assert answer.status_code == status, answer.content[:500]
    assert len(found) <= most, "\n".join([f"{len(found)} statements, {most} allowed:", *found])
    print(f"statements: {len(found)}")
    return answer


def test_introspecting_costs_one_statement(connected, resource_server):
    call = lambda: resource_server.call("/oauth2/v2.0/introspect", {"token": connected["access_token"]})  # noqa: E731
    assert spends(1, call).json()["active"] is True


def test_introspecting_a_token_of_a_client_costs_one_statement(payroll, resource_server):
    token = payroll.token(grant_type="client_credentials").json()["access_token"]
    assert spends(1, lambda: resource_server.call("/oauth2/v2.0/introspect", {"token": token})).json()["active"]


def test_userinfo_costs_one_statement(connected):
    bearer = f"Bearer {connected['access_token']}"
    spends(1, lambda: Client().get("/oauth2/v2.0/userinfo", HTTP_AUTHORIZATION=bearer))


def test_a_call_of_the_api_costs_one_statement_before_its_own_data(connected):
    bearer = f"Bearer {connected['access_token']}"
    spends(1, lambda: Client().get("/_apis/connectionData", HTTP_AUTHORIZATION=bearer))


def test_a_garbage_bearer_costs_none(db):
    spends(0, lambda: Client().get("/oauth2/v2.0/userinfo", HTTP_AUTHORIZATION="Bearer x.y.z"), status=401)


def test_refreshing_costs_at_most_two(payroll, connected):
    spends(2, lambda: payroll.refresh(connected["refresh_token"]))


def test_exchanging_a_code_costs_at_most_two(alice_browser, payroll):
    code = factories.approve(alice_browser, payroll)
    spends(2, lambda: payroll.exchange(code))


def test_a_legacy_exchange_and_refresh_cost_no_more(alice_browser, legacy_app):
    code = factories.approve(alice_browser, legacy_app)
    grant = "urn:ietf:params:oauth:grant-type:jwt-bearer"
    tokens = spends(2, lambda: legacy_app.legacy_token(grant_type=grant, assertion=code)).json()
    spends(2, lambda: legacy_app.legacy_token(grant_type="refresh_token", assertion=tokens["refresh_token"]))


def test_client_credentials_cost_at_most_two(payroll):
    spends(2, lambda: payroll.token(grant_type="client_credentials"))


def test_the_approval_page_costs_at_most_five(alice, alice_browser, payroll):
    for slug in ("contoso", "fabrikam", "northwind"):
        factories.organization(slug, alice)
    spends(5, lambda: alice_browser.get(payroll.request()))


def test_a_known_consent_that_django_answers_costs_at_most_four(alice_browser, payroll, connected):
    spends(4, lambda: alice_browser.get(payroll.request()), status=302)


def test_discovery_and_keys_cost_nothing(db):
    spends(0, lambda: Client().get("/.well-known/openid-configuration"))
    spends(0, lambda: Client().get("/.well-known/jwks.json"))


@pytest.mark.parametrize("path", ["token", "introspect", "revoke"])
def test_no_password_hash_is_computed_at_a_machine_endpoint(payroll, monkeypatch, path):
    def never(*_: Any, **__: Any) -> None:
        raise AssertionError("a password hash at a machine endpoint")

    monkeypatch.setattr("django.contrib.auth.hashers.PBKDF2PasswordHasher.encode", never)
    form = {"grant_type": "client_credentials", "token": "x"}
    assert payroll.call(f"/oauth2/v2.0/{path}", form).status_code == 200


def test_the_approval_page_costs_no_more_where_approval_is_missing(alice, alice_browser, payroll):
    for slug in ("contoso", "fabrikam"):
        made = factories.organization(slug, alice)
        made.policies = {"approved_services_only": [[0, True]]}
        made.save()
    page = spends(5, lambda: alice_browser.get(payroll.request()))
    assert b"Ask for approval" in page.content
