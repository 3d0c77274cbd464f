"""The page of a service and the pages that change it: one's own, in the state that was seen, once."""

import re
import uuid
from datetime import timedelta

import pytest
from django.conf import settings
from django.test import Client
from django.utils import timezone

from authorizations.events.models import Event
from authorizations.models import Authorization, AuthorizationUsage, Connection
from tests import factories

LIST = "/_usersSettings/authorizations"
PAGES = ["", "/drop?scope=vso.project", "/organizations", "/end", "/note"]


@pytest.fixture
def alices(connected):
    return Authorization.objects.select_related("person", "application").get()


@pytest.fixture
def at(alices):
    return f"{LIST}/{alices.pk}"


def text(response) -> str:
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", response.content.decode()))


def hidden(response, name: str) -> str:
    found = re.search(rf'name="{name}" value="([^"]*)"', response.content.decode())
    assert found, response.content.decode()[:3000]
    return found[1]


def recorded(name: str) -> int:
    return Event.objects.filter(name=name).count()


def used(authorization, facet, value, calls, days_ago=0):
    day = timezone.now().date() - timedelta(days=days_ago)
    AuthorizationUsage.objects.create(authorization=authorization, day=day, facet=facet, value=value, calls=calls)


# Whose it is


@pytest.mark.parametrize("page", PAGES)
def test_charlie_cannot_tell_alices_from_one_that_does_not_exist(charlie_browser, alices, page):
    for pk in (alices.pk, uuid.uuid4()):
        assert charlie_browser.get(f"{LIST}/{pk}{page}").status_code == 404
        assert charlie_browser.post(f"{LIST}/{pk}{page}", {"note": "x"}).status_code in {404, 405}
    alices.refresh_from_db()
    assert alices.note == "" and "vso.project" in alices.scopes


@pytest.mark.parametrize("page", PAGES)
def test_nobody_signed_in_is_sent_to_sign_in(at, page):
    response = Client().get(f"{at}{page}")
    assert response.status_code == 302 and response["Location"].startswith("/signin")


@pytest.mark.parametrize("act", ["end", "end-others"])
def test_charlie_ends_no_connection_of_alices(charlie_browser, at, act):
    connection = Connection.objects.get()
    assert charlie_browser.post(f"{at}/connections/{connection.pk}/{act}").status_code == 404
    connection.refresh_from_db()
    assert connection.revoked_at is None


def test_a_connection_is_found_under_its_own_authorization_only(alice, alice_browser, at):
    other = factories.app(name="Other").app
    mine = Authorization.objects.create(person=alice, application=other, scopes=["vso.work"], granted_at=timezone.now())
    connection = Connection.objects.get()
    assert alice_browser.get(f"{LIST}/{mine.pk}/connections/{connection.pk}/end").status_code == 404


@pytest.mark.parametrize("page", PAGES[1:])
def test_changing_needs_the_forgery_token(alice, at, page):
    browser = Client(enforce_csrf_checks=True)
    browser.force_login(alice, backend="accounts.backends.ActivePersonBackend")
    assert browser.post(f"{at}{page}").status_code == 403


# What the page of a service says


def test_the_page_says_what_it_may_do_and_what_was_used(alice_browser, alices, at):
    used(alices, "endpoint", "api", 12)
    used(alices, "scope", "vso.profile", 12)
    page = text(alice_browser.get(at))
    assert "Payroll" in page and "Used 12 calls, last on" in page and "Never used No call seen here" in page
    assert "1 permission was never used. Drop it" in page


def test_the_page_says_what_other_servers_checked_without_a_permission(alice_browser, alices, at):
    used(alices, "endpoint", "introspect", 3)
    assert "other servers also asked 3 times whether its token is good" in text(alice_browser.get(at))


