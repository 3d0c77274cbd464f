"""The Secrets tab: what would stop is said first, what is shown once is shown once, and strangers see nothing."""

import re
import time

import pytest
from django.utils import timezone

from authorizations import usage
from authorizations.services import app_secrets
from oauthapps.models import ApplicationSecret
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


def at(app, path=""):
    return f"/app/{app.client_id}/secrets{path}"


PATHS = ["", "/primary/regenerate", "/primary/end"]


@pytest.mark.parametrize("path", PATHS)
def test_charlie_sees_nothing_of_danas_secrets(charlie_browser, dana_app, path):
    assert charlie_browser.get(at(dana_app, path)).status_code == 404


@pytest.mark.parametrize(
    "path", ["/secrets/primary", "/secrets/primary/end", "/webhook", "/webhook/remove", "/webhook/test", "/calendar", "/calendar/end"]
)  # fmt: skip
def test_charlie_changes_nothing_of_danas_secrets(charlie_browser, dana_app, path):
    seen = ApplicationSecret.objects.get(application=dana_app.app).key_id
    assert charlie_browser.post(f"/app/{dana_app.client_id}{path}", {"replaces": seen}).status_code == 404
    assert ApplicationSecret.objects.filter(application=dana_app.app, revoked_at=None).count() == 1


@pytest.mark.parametrize("path", PATHS[1:])
def test_who_signed_in_long_ago_proves_who_they_are_first(dana, dana_app, path):
    old = people.browser(dana, auth_time=int(time.time()) - 3601)
    assert "reason=reauthenticate" in old.get(at(dana_app, path))["Location"]
    assert "reason=reauthenticate" in old.post(at(dana_app, "/primary"))["Location"]


def test_the_page_says_what_depends_on_each_secret_and_where_it_is_used(alice_browser, browser, dana_app):
    dana_app.http.defaults["HTTP_USER_AGENT"] = "payroll-worker/3.1"
    factories.connect(alice_browser, dana_app)
    usage.flush()
    page = text(browser.get(at(dana_app)))
    assert "1 connection of 1 person" in page and "payroll-worker/3.1" in page and "127.0.0.1" in page


@pytest.mark.parametrize("act", ["regenerate", "end"])
def test_the_confirmation_says_the_numbers_before_anything_ends(alice_browser, browser, dana_app, act):
    factories.connect(alice_browser, dana_app)
    page = text(browser.get(at(dana_app, f"/primary/{act}")))
    assert "1 connection of 1 person would end" in page
    assert ApplicationSecret.objects.filter(revoked_at=None).count() == 1


def test_a_secret_that_nothing_depends_on_ends_with_one_click_and_says_so(browser, dana_app):
    seen = ApplicationSecret.objects.get().key_id
    assert "Nothing would stop" in text(browser.get(at(dana_app, "/primary/end")))
    done = browser.post(at(dana_app, "/primary/end"), {"replaces": seen}, follow=True)
    assert "No connection depended on it" in text(done) and "Ended by an owner" in text(done)


def test_after_regenerating_the_page_shows_the_new_secret_once_and_how_many_ended(alice_browser, browser, dana_app):
    factories.connect(alice_browser, dana_app)
    seen = ApplicationSecret.objects.get().key_id
    page = browser.post(at(dana_app, "/primary"), {"replaces": seen})
    made = ApplicationSecret.objects.get(revoked_at=None)
    shown = re.search(rf"{made.key_id}\.[A-Za-z0-9_-]{{43}}", page.content.decode())
    assert shown and "1 connection ended" in text(page)
    assert shown[0] not in browser.get(at(dana_app)).content.decode()


def test_the_second_owner_who_presses_regenerate_is_told_to_look_again(bob, browser, dana_app):
    dana_app.app.owners.add(bob)
    seen = ApplicationSecret.objects.get().key_id
    assert people.browser(bob).post(at(dana_app, "/primary"), {"replaces": seen}).status_code == 200
    answer = browser.post(at(dana_app, "/primary"), {"replaces": seen}, follow=True)
    assert "nothing was done" in text(answer) and ApplicationSecret.objects.count() == 2


@pytest.mark.parametrize(("days", "status"), [("7", 200), ("60", 200), ("61", 400), ("0", 400), ("-1", 400), ("x", 400), ("1.5", 400), ("٣", 400)])  # fmt: skip
def test_the_owner_chooses_how_long_a_secret_lives(browser, dana_app, days, status):
    answer = browser.post(at(dana_app, "/alternative"), {"replaces": "", "days": days})
    assert answer.status_code == status
    made = ApplicationSecret.objects.filter(slot="alternative").first()
    assert (made is not None and (made.expires_at - made.created_at).days == int(days)) if status == 200 else not made


def test_an_app_without_secrets_has_no_page_for_them(dana, browser, public_app):
    public_app.app.owners.add(dana)
    for path in PATHS:
        assert browser.get(at(public_app, path)).status_code == 404


def test_an_unknown_slot_is_not_there(browser, dana_app):
    assert browser.get(at(dana_app, "/third/end")).status_code == 404
    assert browser.post(at(dana_app, "/third"), {"replaces": ""}).status_code == 404


def test_a_secret_that_has_run_out_makes_room_for_a_new_one(browser, dana_app):
    ApplicationSecret.objects.update(expires_at=timezone.now())
    page = text(browser.get(at(dana_app)))
    assert "Expired" in page and "Make a secret" in page
    assert browser.get(at(dana_app, "/primary/end")).status_code == 302
    assert browser.post(at(dana_app, "/primary"), {"replaces": ""}).status_code == 200
    assert ApplicationSecret.objects.get(revoked_at=None).is_live(timezone.now())
    assert app_secrets.still_used_by(ApplicationSecret.objects.get(revoked_at=None), timezone.now()).connections == 0


def test_coming_back_to_the_address_of_an_act_leads_to_the_page(browser, dana_app):
    for path in ("/secrets/primary", "/webhook", "/webhook/test", "/calendar"):
        assert browser.get(f"/app/{dana_app.client_id}{path}")["Location"] == at(dana_app)
