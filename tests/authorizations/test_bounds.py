"""What a page says about an organization is what happens there: both ask the policy, on the live membership."""

from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from accounts.models import AccessLevel, Membership
from authorizations import bounds as reaching
from authorizations import places
from authorizations.models import Authorization
from authorizations.pages.reached import organization_card
from authorizations.policy import Reason
from oauthapps import scopes
from tests import factories


def bounds(person, app, organizations=None, asked=None):
    found = reaching.bounds(person, organizations, app.app, asked or app.app.all_scopes, now=timezone.now())
    return {b.organization.slug: b for b in found}


def level(person, slug, value):
    Membership.objects.filter(person=person, organization__slug=slug).update(access_level=value)


def projects(tokens: dict[str, Any], slug: str = "contoso") -> Any:
    bearer = f"Bearer {tokens['access_token']}"
    return Client().get(f"/{slug}/_apis/projects?api-version=7.1", HTTP_AUTHORIZATION=bearer)


def test_a_member_with_enough_access_is_bound_by_nothing(alice, payroll):
    factories.organization("contoso", alice)
    found = bounds(alice, payroll)["contoso"]
    assert found.reason is None and not found.refused and found.included and not found.partly


def test_a_stakeholder_is_told_which_permissions_do_not_work_there(alice):
    app = factories.app(scopes=["openid", "vso.project", "vso.code"])
    factories.organization("contoso", alice)
    level(alice, "contoso", "stakeholder")
    found = bounds(alice, app)["contoso"]
    assert found.partly and found.refused == {"vso.code": Reason.ACCESS_LEVEL_TOO_LOW}


def test_where_no_permission_works_the_organization_itself_is_out_of_reach(alice):
    app = factories.app(scopes=["openid", "vso.advsec"])
    factories.organization("contoso", alice)
    level(alice, "contoso", "stakeholder")
    assert bounds(alice, app)["contoso"].reason is Reason.ACCESS_LEVEL_TOO_LOW


def test_what_a_permission_includes_may_work_where_it_does_not(alice):
    app = factories.app(scopes=["vso.project_write"])
    factories.organization("contoso", alice)
    level(alice, "contoso", "stakeholder")
    found = bounds(alice, app)["contoso"]
    assert found.reason is None and set(found.refused) == {"vso.project_write"}


def test_an_organization_chosen_before_and_left_since_is_named(alice, bob, payroll):
    left = factories.organization("fabrikam", bob)
    mine = factories.organization("contoso", alice)
    found = bounds(alice, payroll, [str(left.pk)])
    assert found["fabrikam"].reason is Reason.NOT_A_MEMBER and found["fabrikam"].membership is None
    assert found["contoso"].reason is None and not found["contoso"].included
    assert set(bounds(alice, payroll, [str(mine.pk)])) == {"contoso"}


def test_charlie_is_not_told_of_organizations_that_are_not_his(alice, charlie, payroll):
    factories.organization("contoso", alice)
    assert bounds(charlie, payroll) == {}


def test_signing_in_reaches_no_organization_and_is_bound_by_none(alice, payroll):
    factories.organization("contoso", alice)
    level(alice, "contoso", "stakeholder")
    found = bounds(alice, payroll, asked=["openid", "email"])["contoso"]
    assert found.reason is None and not found.refused


@pytest.mark.parametrize("value", AccessLevel.values)
def test_each_access_level_is_good_for_all_that_the_one_below_is(value):
    ranks = AccessLevel.values
    below = [places.CARRIED[v] for v in ranks[: ranks.index(value)]]
    assert all(lower <= places.CARRIED[value] for lower in below)
    assert places.CARRIED[AccessLevel.VISUAL_STUDIO] == frozenset(scopes.CATALOGUE)


def test_an_access_level_that_sinks_ends_the_use_at_once(alice, alice_browser, monkeypatch):
    app = factories.app(scopes=["vso.project"])
    factories.organization("contoso", alice)
    tokens = factories.connect(alice_browser, app)
    assert projects(tokens).status_code == 200
    monkeypatch.setitem(places.CARRIED, "stakeholder", frozenset({"vso.work"}))
    level(alice, "contoso", "stakeholder")
    refused = projects(tokens)
    assert refused.status_code == 403 and "access level" in refused.json()["message"]
    assert bounds(alice, app)["contoso"].reason is Reason.ACCESS_LEVEL_TOO_LOW


def test_an_unknown_access_level_is_good_for_nothing(alice, alice_browser):
    app = factories.app(scopes=["vso.project"])
    factories.organization("contoso", alice)
    tokens = factories.connect(alice_browser, app)
    level(alice, "contoso", "made_up")
    assert projects(tokens).status_code == 403


@pytest.mark.parametrize(
    ("key", "value", "said"),
    [
        ("third_party_access", False, "lets no service act in it"),
        ("verified_publishers_only", True, "verified publishers"),
        ("approved_services_only", True, "has approved this service"),
    ],
)
def test_the_approval_page_says_why_an_organization_is_out_of_reach_before_anybody_agrees(
    alice, alice_browser, payroll, key, value, said
):
    place = factories.organization("contoso", alice)
    place.policies = {key: [[0, value]]}
    place.save()
    page = alice_browser.get(payroll.request()).content.decode()
    assert "<s>Contoso</s>" in page and said in page
    assert (organization_card(bounds(alice, payroll)["contoso"])["reason"] is Reason.APPROVAL_NEEDED) is (
        key == "approved_services_only"
    )
    factories.connect(alice_browser, payroll)
    held = Authorization.objects.get()
    assert said in alice_browser.get(f"/_usersSettings/authorizations/{held.pk}").content.decode()


def test_the_approval_page_says_which_permissions_wait_for_an_approval(alice):
    app = factories.app(scopes=["vso.project", "vso.code_full"])
    place = factories.organization("contoso", alice)
    place.policies = {"high_privilege_approval": [[0, True]]}
    place.save()
    card = organization_card(bounds(alice, app)["contoso"])
    assert card["why"].startswith("The organization has to approve, before it can use")
    assert not card["out_of_reach"]
