"""Invitations: sent by mail, good once, for two weeks, and only while whoever sent them may invite."""

import re
from datetime import timedelta

import pytest
from django.core import mail as outbox
from django.test import Client
from django.utils import timezone

from accounts.models import Membership, OrganizationInvitation, Project
from accounts.services import deactivate, invitations
from authorizations import tasks
from authorizations.events.models import Event
from authorizations.notifications.models import Message, Notice
from tests import people
from tests.accounts.organizations import S, is_member, rights, text

GUEST = "charlie@example.test"


def invite(browser, email=GUEST, **form):
    """The path of the link, as the page shows it once."""
    answer = browser.post(f"{S}/invitations", {"email": email, "access_level": "basic"} | form)
    assert answer.status_code == 200, text(answer)
    return re.search(r"http://localhost:8000(/_invitations/[A-Za-z0-9_-]{43})</code>", answer.content.decode())[1]


def test_alice_invites_charlie_by_mail_and_charlie_joins(alice, alice_browser, charlie, contoso):
    project = contoso.projects.get()
    link = invite(alice_browser, projects=[str(project.pk)])
    assert link not in alice_browser.get(f"{S}/invitations").content.decode()
    assert tasks.deliver_mail() == 1
    [sent] = outbox.outbox
    assert (
        sent.to == [GUEST]
        and f"http://localhost:8000{link}" in sent.body
        and "List-Unsubscribe" not in sent.extra_headers
    )
    browser = people.browser(charlie)
    page = text(browser.get(link))
    assert "Join Contoso?" in page and "Alice" in page and "Basic" in page and "Alpha" in page
    assert "The invitation was sent to" not in page and not is_member(contoso, charlie)
    assert browser.post(link)["Location"] == f"{S}/"
    assert rights(contoso, charlie).access_level == "basic" and charlie in project.members.all()
    assert Event.objects.filter(name="member.invited", organization_id=str(contoso.pk)).count() == 1
    assert Event.objects.get(name="member.added").actor_id == str(charlie.pk)
    assert Notice.objects.get(person=alice).kind == "organization.invitation_accepted"


def test_the_secret_of_the_link_stands_nowhere(alice_browser, contoso):
    value = invite(alice_browser).rsplit("/", 1)[1]
    rows = [str(list(model.objects.values())) for model in (OrganizationInvitation, Message, Event, Notice)]
    assert not any(value in row for row in rows)


def test_a_link_works_once(alice_browser, bob, charlie, dana, contoso):
    link = invite(alice_browser)
    people.browser(charlie).post(link)
    answer = people.browser(dana).post(link)
    assert answer.status_code == 404 and "no longer good" in text(answer) and not is_member(contoso, dana)


def test_somebody_else_with_the_link_is_warned_and_may_accept_and_the_inviter_is_told(alice_browser, dana, contoso):
    link = invite(alice_browser)
    browser = people.browser(dana)
    assert "The invitation was sent to charlie@example.test, and you are signed in as dana@example.test" in text(
        browser.get(link)
    )
    browser.post(link)
    assert is_member(contoso, dana)
    assert "has another address" in text(alice_browser.get("/_usersSettings/notifications"))


def test_a_member_who_opens_it_is_told_so_and_does_not_use_it_up(alice_browser, bob_browser, charlie, contoso):
    link = invite(alice_browser)
    assert "You are a member already" in text(bob_browser.get(link))
    assert bob_browser.post(link)["Location"] == f"{S}/"
    people.browser(charlie).post(link)
    assert is_member(contoso, charlie)


def test_the_link_asks_for_a_sign_in_and_comes_back(alice_browser, contoso):
    assert Client().get(invite(alice_browser))["Location"].startswith("/signin?next=%2F_invitations%2F")


