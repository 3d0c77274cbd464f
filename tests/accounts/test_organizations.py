"""Making, renaming, handing over and leaving an organization."""

import pytest
from django.test import Client
from django.urls import get_resolver
from django.utils import timezone

from accounts import addresses
from accounts.models import Membership, Organization
from accounts.previews import NEW_ACCOUNT_MANAGER, is_on
from accounts.services import deactivate, members, organizations
from accounts.services.standing import LastAdministrator, NoRight, Refused
from authorizations.events.models import Event
from authorizations.notifications.models import Notice
from tests import people
from tests.accounts.organizations import S, is_member, rights, text

MINE = "/_usersSettings/organizations"


def kinds(organization):
    return list(
        Event.objects.filter(organization_id=str(organization.pk)).order_by("id").values_list("name", flat=True)
    )


def told(person):
    return list(Notice.objects.filter(person=person).order_by("created_at").values_list("kind", flat=True))


def test_charlie_makes_an_organization_and_owns_it(charlie):
    browser = people.browser(charlie)
    answer = browser.post(MINE, {"name": "  Charlie's   café ☕ 東京 ", "slug": "Cafe-1"})
    assert answer["Location"] == "/cafe-1/_settings/"
    made = Organization.objects.get()
    assert (made.name, made.slug, made.owner) == ("Charlie's café ☕ 東京", "cafe-1", charlie)
    assert rights(made, charlie) == members.Rights("basic", administrator=True)
    assert kinds(made) == ["organization.created"]
    page = browser.get(MINE).content.decode()
    assert 'href="/cafe-1/_settings/"' in page and "東京" in page
    assert 'href="/cafe-1/_settings/"' in browser.get("/_usersSettings/profile").content.decode()


@pytest.mark.parametrize(
    ("slug", "said"),
    [
        ("a", "Use 2 to 50 characters"),
        ("a" * 51, "at most 50 characters"),
        ("my org", "letters a to z"),
        ("-contoso", "letters a to z"),
        ("contoso-", "letters a to z"),
        ("_apis", "letters a to z"),
        ("con/toso", "letters a to z"),
        ("contöso", "letters a to z"),
        ("١٢٣", "letters a to z"),
        ("con\x00toso", "Null characters"),
        ("Admin", "belongs to this portal"),
        ("oauth2", "belongs to this portal"),
        ("contoso", "is taken"),
        ("CONTOSO", "is taken"),
        ("", "required"),
    ],
)
def test_an_address_name_that_cannot_be_is_refused_with_what_to_do(charlie, contoso, slug, said):
    answer = people.browser(charlie).post(MINE, {"name": "Charlie", "slug": slug})
    assert answer.status_code == 400 and said in text(answer), text(answer)[:3000]
    assert Organization.objects.count() == 1


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("", "required"),
        ("   ", "required"),
        ("x" * 65, "at most 64 characters"),
        ("\u202eevil", "reading direction"),
        ("a\u200bb", "cannot see"),
        ("...", "Use letters or digits"),
        ("Go to https://evil.example", "no web address"),
    ],
)
def test_a_name_that_misleads_is_refused_with_what_to_do(charlie, name, said):
    answer = people.browser(charlie).post(MINE, {"name": name, "slug": "charlie"})
    assert answer.status_code == 400 and said in text(answer)
    assert not Organization.objects.exists()


def first_parts(urlconf):
    for entry in get_resolver(urlconf).url_patterns:
        route = str(entry.pattern).removeprefix("^")
        if route or not hasattr(entry, "url_patterns"):
            yield route
        else:
            yield from (str(inner.pattern) for inner in entry.url_patterns)


def test_every_first_part_of_a_path_of_ours_is_no_name_for_an_organization():
    checked = 0
    for urlconf in ("portal.urls", "portal.machine_urls"):
        for route in first_parts(urlconf):
            part = route.split("/")[0].lower()
            if part and not part.startswith("<"):
                checked += 1
                with pytest.raises(addresses.WrongAddress):
                    addresses.checked(part)
    assert checked > 30
    with pytest.raises(addresses.WrongAddress):
        addresses.checked("static")


def test_nobody_signed_out_makes_one(db):
    assert Client().post(MINE, {"name": "X Y", "slug": "x-y"})["Location"].startswith("/signin?")
    assert not Organization.objects.exists()


def test_a_person_owns_at_most_so_many(charlie, monkeypatch):
    monkeypatch.setattr(organizations, "MOST_OWNED", 1)
    browser = people.browser(charlie)
    browser.post(MINE, {"name": "One", "slug": "one"})
    answer = browser.post(MINE, {"name": "Two", "slug": "two"})
    assert answer.status_code == 400 and "at most 1" in text(answer)


def test_alice_renames_it_and_the_address_stays(alice_browser, contoso):
    alice_browser.post(f"{S}/settings", {"name": "Contoso Δ"})
    contoso.refresh_from_db()
    assert (contoso.name, contoso.slug) == ("Contoso Δ", "contoso")
    event = Event.objects.get(name="organization.changed")
    assert event.detail == {"before": {"name": "Contoso"}, "after": {"name": "Contoso Δ"}}
    alice_browser.post(f"{S}/settings", {"name": "Contoso Δ"})
    assert Event.objects.filter(name="organization.changed").count() == 1
    assert alice_browser.post(f"{S}/settings", {"name": "\u202ex"}).status_code == 400


