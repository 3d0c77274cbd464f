"""Members: the list, their rights, and how a membership ends, with the tokens that lived on it."""

import pytest
from django.test import Client
from django.utils import timezone

from accounts.models import AccessLevel, Membership, Project
from accounts.services import invitations, members
from accounts.services.members import Rights
from accounts.services.standing import NoRight, Stale
from authorizations import selectors
from authorizations.events.models import Event
from authorizations.notifications.models import Notice
from tests import factories, people
from tests.accounts.organizations import S, is_member, rights, text

BASIC = "basic:0:0:0"


@pytest.fixture
def crowd(contoso, charlie, dana):
    charlie.display_name = "Zoë Çelik"
    charlie.save()
    Membership.objects.create(organization=contoso, person=charlie, access_level="visual_studio", reviewer=True)
    Membership.objects.create(organization=contoso, person=dana, may_make_tokens=True)
    return contoso


def shown(browser, query=""):
    page = browser.get(f"{S}/members{query}")
    assert page.status_code == 200
    return [row["person"].display_name for row in page.context["rows"]]


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("", ["Alice", "Bob", "Dana", "Zoë Çelik"]),
        ("?show=administrators", ["Alice"]),
        ("?show=reviewers", ["Zoë Çelik"]),
        ("?show=tokens", ["Dana"]),
        ("?show=basic", ["Alice", "Bob"]),
        ("?show=nonsense&sort=nonsense&page=nonsense", ["Alice", "Bob", "Dana", "Zoë Çelik"]),
        ("?q=zoë", ["Zoë Çelik"]),
        ("?q=CHARLIE@example", ["Zoë Çelik"]),
        ("?q=%25", []),
        ("?q=a%00lice", ["Alice"]),
        ("?sort=joined", ["Dana", "Zoë Çelik", "Bob", "Alice"]),
    ],
)
def test_the_list_is_searched_filtered_and_sorted(alice_browser, crowd, query, expected):
    found = shown(alice_browser, query)
    assert sorted(found) == sorted(expected) if "joined" in query else found == expected


def test_pages_of_many_members(alice_browser, contoso, monkeypatch):
    monkeypatch.setattr("accounts.pages.organization.members.PER_PAGE", 1)
    assert shown(alice_browser, "?page=1") == ["Alice"] and shown(alice_browser, "?page=2") == ["Bob"]
    assert shown(alice_browser, "?page=99") == ["Bob"]


def test_alice_changes_the_rights_of_bob_who_is_told(alice_browser, bob, contoso):
    form = {"access_level": "stakeholder", "administrator": "on", "reviewer": "on", "was": BASIC}
    assert alice_browser.post(f"{S}/members/{bob.pk}", form).status_code == 302
    assert rights(contoso, bob) == Rights("stakeholder", administrator=True, reviewer=True)
    event = Event.objects.get(name="member.changed")
    assert event.organization_id == str(contoso.pk) and event.person_id == str(bob.pk)
    assert event.detail["before"] == {"access_level": "basic", "administrator": False, "reviewer": False}
    notice = Notice.objects.get(person=bob)
    assert notice.kind == "organization.rights_changed"
    assert "Alice made you an administrator of Contoso" in text(
        people.browser(bob).get("/_usersSettings/notifications")
    )


def test_a_stakeholder_administrator_looks_after_members_but_sets_no_policies(bob, bob_browser, contoso, alice):
    Membership.objects.filter(person=bob).update(administrator=True, access_level=AccessLevel.STAKEHOLDER)
    assert bob_browser.get(f"{S}/invitations").status_code == 200
    assert not Membership.objects.get(person=bob).sets_policies


def test_a_page_that_is_out_of_date_changes_nothing(alice, alice_browser, bob, contoso):
    Membership.objects.filter(person=bob).update(access_level="stakeholder")
    answer = alice_browser.post(f"{S}/members/{bob.pk}", {"access_level": "basic", "reviewer": "on", "was": BASIC})
    assert answer.status_code == 409 and "Somebody changed this meanwhile" in text(answer)
    assert rights(contoso, bob) == Rights("stakeholder")
    with pytest.raises(Stale):
        members.change(contoso, bob, Rights("basic"), was=Rights("basic"), by=alice, now=timezone.now())


@pytest.mark.parametrize(
    "form",
    [
        {},
        {"access_level": "god", "was": BASIC},
        {"access_level": "basic"},
        {"access_level": "basic", "was": "x" * 65},
        {"access_level": "basic", "was": "basic"},
        {"access_level": "basic", "was": "basic:2:0:0"},
    ],
)
def test_bad_input_is_refused(alice_browser, bob, contoso, form):
    assert alice_browser.post(f"{S}/members/{bob.pk}", form).status_code in {400, 409}
    assert rights(contoso, bob) == Rights("basic") and not Event.objects.filter(name="member.changed").exists()