@pytest.mark.parametrize("how", ["withdrawn", "ran out", "sent again", "inviter demoted", "inviter deactivated", "cut"])
def test_a_link_that_is_over_says_what_to_do(alice, alice_browser, bob, charlie, contoso, how):
    Membership.objects.filter(person=bob).update(administrator=True)
    link = invite(people.browser(bob))
    made = OrganizationInvitation.objects.get()
    if how == "withdrawn":
        alice_browser.post(f"{S}/invitations/{made.pk}/withdraw")
    elif how == "ran out":
        OrganizationInvitation.objects.update(expires_at=timezone.now())
    elif how == "sent again":
        OrganizationInvitation.objects.update(expires_at=made.expires_at - timedelta(hours=1))
        assert alice_browser.post(f"{S}/invitations/{made.pk}/again").status_code == 200
    elif how == "inviter demoted":
        Membership.objects.filter(person=bob).update(administrator=False)
    elif how == "inviter deactivated":
        deactivate(bob, by=None, reason="left", now=timezone.now())
    else:
        link = link[:-1]
    for answer in (people.browser(charlie).get(link), people.browser(charlie).post(link)):
        assert answer.status_code == 404 and "Ask the person who invited you" in text(answer)
    assert not is_member(contoso, charlie)


def test_a_withdrawn_invitation_that_was_not_mailed_yet_is_not_mailed(alice_browser, contoso):
    invite(alice_browser)
    alice_browser.post(f"{S}/invitations/{OrganizationInvitation.objects.get().pk}/withdraw")
    assert tasks.deliver_mail() == 0 and not outbox.outbox
    assert Event.objects.filter(name="member.invitation_revoked").count() == 1


def test_sent_again_it_has_a_new_link_and_two_more_weeks(alice_browser, charlie, contoso):
    old = invite(alice_browser)
    made = OrganizationInvitation.objects.get()
    soon = alice_browser.post(f"{S}/invitations/{made.pk}/again", follow=True)
    assert "less than ten minutes ago" in text(soon)
    OrganizationInvitation.objects.update(expires_at=timezone.now() - timedelta(days=1))
    page = alice_browser.post(f"{S}/invitations/{made.pk}/again").content.decode()
    new = re.search(r"(/_invitations/[A-Za-z0-9_-]{43})</code>", page)[1]
    assert new != old and people.browser(charlie).get(new).status_code == 200


def test_an_invitation_that_ran_out_gives_way_to_a_new_one(alice_browser, contoso):
    invite(alice_browser)
    OrganizationInvitation.objects.update(expires_at=timezone.now())
    invite(alice_browser)
    assert OrganizationInvitation.objects.waiting().count() == 1


@pytest.mark.parametrize(
    ("form", "said"),
    [
        ({"email": ""}, "required"),
        ({"email": "nobody"}, "Write an e-mail address"),
        ({"email": "a@b.example\r\nBcc: eve@example.test"}, "Write an e-mail address"),
        ({"email": f"{'x' * 320}@example.test"}, "at most 320"),
        ({"email": "BOB@example.test"}, "A member has this address already"),
        ({"email": "OPEN@example.test"}, "is invited already"),
        ({"access_level": "god"}, "Select a valid choice"),
        ({"projects": ["nonsense"]}, "Select a valid choice"),
    ],
)
def test_bad_input_is_refused_with_what_to_do(alice_browser, contoso, form, said):
    invite(alice_browser, "open@example.test")
    answer = alice_browser.post(f"{S}/invitations", {"email": "new@example.test", "access_level": "basic"} | form)
    assert answer.status_code == 400 and said in text(answer), text(answer)[:2000]
    assert OrganizationInvitation.objects.count() == 1


def test_a_project_of_another_organization_is_none_here(alice, alice_browser, contoso, fabrikam):
    foreign = fabrikam.projects.get()
    form = {"email": GUEST, "access_level": "basic", "projects": [str(foreign.pk)]}
    assert alice_browser.post(f"{S}/invitations", form).status_code == 400
    made, _ = invitations.invite(
        contoso, email=GUEST, level="basic", project_ids=[foreign.pk], by=alice, now=timezone.now()
    )
    assert made.projects == []


def test_a_project_that_is_gone_by_then_is_left_out(alice_browser, charlie, contoso):
    gone = Project.objects.create(organization=contoso, name="Gone")
    link = invite(alice_browser, projects=[str(gone.pk)])
    gone.delete()
    people.browser(charlie).post(link)
    assert is_member(contoso, charlie)


def test_so_many_may_be_open(alice_browser, contoso, monkeypatch):
    monkeypatch.setattr(invitations, "MOST_OPEN", 1)
    invite(alice_browser)
    answer = alice_browser.post(f"{S}/invitations", {"email": "b@example.test", "access_level": "basic"})
    assert answer.status_code == 400 and "Withdraw some first" in text(answer)
