"""Which mails a person gets, the digest, and the pages about both."""

from datetime import UTC, datetime, timedelta

import pytest
from django.core import mail as outbox
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from authorizations import tasks
from authorizations.notifications import deliver, digest, preferences
from authorizations.notifications.kinds import NoticeKind
from authorizations.notifications.models import MailSettings, Message, Notice
from tests import people

PAGE, SETTINGS = "/_usersSettings/notifications", "/_usersSettings/notifications/mail"
EXPIRED, LEAKED = NoticeKind.AUTHORIZATION_EXPIRED, NoticeKind.SECRET_LEAKED
MONDAY = datetime(2026, 11, 30, 7, tzinfo=UTC)


def choose(person, *, silenced=(), digest="off", now=None):
    preferences.save(person, silenced=list(silenced), digest=digest, now=now or timezone.now())


def test_a_kind_that_is_turned_off_stays_in_the_portal(told, alice):
    choose(alice, silenced=[EXPIRED])
    message = told(alice)
    assert tasks.deliver_mail() == 0
    message.refresh_from_db()
    assert "turned this mail off" in message.problem
    assert "no longer acts for you" in people.browser(alice).get(PAGE).content.decode()


def test_what_concerns_security_cannot_be_turned_off(alice):
    choose(alice, silenced=[EXPIRED, LEAKED])
    assert MailSettings.objects.get().silenced == [EXPIRED]


def test_the_page_turns_kinds_off_and_on(alice):
    browser = people.browser(alice)
    wanted = [kind for kind in NoticeKind if kind != EXPIRED]
    browser.post(SETTINGS, {"digest": "off", "mail": wanted})
    assert MailSettings.objects.get().silenced == [EXPIRED]
    browser.post(SETTINGS, {"digest": "off", "mail": list(NoticeKind)})
    assert MailSettings.objects.get().silenced == []


def test_a_digest_that_is_none_changes_nothing(alice):
    people.browser(alice).post(SETTINGS, {"digest": "hourly"})
    assert not MailSettings.objects.exists()


@pytest.mark.parametrize(
    ("digest", "now", "expected"),
    [
        ("daily", MONDAY - timedelta(minutes=1), MONDAY),
        ("daily", MONDAY, MONDAY + timedelta(days=1)),
        ("weekly", MONDAY - timedelta(minutes=1), MONDAY),
        ("weekly", MONDAY, MONDAY + timedelta(days=7)),
        ("weekly", MONDAY + timedelta(days=3), MONDAY + timedelta(days=7)),
        ("off", MONDAY, None),
    ],
)
def test_when_the_next_digest_leaves(digest, now, expected):
    assert preferences.next_digest(digest, now) == expected


def test_a_digest_takes_the_unread_ones_along_in_one_mail(told, alice, app_named):
    choose(alice, digest="daily", now=MONDAY)
    for name in ("Payroll", "Reports", "Read"):
        told(alice, now=MONDAY + timedelta(hours=1), app=app_named(name))
    Notice.objects.filter(app_name="Read").update(read_at=MONDAY)
    assert deliver.deliver_mail(MONDAY + timedelta(hours=2)).sent == 0
    due = MONDAY + timedelta(days=1)
    assert (digest.write_due(now=due), digest.write_due(now=due)) == (1, 0)
    assert deliver.deliver_mail(due + timedelta(hours=1)).sent == 1
    [mail] = outbox.outbox
    assert "Payroll" in mail.body and "Reports" in mail.body and "Read no longer" not in mail.body
    assert mail.subject == "2 notices about your services" and "List-Unsubscribe" in mail.extra_headers
    assert Message.objects.filter(sent_at=None, dropped_at=None).count() == 0


def test_what_is_urgent_does_not_wait_for_the_digest(told, alice):
    choose(alice, digest="weekly")
    told(alice, NoticeKind.AUTHORIZATION_REVOKED)
    assert tasks.deliver_mail() == 1


