"""Links in mails: opening one changes nothing, a changed or old one says so, and each does only what it is for."""

import uuid
from datetime import timedelta

import pytest
from django.core import mail as outbox
from django.test import Client
from django.utils import timezone

from authorizations import tasks
from authorizations.models import Authorization, Connection
from authorizations.notifications import links, preferences
from authorizations.notifications.kinds import NoticeKind
from authorizations.notifications.models import MailSettings, Notice


@pytest.fixture
def alices(connected):
    return Authorization.objects.select_related("person", "application").get()


@pytest.fixture
def link(alices):
    return links.revoke(str(alices.pk), alices.person_id).removeprefix("http://localhost:8000")


def live():
    return Authorization.objects.get().revoked_at is None


@pytest.mark.parametrize("method", ["get", "head"])
def test_opening_the_link_stops_nothing(link, method):
    assert getattr(Client(), method)(link).status_code == 200
    assert live()


def test_the_mail_about_a_connection_carries_the_link(alices):
    tasks.tell_connected()
    tasks.deliver_mail()
    assert "/notices/revoke/" in outbox.outbox[0].body and "/notices/revoke/" in outbox.outbox[0].alternatives[0][0]


def test_confirming_without_a_session_stops_it_and_tells_the_person(alices, link):
    page = Client().post(link)
    assert page.status_code == 200 and "was revoked" in page.content.decode()
    assert not live() and Connection.objects.get().revoked_at
    told = Notice.objects.get(kind="authorization.revoked")
    assert told.person_id == alices.person_id and "mail" in told.detail["reason"]


def test_confirming_as_oneself_is_ones_own_act(alice, alice_browser, link):
    alice_browser.post(link)
    assert Authorization.objects.get().revoked_by == str(alice.pk)
    assert not Notice.objects.filter(kind="authorization.revoked").exists()


def test_confirming_needs_the_forgery_token(link):
    assert Client(enforce_csrf_checks=True).post(link).status_code == 403 and live()


def test_confirming_twice_says_that_it_had_stopped(link):
    Client().post(link)
    assert "had already stopped" in Client().post(link).content.decode()
    assert "had already stopped" in Client().get(link).content.decode()


@pytest.mark.parametrize("method", ["get", "post"])
def test_charlie_signed_in_cannot_use_alices_link(charlie_browser, link, method):
    page = getattr(charlie_browser, method)(link)
    assert page.status_code == 403 and "Payroll" not in page.content.decode() and live()


@pytest.mark.parametrize(
    "spoil", [lambda t: t[:-1], lambda t: t + "x", lambda t: "A" + t[1:], lambda t: "nonsense", lambda t: t.swapcase()]
)
def test_a_changed_link_is_met_kindly_and_does_nothing(link, spoil):
    base, token = link.rsplit("/", 1)
    for address in (f"{base}/{spoil(token)}", f"/notices/unsubscribe/{spoil(token)}"):
        for page in (Client().get(address), Client().post(address)):
            assert page.status_code == 400 and "Nothing was changed" in page.content.decode()
    assert live()


def test_an_old_link_is_met_kindly_and_does_nothing(link, monkeypatch):
    monkeypatch.setattr(links, "REVOKE_LIFETIME", timedelta(seconds=-1))
    page = Client().post(link)
    assert page.status_code == 410 and "too old" in page.content.decode() and live()


def test_a_link_for_one_purpose_is_none_for_another(alice, alices):
    token = links.unsubscribe(alice.pk, NoticeKind.AUTHORIZATION_EXPIRED).rsplit("/", 1)[1]
    assert Client().post(f"/notices/revoke/{token}").status_code == 400 and live()


def test_a_link_about_an_authorization_that_is_not_there(alice, alices):
    address = links.revoke(str(uuid.uuid4()), alice.pk).removeprefix("http://localhost:8000")
    assert Client().post(address).status_code == 400


def unsubscribe(person, kind):
    return links.unsubscribe(person.pk, kind).removeprefix("http://localhost:8000")


def test_the_mail_programs_own_button_turns_the_kind_off(alice):
    kind = NoticeKind.AUTHORIZATION_EXPIRED
    answer = Client(enforce_csrf_checks=True).post(unsubscribe(alice, kind), {"List-Unsubscribe": "One-Click"})
    assert answer.status_code == 200
    assert MailSettings.objects.get(person=alice).silenced == [kind]


def test_opening_the_unsubscribe_link_changes_nothing(alice):
    assert Client().get(unsubscribe(alice, NoticeKind.AUTHORIZATION_EXPIRED)).status_code == 200
    assert not MailSettings.objects.exists()


def test_what_cannot_be_turned_off_says_why(alice):
    page = Client().post(unsubscribe(alice, NoticeKind.SECRET_LEAKED))
    assert "cannot be turned off" in page.content.decode()
    assert not preferences.of(type(alice).objects.get()).silenced


def test_a_digest_is_turned_off_by_its_link(alice):
    preferences.save(alice, silenced=[], digest="daily", now=timezone.now())
    Client().post(unsubscribe(alice, "digest"))
    assert MailSettings.objects.get().digest == "off"


RENEW = "/_usersSettings/authorizations/{}/renew"


def renew_form(alices):
    return {"seen": alices.expires_at.isoformat()}


def test_renewing_needs_the_person(alices, charlie_browser):
    before = alices.expires_at
    for browser, status in ((Client(), 302), (charlie_browser, 404)):
        assert browser.get(RENEW.format(alices.pk)).status_code == status
        assert browser.post(RENEW.format(alices.pk), renew_form(alices)).status_code == status
    alices.refresh_from_db()
    assert alices.expires_at == before


def test_renewing_asks_once_and_gives_the_full_time(alice_browser, alices):
    alices.expires_at = timezone.now() + timedelta(days=2)
    alices.save()
    assert alice_browser.get(RENEW.format(alices.pk)).status_code == 200
    alices.refresh_from_db()
    assert alices.expires_at < timezone.now() + timedelta(days=3)
    alice_browser.post(RENEW.format(alices.pk), renew_form(alices))
    alices.refresh_from_db()
    assert alices.expires_at > timezone.now() + timedelta(days=364)


@pytest.mark.parametrize("seen", ["", "nonsense", "2020-01-01T00:00:00+00:00", "2020-99-01T00:00:00"])
def test_renewing_from_a_stale_page_changes_nothing(alice_browser, alices, seen):
    before = alices.expires_at
    assert alice_browser.post(RENEW.format(alices.pk), {"seen": seen}).status_code == 302
    alices.refresh_from_db()
    assert alices.expires_at == before


def test_what_has_ended_is_not_renewed(alice, alice_browser, alices):
    Authorization.objects.update(revoked_at=timezone.now())
    assert alice_browser.post(RENEW.format(alices.pk), renew_form(alices)).status_code == 302
    assert Authorization.objects.get().revoked_at