def test_what_would_break_is_said_by_kind_and_organization(alice, alice_browser, alices, at):
    place = factories.organization("contoso", alice)
    used(alices, "endpoint", "api", 1200)
    used(alices, "organization", str(place.pk), 1200)
    used(alices, "endpoint", "userinfo", 7, days_ago=40)
    page = text(alice_browser.get(at))
    assert "Calls of the API 1,200 calls, last on" in page and "Contoso 1,200 calls" in page
    assert "Looking up who you are" not in page  # long ago: nothing to break


def test_an_ended_service_shows_its_history_and_nothing_to_change(alice_browser, alices, at):
    Authorization.objects.update(revoked_at=timezone.now(), reason="revoked")
    page = alice_browser.get(at)
    assert "This service can do nothing for you." in text(page) and "It connected" in text(page)
    for gone in ("/drop", f"{at}/organizations", f"{at}/end", "/note", "revoke-"):
        assert gone not in page.content.decode()


@pytest.mark.parametrize("page", PAGES[1:])
def test_an_ended_service_is_not_changed_from_an_old_page(alice_browser, at, page):
    Authorization.objects.update(revoked_at=timezone.now())
    response = alice_browser.post(f"{at}{page}", {"note": "x", "scope": "vso.project"}, follow=True)
    assert "This service has ended; there is nothing left to change." in text(response)
    assert recorded("authorization.noted") == recorded("authorization.narrowed") == 0


# Dropping


def test_dropping_asks_and_then_drops(alice_browser, alices, at):
    page = alice_browser.get(f"{at}/drop?scope=vso.project")
    assert "You cannot undo this here" in text(page)
    answer = alice_browser.post(f"{at}/drop", {"scope": "vso.project", "seen": hidden(page, "seen")}, follow=True)
    assert "Dropped 1 permission of Payroll." in text(answer)
    alices.refresh_from_db()
    assert "vso.project" not in alices.scopes and recorded("authorization.narrowed") == 1


def test_looking_at_the_question_drops_nothing(alice_browser, alices, at):
    alice_browser.get(f"{at}/drop?scope=vso.project")
    alices.refresh_from_db()
    assert "vso.project" in alices.scopes


def test_sending_the_drop_twice_is_dropping_once(alice_browser, at):
    said = {"scope": "vso.project", "seen": hidden(alice_browser.get(f"{at}/drop?scope=vso.project"), "seen")}
    for _ in range(2):
        assert alice_browser.post(f"{at}/drop", said).status_code == 302
    assert recorded("authorization.narrowed") == 1


def test_a_stale_drop_changes_nothing_and_says_so(alice_browser, alices, at):
    said = {"scope": "vso.project", "seen": hidden(alice_browser.get(f"{at}/drop?scope=vso.project"), "seen")}
    Authorization.objects.update(scopes=[*alices.scopes, "vso.work"])
    answer = alice_browser.post(f"{at}/drop", said)
    assert answer.status_code == 409 and "out of date, so nothing was changed" in text(answer)
    assert alice_browser.post(f"{at}/drop", said | {"seen": hidden(answer, "seen")}).status_code == 302


def test_a_permission_that_came_with_a_larger_one_goes_with_it(alice_browser, alices, at):
    Authorization.objects.update(scopes=["vso.profile", "vso.code", "vso.code_write"])
    page = alice_browser.get(f"{at}/drop?scope=vso.code")
    assert "Code (read) is part of Code (read and write) , so it goes only if that goes too." in text(page)
    assert re.findall(r'name="scope" value="([^"]+)"', page.content.decode()) == ["vso.code", "vso.code_write"]


def test_dropping_all_leads_to_revoking(alice_browser, alices, at):
    every = "&".join(f"scope={s}" for s in alices.scopes)
    page = alice_browser.get(f"{at}/drop?{every}")
    assert "To take everything back, revoke it." in text(page) and 'id="drop-confirm"' not in page.content.decode()
    forged = {"scope": alices.scopes, "seen": " ".join(alices.scopes)}
    assert alice_browser.post(f"{at}/drop", forged).status_code == 409
    alices.refresh_from_db()
    assert alices.scopes


