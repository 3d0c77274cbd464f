"""A resource server asks whether a token may be used in one organization; the answer is what our own API would do."""

from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.utils import timezone

from accounts import policies
from accounts.models import Membership, Organization
from authorizations.models import Authorization, ServiceRuling
from authorizations.services import shutting_out
from tests import factories
from tests.authorizations.test_budgets_postgresql import spends
from tests.conftest import missing

PATH = "/oauth2/v2.0/introspect"


@pytest.fixture
def contoso(bob, alice):
    return factories.organization("contoso", bob, alice)


def asked(server: factories.TestApp, tokens: dict[str, Any], organization: str) -> dict[str, Any]:
    answer = server.call(PATH, {"token": tokens["access_token"], "organization": organization})
    assert answer.status_code == 200
    return answer.json()


def used(tokens: dict[str, Any]) -> int:
    bearer = f"Bearer {tokens['access_token']}"
    return Client().get("/contoso/_apis/projects?api-version=7.1", HTTP_AUTHORIZATION=bearer).status_code


def set_policy(contoso: Organization, key: str, value: Any) -> None:
    now = timezone.now()
    contoso.policies = policies.with_value(contoso.policies, key, value, begins=now, now=now)
    contoso.save()


@pytest.mark.spec("RFC 7662", "2.2")
def test_where_it_may_be_used_the_answer_names_the_organization(contoso, connected, resource_server):
    found = asked(resource_server, connected, "Contoso")
    assert found["active"] is True and found["organization"] == "contoso" and "vso.project" in found["scope"]


@pytest.mark.spec("RFC 6749", "3.1")
def test_without_the_parameter_or_its_value_nothing_is_different(contoso, connected, resource_server):
    found = resource_server.introspect(connected["access_token"])
    assert found["active"] is True and "organization" not in found
    assert asked(resource_server, connected, "") == found


@pytest.mark.parametrize("name", ["fabrikam", "nowhere", "Ünïcode", "x" * 300, "'; --"])
def test_elsewhere_it_is_not_good_and_nothing_tells_what_is_not_there_from_what_is_not_theirs(
    contoso, dana, connected, resource_server, name
):
    factories.organization("fabrikam", dana)
    found = asked(resource_server, connected, name)
    assert found["active"] is False and found["reason"] == "not_a_member" and set(found) == {"active", "reason", "why"}


def test_only_a_trusted_server_reads_why(contoso, connected, payroll, dana):
    assert asked(payroll, connected, "nowhere") == {"active": False}
    assert asked(payroll, connected, "contoso")["active"] is True
    other = factories.app(name="Other")
    assert asked(other, connected, "contoso") == {"active": False}


def spoil_policy(contoso, alice, bob, app):
    set_policy(contoso, "third_party_access", False)


def spoil_block(contoso, alice, bob, app):
    ServiceRuling.objects.create(
        organization=contoso, application=app, decision="blocked", decided_by_name="Bob", decided_at=timezone.now()
    )


def spoil_approval(contoso, alice, bob, app):
    """Approved for something else, until later."""
    set_policy(contoso, "approved_services_only", True)
    ServiceRuling.objects.create(
        organization=contoso,
        application=app,
        decision="approved",
        scopes=["vso.advsec"],
        expires_at=factories.later(days=3),
        decided_by_name="Bob",
        decided_at=timezone.now(),
    )


def spoil_shut_out(contoso, alice, bob, app):
    shutting_out.for_all(contoso, app, by=bob, why="Not here", now=timezone.now())


def spoil_membership(contoso, alice, bob, app):
    Membership.objects.filter(person=alice).delete()


def spoil_choice(contoso, alice, bob, app):
    Authorization.objects.update(organizations=[])


@pytest.mark.parametrize(
    ("spoil", "reason"),
    [
        (spoil_policy, "third_party_access_off"),
        (spoil_block, "service_blocked"),
        (spoil_approval, "approval_needed"),
        (spoil_shut_out, "shut_out"),
        (spoil_membership, "not_a_member"),
        (spoil_choice, "organization_not_included"),
    ],
)
def test_what_refuses_a_call_there_refuses_here(
    contoso, alice, bob, payroll, connected, resource_server, spoil, reason
):
    assert used(connected) == 200
    spoil(contoso, alice, bob, payroll.app)
    assert used(connected) == 403
    found = asked(resource_server, connected, "contoso")
    assert found["active"] is False and found["reason"] == reason
    assert "/why/" in found["why"]
    assert resource_server.introspect(connected["access_token"])["active"] is True


def test_only_what_may_be_used_there_is_named(contoso, alice, alice_browser, resource_server):
    app = factories.app(scopes=["openid", "vso.project", "vso.code"])
    tokens = factories.connect(alice_browser, app)
    Membership.objects.filter(person=alice).update(access_level="stakeholder")
    found = asked(resource_server, tokens, "contoso")
    assert found["active"] is True and found["scope"].split() == ["openid", "vso.project"]


def test_a_revoked_token_and_a_deactivated_person_say_no_more_than_before(contoso, alice, connected, resource_server):
    alice.is_active = False
    alice.save()
    assert asked(resource_server, connected, "contoso") == {"active": False}


def test_a_refresh_token_and_a_client_by_itself_are_in_no_organization(contoso, connected, payroll, resource_server):
    assert asked(payroll, {"access_token": connected["refresh_token"]}, "contoso") == {"active": False}
    own = payroll.token(grant_type="client_credentials").json()
    assert asked(resource_server, own, "contoso") == {"active": False}


def test_it_costs_one_statement(contoso, payroll, connected, resource_server):
    if connection.vendor != "postgresql":
        missing("PostgreSQL")
    form = {"token": connected["access_token"], "organization": "contoso"}
    assert spends(1, lambda: resource_server.call(PATH, form)).json()["active"] is True
    spoil_approval(contoso, None, None, payroll.app)
    assert spends(1, lambda: resource_server.call(PATH, form)).json()["reason"] == "approval_needed"
