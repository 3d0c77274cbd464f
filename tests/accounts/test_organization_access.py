"""Who may open and change what of an organization: everything is no, until it is allowed."""

import uuid

import pytest
from django.test import Client
from django.utils import timezone

from accounts.models import Membership, Organization, OrganizationInvitation, Project
from accounts.services import deactivate, invitations
from authorizations.events.models import Event
from tests import people
from tests.accounts.organizations import S

# Pages that every member opens, and pages for administrators.
OPEN = ["/", "/members", "/projects", "/projects/{project}"]
CLOSED = [
    "/settings",
    "/members/{bob}",
    "/members/{bob}/remove",
    "/invitations",
    "/projects/new",
    "/projects/{project}/delete",
]
ACTS = {
    "/settings": {"name": "Taken over"},
    "/settings/previews": {"feature": "new-account-manager", "choice": "on"},
    "/members/{bob}": {"access_level": "visual_studio", "administrator": "on", "was": "basic:0:0:0"},
    "/members/{bob}/remove": {},
    "/members/{bob}/owner": {},
    "/invitations": {"email": "eve@example.test", "access_level": "visual_studio"},
    "/invitations/{invitation}/again": {},
    "/invitations/{invitation}/withdraw": {},
    "/projects/new": {"name": "Secret"},
    "/projects/{project}": {"name": "Renamed", "description": "", "revision": "1"},
    "/projects/{project}/add": {"person": "{bob}"},
    "/projects/{project}/remove": {"person": "{alice}"},
    "/projects/{project}/delete": {"name": "Alpha"},
}


@pytest.fixture
def ids(alice, bob, contoso):
    invitation, _ = invitations.invite(
        contoso, email="guest@example.test", level="basic", project_ids=[], by=alice, now=timezone.now()
    )
    project = contoso.projects.get()
    return {"alice": alice.pk, "bob": bob.pk, "project": project.pk, "invitation": invitation.pk}


def state():
    """All that a page could change."""
    return (
        list(Organization.objects.order_by("pk").values_list()),
        list(Membership.objects.order_by("pk").values_list()),
        list(OrganizationInvitation.objects.order_by("pk").values_list()),
        list(Project.objects.order_by("pk").values_list()),
        list(Project.members.through.objects.order_by("pk").values_list()),
        Event.objects.count(),
    )


def post(browser, path, ids):
    form = {key: value.format(**ids) for key, value in ACTS[path].items()}
    return browser.post(S + path.format(**ids), form)


@pytest.mark.parametrize("path", [*OPEN, *CLOSED])
def test_an_organization_is_not_there_for_strangers_and_administrators_of_others(ids, charlie, dana, fabrikam, path):
    for stranger in (charlie, dana):
        here = people.browser(stranger).get(S + path.format(**ids))
        nowhere = people.browser(stranger).get("/nowhere/_settings" + path.format(**ids))
        assert here.status_code == nowhere.status_code == 404


@pytest.mark.parametrize("path", OPEN)
def test_members_open_the_pages_for_members(ids, bob_browser, path):
    assert bob_browser.get(S + path.format(**ids)).status_code == 200


@pytest.mark.parametrize("path", [*CLOSED, "/members/{bob}/owner"])
def test_members_who_are_no_administrators_do_not_open_the_others(ids, bob_browser, path):
    assert bob_browser.get(S + path.format(**ids)).status_code == 403


@pytest.mark.parametrize("path", [*OPEN, *CLOSED])
def test_administrators_open_all(ids, alice_browser, path):
    assert alice_browser.get(S + path.format(**ids)).status_code == 200
    assert alice_browser.get("/CONTOSO/_settings" + path.format(**ids)).status_code == 200


@pytest.mark.parametrize("path", [*OPEN, *CLOSED])
def test_who_is_signed_out_or_deactivated_signs_in_first(ids, alice, alice_browser, path):
    assert Client().get(S + path.format(**ids))["Location"].startswith("/signin?")
    deactivate(alice, by=None, reason="left", now=timezone.now())
    assert alice_browser.get(S + path.format(**ids))["Location"].startswith("/signin?")


@pytest.mark.parametrize("path", list(ACTS))
def test_nobody_changes_anything_without_the_right(ids, alice, bob, charlie, dana, fabrikam, path):
    before = state()
    assert post(people.browser(bob), path, ids).status_code == 403
    for stranger in (charlie, dana):
        assert post(people.browser(stranger), path, ids).status_code == 404
    assert post(Client(), path, ids).status_code == 302
    browser = people.browser(alice)
    deactivate(alice, by=None, reason="left", now=timezone.now())
    assert post(browser, path, ids)["Location"].startswith("/signin?")
    assert state()[:5] == before[:5]


@pytest.mark.parametrize("path", list(ACTS))
def test_every_act_needs_the_form_of_the_page(ids, alice, path):
    browser, before = people.browser(alice), state()
    browser.handler.enforce_csrf_checks = True
    assert post(browser, path, ids).status_code == 403
    assert state() == before


@pytest.mark.parametrize("path", [p for p in ACTS if p != "/members/{bob}/owner"])
def test_an_administrator_who_is_not_the_owner_may_all_but_hand_over(ids, contoso, bob, charlie, path):
    Membership.objects.create(organization=contoso, person=charlie, administrator=True)
    assert post(people.browser(charlie), path, ids).status_code in {200, 302}
    assert post(people.browser(charlie), "/members/{bob}/owner", ids).status_code in {403, 404}


@pytest.mark.parametrize(
    "path",
    ["/members/{id}", "/members/{id}/remove", "/members/{id}/owner", "/projects/{id}", "/projects/{id}/delete"],
)
def test_ids_that_are_elsewhere_are_nowhere(alice_browser, contoso, dana, fabrikam, path):
    elsewhere = fabrikam.projects.get().pk if "projects" in path else dana.pk
    for found in (elsewhere, uuid.uuid4()):
        assert alice_browser.get(S + path.format(id=found)).status_code == 404
        assert alice_browser.post(S + path.format(id=found), {"name": "x"}).status_code == 404


def test_the_list_of_members_has_no_controls_and_no_addresses_for_members(bob_browser, contoso, alice):
    alice.email = "secret-address@example.test"
    alice.save()
    page = bob_browser.get(f"{S}/members").content.decode()
    assert "Alice" in page and "secret-address" not in page and "/_settings/members/" not in page
    assert "Invite people" not in page
    assert "No member matches" in bob_browser.get(f"{S}/members?q=secret-address").content.decode()
    assert "Alice" in people.browser(alice).get(f"{S}/members?q=secret-address").content.decode()


def test_members_see_the_projects_they_are_in_and_administrators_all(alice_browser, bob, bob_browser, contoso):
    hidden = Project.objects.create(organization=contoso, name="Hidden")
    assert "Hidden" not in bob_browser.get(f"{S}/projects").content.decode()
    assert bob_browser.get(f"{S}/projects/{hidden.pk}").status_code == 404
    assert "Hidden" in alice_browser.get(f"{S}/projects").content.decode()
    page = bob_browser.get(f"{S}/projects/{contoso.projects.get(name='Alpha').pk}").content.decode()
    assert "Take out" not in page and "Add members" not in page


def test_tabs_show_what_one_may_open(alice_browser, bob_browser, contoso):
    assert f'href="{S}/settings"' in alice_browser.get(f"{S}/").content.decode()
    assert f'href="{S}/settings"' not in bob_browser.get(f"{S}/").content.decode()