def test_everything_never_used_goes_with_one_confirmation(alice_browser, alices, at):
    Authorization.objects.update(scopes=[*alices.scopes, "vso.work"])
    used(alices, "scope", "vso.profile", 2)
    page = alice_browser.get(f"{at}/drop?unused=1")
    scopes = re.findall(r'name="scope" value="([^"]+)"', page.content.decode())
    assert scopes == ["vso.project", "vso.work"] and "Drop 2 permissions" in text(page)
    alice_browser.post(f"{at}/drop", {"scope": scopes, "seen": hidden(page, "seen")})
    alices.refresh_from_db()
    assert alices.scopes == ["openid", "profile", "email", "vso.profile"]


@pytest.mark.parametrize("query", ["scope=vso.nonsense", "scope=%00", "", "unused=1&scope=x"])
def test_odd_questions_have_an_answer(alice_browser, alices, at, query):
    assert alice_browser.get(f"{at}/drop?{query}", follow=True).status_code == 200


# Where, until when, and the note


def test_choosing_organizations(alice, alice_browser, alices, at):
    one, two = factories.organization("contoso", alice), factories.organization("fabrikam", alice)
    page = alice_browser.get(f"{at}/organizations")
    said = {"reach": "some", "organization": [str(one.pk)], "seen": hidden(page, "seen")}
    for _ in range(2):
        assert alice_browser.post(f"{at}/organizations", said).status_code == 302
    alices.refresh_from_db()
    assert alices.organizations == [str(one.pk)] and recorded("authorization.narrowed") == 1
    stale = alice_browser.post(f"{at}/organizations", said | {"organization": [str(two.pk)]})
    assert stale.status_code == 409 and "out of date" in text(stale)


def test_no_organization_is_no_choice(alice, alice_browser, alices, at):
    factories.organization("contoso", alice)
    answer = alice_browser.post(f"{at}/organizations", {"reach": "some", "seen": "all"})
    assert answer.status_code == 400 and "Choose at least one of your organizations." in text(answer)


def test_somebody_elses_organization_is_no_choice(alice, alice_browser, bob, alices, at):
    theirs = factories.organization("northwind", bob)
    said = {"reach": "some", "organization": [str(theirs.pk)], "seen": "all"}
    answer = alice_browser.post(f"{at}/organizations", said)
    assert answer.status_code == 400 and "Northwind" not in text(answer)


def test_shortening(alice_browser, alices, at):
    seen = hidden(alice_browser.get(f"{at}/end"), "seen")
    for _ in range(2):
        response = alice_browser.post(f"{at}/end", {"until": "30", "seen": seen})
        assert response.status_code in {302, 409}  # 409: the minute turned between the two
    alices.refresh_from_db()
    assert timedelta(days=29) < alices.expires_at - timezone.now() <= timedelta(days=30)
    assert recorded("authorization.shortened") == 1
    stale = alice_browser.post(f"{at}/end", {"until": "7", "seen": seen})
    assert stale.status_code == 409 and "out of date" in text(stale)


@pytest.mark.parametrize(
    ("until", "date"),
    [
        ("", ""),
        ("date", ""),
        ("date", "2020-01-01"),
        ("date", "2999-01-01"),
        ("date", "31.12.2026"),
        ("date", "2026-02-31"),
        ("5", ""),
        ("-1", ""),
        ("longest\x00", ""),
    ],
)
def test_an_end_that_cannot_be_is_refused_with_words(alice_browser, alices, at, until, date):
    answer = alice_browser.post(f"{at}/end", {"until": until, "date": date, "seen": alices.expires_at.isoformat()})
    assert answer.status_code == 400 and "Choose a day after today and not after" in text(answer)


