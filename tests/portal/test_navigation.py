"""Where things stand in the user settings, with the preview feature and without."""

import re

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from accounts import previews
from accounts.models import OrganizationPreview, PersonPreview
from authorizations.events.models import Event
from authorizations.notifications.compose import Draft, tell
from authorizations.notifications.kinds import NoticeKind
from tests import factories, people

FEATURE = previews.NEW_ACCOUNT_MANAGER
LIST, PREVIEWS = "/_usersSettings/authorizations", "/_usersSettings/previewfeatures"


def crumbs(browser, path=LIST):
    page = browser.get(path).content.decode()
    found = re.search(r'<nav class="crumbs".*?</nav>', page, re.S)
    return re.sub(r"<[^>]+>", " ", found[0]).split() if found else []


def set_default(organization, enabled=True):
    OrganizationPreview.objects.create(organization=organization, feature=FEATURE, enabled=enabled)


def test_authorizations_stands_directly_under_the_settings(alice_browser):
    assert crumbs(alice_browser) == ["User", "settings", "Authorizations"]


def test_with_the_preview_it_stands_under_profile(alice, alice_browser):
    alice_browser.post(PREVIEWS, {"feature": FEATURE, "choice": "on"})
    assert crumbs(alice_browser) == ["User", "settings", "Profile", "Authorizations"]


@pytest.mark.parametrize("choice", ["on", "off"])
def test_both_addresses_lead_there_either_way(alice_browser, choice):
    alice_browser.post(PREVIEWS, {"feature": FEATURE, "choice": choice})
    assert alice_browser.get(LIST).status_code == 200
    assert alice_browser.get("/Profile/View").headers["Location"] == LIST


def test_what_an_organization_sets_holds_for_its_members_alone(alice, bob, charlie, charlie_browser):
    set_default(factories.organization("contoso", alice, bob))
    assert previews.is_on(alice, FEATURE) and previews.is_on(bob, FEATURE)
    assert not previews.is_on(charlie, FEATURE)


@pytest.mark.parametrize(
    ("default", "own", "expected"),
    [(True, False, False), (False, True, True), (True, None, True), (False, None, False)],
)
def test_a_person_may_choose_otherwise(alice, default, own, expected):
    set_default(factories.organization("contoso", alice), default)
    previews.choose(alice, FEATURE, own, now=timezone.now())
    assert previews.is_on(alice, FEATURE) is expected


def test_going_back_to_what_the_organizations_have(alice, alice_browser):
    set_default(factories.organization("contoso", alice))
    for choice, expected in (("off", False), ("default", True)):
        alice_browser.post(PREVIEWS, {"feature": FEATURE, "choice": choice})
        assert previews.is_on(alice, FEATURE) is expected
    assert not PersonPreview.objects.exists()
    assert Event.objects.filter(name="preview_feature.changed").count() == 2


@pytest.mark.parametrize("form", [{}, {"feature": "nonsense", "choice": "on"}, {"feature": FEATURE, "choice": "maybe"}])
def test_a_choice_that_is_none_changes_nothing(alice_browser, form):
    assert alice_browser.post(PREVIEWS, form).status_code == 404
    assert not PersonPreview.objects.exists()


def test_nobody_signed_in_is_sent_to_sign_in(db):
    assert Client().get(PREVIEWS)["Location"].startswith("/signin")


def test_the_frame_of_a_page_costs_one_statement(alice, alice_browser):
    with CaptureQueriesContext(connection) as captured:
        alice_browser.get(PREVIEWS)
    assert len([q for q in captured if "notifications_notice" in q["sql"]]) == 1
    assert len(captured) <= 5  # session, person, two of the page, one of the frame


def test_the_header_counts_what_is_unread(alice, bob, alice_browser):
    now = timezone.now()
    tell(
        [Draft(NoticeKind.AUTHORIZATION_EXPIRED, p.pk, key) for p, key in ((alice, "1"), (alice, "2"), (bob, "3"))],
        now=now,
    )
    assert "2 unread notices" in alice_browser.get(PREVIEWS).content.decode()


def test_operations_set_the_default_of_an_organization(alice, alice_browser, db):
    organization = factories.organization("contoso", alice)
    previews.record_organization(organization, by=alice, now=timezone.now())
    set_default(organization)
    people.operations("alice")
    page = alice_browser.get(f"/admin/accounts/organization/{organization.pk}/change/")
    assert page.status_code == 200 and "New Account Manager" in page.content.decode()
