"""The Owners and Delete tabs, and the page behind an invitation."""

import re
import time

import pytest
from django.test import Client
from django.utils import timezone

from accounts.services import deactivate
from authorizations.models import Authorization
from authorizations.services.app_retirement import delete_app
from oauthapps.models import Application, OwnerInvitation
from tests import factories, people


@pytest.fixture
def dana_app(dana, payroll):
    payroll.app.owners.add(dana)
    return payroll


@pytest.fixture
def browser(dana):
    return people.browser(dana)


def text(response):
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", response.content.decode()))


def invited(browser, app, **form):
    page = browser.post(f"/app/{app.client_id}/owners/invite", {"note": "Bob in accounting"} | form).content.decode()
    return re.search(r"http://localhost:8000(/app/invitations/[A-Za-z0-9_-]{43})</code>", page)[1]


def test_dana_invites_bob_who_sees_the_app_and_who_asks_and_joins(bob, browser, dana_app):
    link = invited(browser, dana_app)
    assert link not in browser.get(f"/app/{dana_app.client_id}/owners").content.decode()
    page = people.browser(bob).get(link)
    assert "Look after Payroll?" in text(page) and "dana@example.test" in text(page)
    done = people.browser(bob).post(link, follow=True)
    assert done.redirect_chain[-1][0] == f"/app/{dana_app.client_id}" and bob in dana_app.app.owners.all()
    assert people.browser(bob).get(link).status_code == 404


def test_the_invitation_can_be_mailed_with_its_link(browser, dana_app):
    page = browser.post(f"/app/{dana_app.client_id}/owners/invite", {"note": ""}).content.decode()
    assert re.search(r'href="mailto:\?subject=Look%20after%20Payroll[^"]*invitations%2F', page)


def test_the_link_asks_for_a_sign_in_and_comes_back(browser, dana_app):
    link = invited(browser, dana_app)
    answer = Client().get(link)
    assert answer.status_code == 302 and answer["Location"].startswith("/signin?next=%2Fapp%2Finvitations%2F")


def test_a_link_that_is_no_longer_good_says_what_to_do(bob, browser, dana_app):
    link = invited(browser, dana_app)
    pk = OwnerInvitation.objects.get().pk
    browser.post(f"/app/{dana_app.client_id}/owners/invitations/{pk}/withdraw")
    for address in (link, "/app/invitations/x"):
        page = people.browser(bob).get(address)
        assert page.status_code == 404 and "Ask the person who sent it" in text(page)
    assert people.browser(bob).post(link).status_code == 404


def test_an_owner_who_opens_the_link_keeps_it_for_the_other(browser, bob, dana_app):
    link = invited(browser, dana_app)
    assert "an owner of this app already" in text(browser.get(link))
    browser.post(link)
    assert people.browser(bob).post(link).status_code == 302 and bob in dana_app.app.owners.all()


def test_removing_asks_first_and_the_last_owner_cannot_leave(bob, dana, browser, dana_app):
    dana_app.app.owners.add(bob)
    address = f"/app/{dana_app.client_id}/owners/{bob.pk}/remove"
    assert "Secrets that this owner knows go on working" in text(browser.get(address))
    assert "Bob is no longer an owner" in text(browser.post(address, follow=True))
    mine = f"/app/{dana_app.client_id}/owners/{dana.pk}/remove"
    assert "An app always has an owner" in text(browser.post(mine, follow=True))
    assert list(dana_app.app.owners.all()) == [dana]


def test_leaving_leads_back_to_the_list(bob, dana, browser, dana_app):
    dana_app.app.owners.add(bob)
    done = browser.post(f"/app/{dana_app.client_id}/owners/{dana.pk}/remove", follow=True)
    assert done.redirect_chain[-1][0] == "/app/" and "You left Payroll" in text(done)
    assert browser.get(f"/app/{dana_app.client_id}/owners").status_code == 404


def test_charlie_can_do_nothing_about_owners_or_the_end_of_danas_app(charlie, charlie_browser, dana, browser, dana_app):
    invited(browser, dana_app)
    pk, base = OwnerInvitation.objects.get().pk, f"/app/{dana_app.client_id}"
    for path in ("/owners", f"/owners/{dana.pk}/remove", "/danger"):
        assert charlie_browser.get(base + path).status_code == 404
    for path in ("/owners/invite", f"/owners/{dana.pk}/remove", f"/owners/invitations/{pk}/withdraw", "/danger"):
        assert charlie_browser.post(base + path, {"name": "Payroll"}).status_code == 404
    assert list(dana_app.app.owners.all()) == [dana] and OwnerInvitation.objects.get().revoked_at is None


def test_an_invitation_to_another_app_is_not_withdrawn_here(bob, browser, dana_app, legacy_app):
    legacy_app.app.owners.add(bob)
    invited(people.browser(bob), legacy_app)
    pk = OwnerInvitation.objects.get().pk
    assert browser.post(f"/app/{dana_app.client_id}/owners/invitations/{pk}/withdraw").status_code == 404


@pytest.mark.parametrize("path", ["/owners/invite", "/danger", "/owners/{dana}/remove"])
def test_who_signed_in_long_ago_proves_who_they_are_first(dana, dana_app, path):
    old = people.browser(dana, auth_time=int(time.time()) - 3601)
    address = f"/app/{dana_app.client_id}{path.format(dana=dana.pk)}"
    assert "reason=reauthenticate" in old.post(address, {"name": "Payroll"})["Location"]
    assert Application.objects.standing().filter(pk=dana_app.app.pk).exists()


def test_deleting_says_what_stops_and_wants_the_name(alice_browser, browser, dana_app):
    factories.connect(alice_browser, dana_app)
    address = f"/app/{dana_app.client_id}/danger"
    page = text(browser.get(address))
    assert "1 person loses the service" in page and "1 connection ends at once" in page and "in the last 7 days" in page
    for wrong in ("payroll", "", "Payrol", "Payroll2"):
        answer = browser.post(address, {"name": wrong})
        assert answer.status_code == 400 and "Nothing was deleted" in text(answer)
    assert Authorization.objects.get().revoked_at is None
    done = browser.post(address, {"name": " Payroll "}, follow=True)
    assert "Payroll is deleted. It stopped for 1 person; connections ended: 1." in text(done)
    assert Authorization.objects.get().reason == "app_deleted"


def test_a_deleted_app_is_not_there_for_its_owners_any_more(browser, dana, dana_app):
    delete_app(dana_app.app, by=dana, now=timezone.now())
    for path in ("", "/settings", "/secrets", "/owners", "/danger", "/secrets.ics", "/secrets/primary/end"):
        assert browser.get(f"/app/{dana_app.client_id}{path}").status_code == 404, path
    assert "Payroll" not in text(browser.get("/app/"))


def test_an_owner_who_is_deactivated_is_marked(bob, browser, dana_app):
    dana_app.app.owners.add(bob)
    deactivate(bob, by=None, reason="left", now=timezone.now())
    page = text(browser.get(f"/app/{dana_app.client_id}/owners"))
    assert "Deactivated" in page and "You are the only one who looks after this app" in page