def test_alice_hands_it_over_in_two_steps_and_both_are_told(alice, bob, alice_browser, contoso):
    address = f"{S}/members/{bob.pk}/owner"
    assert "Make Bob the owner of Contoso?" in text(alice_browser.get(address))
    contoso.refresh_from_db()
    assert contoso.owner == alice
    assert alice_browser.post(address)["Location"] == f"{S}/"
    contoso.refresh_from_db()
    assert contoso.owner == bob and rights(contoso, alice).administrator and rights(contoso, bob).administrator
    assert "organization.owner_changed" in told(alice) and "organization.owner_changed" in told(bob)
    assert kinds(contoso) == ["organization.owner_changed"]
    assert alice_browser.post(address).status_code == 403


def test_handing_over_asks_for_a_recent_sign_in(alice, bob, contoso):
    old = people.browser(alice, auth_time=1)
    assert "reason=reauthenticate" in old.get(f"{S}/members/{bob.pk}/owner")["Location"]
    assert "reason=reauthenticate" in old.post(f"{S}/members/{bob.pk}/owner")["Location"]
    contoso.refresh_from_db()
    assert contoso.owner == alice


def test_only_a_member_who_can_sign_in_becomes_the_owner(alice, bob, charlie, contoso):
    now = timezone.now()
    deactivate(bob, by=None, reason="left", now=now)
    for person in (alice, bob, charlie):
        with pytest.raises(Refused):
            organizations.transfer(contoso, person, by=alice, now=now)
    with pytest.raises(NoRight):
        organizations.transfer(contoso, bob, by=bob, now=now)


def test_bob_leaves_with_his_projects(bob, bob_browser, contoso):
    assert "Leave Contoso?" in text(bob_browser.get(f"{S}/leave"))
    assert is_member(contoso, bob)
    assert bob_browser.post(f"{S}/leave")["Location"] == MINE
    project = contoso.projects.get()
    assert not is_member(contoso, bob) and bob not in project.members.all() and project.revision == 2
    assert kinds(contoso) == ["member.removed"] and Event.objects.get(name="member.removed").detail["what"] == "left"
    assert bob_browser.get(f"{S}/").status_code == 404 and told(bob) == []


def test_the_owner_cannot_leave_or_be_removed(alice, alice_browser, bob, contoso):
    Membership.objects.filter(person=bob).update(administrator=True)
    assert "Hand the organization over first" in text(alice_browser.post(f"{S}/leave", follow=True))
    answer = people.browser(bob).post(f"{S}/members/{alice.pk}/remove", follow=True)
    assert "Hand the organization over first" in text(answer)
    with pytest.raises(Refused):
        members.remove(contoso, alice, by=bob, now=timezone.now())
    assert is_member(contoso, alice)


def test_the_last_administrator_who_can_sign_in_stays(alice, bob, bob_browser, contoso):
    """Alice owns it and is deactivated; Bob is the only one who can still look after it."""
    Membership.objects.filter(person=bob).update(administrator=True)
    deactivate(alice, by=None, reason="left", now=timezone.now())
    with pytest.raises(LastAdministrator):
        members.leave(contoso, bob, now=timezone.now())
    form = {"access_level": "basic", "was": "basic:1:0:0"}
    answer = bob_browser.post(f"{S}/members/{bob.pk}", form)
    assert answer.status_code == 400 and "always has an administrator" in text(answer)
    assert rights(contoso, bob).administrator


def test_members_have_the_preview_features_of_their_organization_unless_they_chose(alice_browser, bob, contoso):
    form = {"feature": NEW_ACCOUNT_MANAGER, "choice": "on"}
    assert not is_on(bob, NEW_ACCOUNT_MANAGER)
    for _ in range(2):
        alice_browser.post(f"{S}/settings/previews", form)
    assert is_on(bob, NEW_ACCOUNT_MANAGER) and "On" in text(alice_browser.get(f"{S}/settings"))
    alice_browser.post(f"{S}/settings/previews", form | {"choice": "off"})
    assert not is_on(bob, NEW_ACCOUNT_MANAGER)
    assert kinds(contoso) == ["organization.preview_feature_changed"] * 2
    for wrong in ({}, form | {"choice": "maybe"}, form | {"feature": "nothing"}):
        assert alice_browser.post(f"{S}/settings/previews", wrong).status_code == 404


def test_the_overview_says_who_owns_it_and_what_was_decided(alice_browser, contoso):
    contoso.policies = {"third_party_access": [[0, False]], "token_days": [[0, 30]]}
    contoso.save()
    said = text(alice_browser.get(f"{S}/"))
    assert "Third-party application access via OAuth Off" in said and "Longest life of a personal token 30 days" in said
    assert "Alice" in said and "Members 2" in said