@pytest.mark.parametrize("seen", ["", "yesterday", "2026-13-45T99:99", "\x00"])
def test_an_end_against_a_state_nobody_saw_is_refused(alice_browser, alices, at, seen):
    assert alice_browser.post(f"{at}/end", {"until": "30", "seen": seen}).status_code in {400, 409}
    assert recorded("authorization.shortened") == 0


def test_extending_to_the_last_day_is_never_too_long(alice_browser, alices, at):
    Authorization.objects.update(expires_at=timezone.now() + timedelta(days=3))
    latest = timezone.now() + settings.AUTHORIZATION_LIFETIME
    said = {"until": "date", "date": f"{latest:%Y-%m-%d}", "seen": hidden(alice_browser.get(f"{at}/end"), "seen")}
    assert alice_browser.post(f"{at}/end", said).status_code == 302
    assert recorded("authorization.extended") == 1


def test_a_note_is_kept_for_the_person_and_escaped(alice_browser, alices, at):
    page = alice_browser.get(f"{at}/note")
    words = "for <b>tax</b>\r\nsecond line"
    assert alice_browser.post(f"{at}/note", {"note": words, "seen": hidden(page, "seen")}).status_code == 302
    shown = alice_browser.get(at).content.decode()
    assert "for &lt;b&gt;tax&lt;/b&gt;<br>second line" in shown
    again = alice_browser.post(f"{at}/note", {"note": "new", "seen": words})  # as browsers send it back
    assert again.status_code == 302


def test_two_notes_at_once_lose_nothing(alice_browser, alices, at):
    Authorization.objects.update(note="from the other tab")
    answer = alice_browser.post(f"{at}/note", {"note": "from this tab", "seen": ""})
    assert answer.status_code == 409
    assert "from the other tab" in text(answer) and "from this tab" in text(answer)


def test_a_note_that_is_too_long_is_given_back(alice_browser, alices, at):
    answer = alice_browser.post(f"{at}/note", {"note": "x" * 501, "seen": ""})
    assert answer.status_code == 400 and "501 characters; at most 500" in text(answer) and "x" * 501 in text(answer)


# Connections


@pytest.fixture
def second(alice_browser, payroll, connected):
    return factories.connect(alice_browser, payroll)


def test_ending_one_connection_refuses_its_next_use(alice_browser, payroll, connected, second, at):
    newest = Connection.objects.order_by("-created_at").first()
    address = f"{at}/connections/{newest.pk}/end"
    assert "End this connection of Payroll?" in text(alice_browser.get(address))
    assert "1 connection of Payroll was ended." in text(alice_browser.post(address, follow=True))
    assert payroll.refresh(second["refresh_token"]).json()["error"] == "invalid_grant"
    assert payroll.introspect(second["access_token"]) == {"active": False}
    assert payroll.refresh(connected["refresh_token"]).status_code == 200
    assert "That had ended already." in text(alice_browser.post(address, follow=True))
    assert recorded("connection.revoked") == 1


def test_ending_all_others_keeps_the_one(alice_browser, payroll, connected, second, at):
    newest = Connection.objects.order_by("-created_at").first()
    address = f"{at}/connections/{newest.pk}/end-others"
    page = alice_browser.get(address)
    assert "End 1 other connection of Payroll?" in text(page)
    third = factories.connect(alice_browser, payroll)  # after the question was shown
    alice_browser.post(address, {"shown_at": hidden(page, "shown_at")})
    assert payroll.refresh(connected["refresh_token"]).json()["error"] == "invalid_grant"
    assert payroll.refresh(second["refresh_token"]).status_code == 200
    assert payroll.refresh(third["refresh_token"]).status_code == 200


def test_looking_at_the_question_ends_nothing(alice_browser, payroll, connected, at):
    alice_browser.get(f"{at}/connections/{Connection.objects.get().pk}/end")
    assert payroll.refresh(connected["refresh_token"]).status_code == 200