def test_without_news_there_is_no_digest(alice):
    choose(alice, digest="daily", now=MONDAY)
    digest.write_due(now=MONDAY + timedelta(days=1))
    assert not Message.objects.exists()
    assert MailSettings.objects.get().digest_due_at == MONDAY + timedelta(days=2)


def test_turning_the_digest_off_lets_go_what_was_held(told, alice):
    choose(alice, digest="weekly")
    told(alice)
    assert tasks.deliver_mail() == 0
    choose(alice, digest="off")
    assert tasks.deliver_mail() == 1


def test_everything_read_meanwhile_makes_no_mail(told, alice):
    choose(alice, digest="daily", now=MONDAY)
    told(alice, now=MONDAY + timedelta(hours=1))
    digest.write_due(now=MONDAY + timedelta(days=1))
    Notice.objects.update(read_at=MONDAY)
    assert deliver.deliver_mail(MONDAY + timedelta(days=1)).sent == 0
    assert Message.objects.get(channel="digest").dropped_at


def test_the_list_is_ones_own(told, alice, charlie):
    notice = told(alice).notice
    browser = people.browser(charlie)
    assert str(notice.pk) not in browser.get(PAGE).content.decode()
    assert browser.post(f"{PAGE}/{notice.pk}/read").status_code == 404
    browser.post(f"{PAGE}/read")
    notice.refresh_from_db()
    assert notice.read_at is None


@pytest.mark.parametrize("path", [PAGE, SETTINGS])
def test_nobody_signed_in_is_sent_to_sign_in(db, path):
    assert Client().get(path)["Location"].startswith("/signin")


def test_reading_and_unreading_one(told, alice):
    notice, browser = told(alice).notice, people.browser(alice)
    browser.post(f"{PAGE}/{notice.pk}/read?show=unread")
    assert Notice.objects.get().read_at
    browser.post(f"{PAGE}/{notice.pk}/read", {"as": "unread"})
    assert Notice.objects.get().read_at is None


def test_marking_all_as_read_leaves_what_came_after_the_page(told, alice):
    told(alice)
    until = timezone.now()
    late = told(alice, now=until + timedelta(seconds=1)).notice
    people.browser(alice).post(f"{PAGE}/read", {"until": until.isoformat()})
    assert list(Notice.objects.filter(read_at=None)) == [late]


@pytest.mark.parametrize("until", ["", "nonsense", "2026-01-01"])
def test_marking_all_as_read_without_an_instant_means_now(told, alice, until):
    told(alice)
    people.browser(alice).post(f"{PAGE}/read", {"until": until})
    assert Notice.objects.filter(read_at=None).count() == 0


def test_filters_and_pages_live_in_the_address(told, alice):
    for n in range(25):
        told(alice, key=str(n))
    told(alice, NoticeKind.AUTHORIZATION_REVOKED)
    browser = people.browser(alice)
    assert browser.get(f"{PAGE}?kind={EXPIRED}").content.decode().count("data-notice=") == 20
    second = browser.get(f"{PAGE}?kind={EXPIRED}&page=2").content.decode()
    assert second.count("data-notice=") == 5 and f"kind={EXPIRED}&amp;page=1" in second
    assert browser.get(f"{PAGE}?kind=nonsense&page=nonsense&show=nonsense").status_code == 200


def test_a_notice_that_is_no_longer_so_says_so_and_counts_as_read(told, alice):
    told(alice)
    Notice.objects.update(cancelled_at=timezone.now())
    page = people.browser(alice).get(PAGE).content.decode()
    assert "No longer so" in page and "unread notice" not in page


def test_the_list_costs_the_same_for_one_and_for_fifteen(told, alice):
    browser = people.browser(alice)

    def cost():
        with CaptureQueriesContext(connection) as captured:
            browser.get(PAGE)
        return len(captured)

    told(alice)
    one = cost()
    for n in range(14):
        told(alice, key=f"more {n}")
    assert cost() == one