def test_the_owner_stays_an_administrator_whatever_the_form_says(alice, alice_browser, contoso):
    alice_browser.post(f"{S}/members/{alice.pk}", {"access_level": "visual_studio", "was": "basic:1:0:0"})
    assert rights(contoso, alice) == Rights("visual_studio", administrator=True)


def test_who_lost_the_right_meanwhile_changes_nothing(alice, bob, charlie, contoso):
    Membership.objects.create(organization=contoso, person=charlie)
    with pytest.raises(NoRight):
        members.change(contoso, charlie, Rights("basic"), was=Rights(), by=bob, now=timezone.now())
    with pytest.raises(NoRight):
        members.remove(contoso, charlie, by=bob, now=timezone.now())


def test_alice_removes_bob_after_seeing_what_stops(alice_browser, bob, contoso, payroll):
    factories.connect(people.browser(bob), payroll)
    page = text(alice_browser.get(f"{S}/members/{bob.pk}/remove"))
    assert "Remove Bob from Contoso?" in page and "1 service reaches" in page and "(1 connection)" in page
    assert "1 project is left" in page and "0 personal access tokens" in page
    alice_browser.post(f"{S}/members/{bob.pk}/remove")
    project = contoso.projects.get()
    assert not is_member(contoso, bob) and bob not in project.members.all() and project.revision == 2
    assert Event.objects.get(name="member.removed").detail["projects"] == 1
    assert Notice.objects.filter(person=bob, kind="organization.left").exists()


def test_invitations_of_a_removed_or_demoted_administrator_end(alice, alice_browser, bob, contoso):
    now = timezone.now()
    for end in ("demoted", "removed"):
        Membership.objects.filter(person=bob).update(administrator=True)
        made, link = invitations.invite(
            contoso, email=f"{end}@example.test", level="basic", project_ids=[], by=bob, now=now
        )
        if end == "demoted":
            alice_browser.post(f"{S}/members/{bob.pk}", {"access_level": "basic", "was": "basic:1:0:0"})
        else:
            alice_browser.post(f"{S}/members/{bob.pk}/remove")
        made.refresh_from_db()
        assert made.revoked_at
        with pytest.raises(invitations.InvitationOver):
            invitations.find(link.rsplit("/", 1)[1], now)


def projects_seen(token, slug="contoso"):
    answer = Client().get(f"/{slug}/_apis/projects?api-version=7.1", HTTP_AUTHORIZATION=f"Bearer {token}")
    return answer.status_code, sorted(p["name"] for p in answer.json().get("value", []))


@pytest.fixture
def bobs_token(bob, contoso, payroll):
    return factories.connect(people.browser(bob), payroll)["access_token"]


def test_the_access_of_a_removed_member_ends_at_once(alice_browser, bob, bobs_token):
    assert projects_seen(bobs_token) == (200, ["Alpha"])
    alice_browser.post(f"{S}/members/{bob.pk}/remove")
    assert projects_seen(bobs_token)[0] == 403
    assert projects_seen(bobs_token)[0] == projects_seen(bobs_token, "nowhere")[0]


def test_a_lower_access_level_narrows_at_once(alice_browser, bob, contoso):
    coder = factories.app(name="Coder", scopes=["openid", "vso.code"])
    token = factories.connect(people.browser(bob), coder)["access_token"]

    def carried():
        facts, _membership = selectors.place(bob, "contoso", None, coder.app, timezone.now())
        return "vso.code" in facts.carried

    assert token and carried()
    alice_browser.post(f"{S}/members/{bob.pk}", {"access_level": "stakeholder", "was": BASIC})
    assert not carried()


def test_membership_of_projects_bounds_what_a_token_sees(alice, alice_browser, bob, bobs_token, contoso):
    secret = Project.objects.create(organization=contoso, name="Beta")
    assert projects_seen(bobs_token) == (200, ["Alpha"])
    alice_browser.post(f"{S}/projects/{secret.pk}/add", {"person": str(bob.pk)})
    assert projects_seen(bobs_token) == (200, ["Alpha", "Beta"])
    alice_browser.post(f"{S}/projects/{contoso.projects.get(name='Alpha').pk}/remove", {"person": str(bob.pk)})
    assert projects_seen(bobs_token) == (200, ["Beta"])
