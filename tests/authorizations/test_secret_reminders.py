"""Owners hear of a secret's end in time, once per step, and the job may run as often as it likes."""

from datetime import UTC, datetime, timedelta

import pytest
from django.test import Client

from accounts.services import deactivate
from authorizations.events.models import Event
from authorizations.models import Connection
from authorizations.notifications.models import Message, Notice
from authorizations.notifications.texts import words
from authorizations.services import app_secrets, secret_reminders
from oauthapps import services
from oauthapps.models import ApplicationSecret
from tests import factories

MADE = datetime(2026, 3, 1, 15, 0, tzinfo=UTC)


@pytest.fixture
def ledger(dana, bob):
    """Dana's and Bob's app, whose secret was made at MADE for 60 days."""
    made = services.register(
        services.Registration("Ledger", "Contoso Ltd", [factories.CALLBACK], ["vso.profile"]),
        owners=[dana, bob],
        by=dana,
        now=MADE,
    )
    services.create_secret(made, slot="primary", by=dana, now=MADE)
    return made


def told(person=None):
    found = Notice.objects.filter(kind="secret.expiring").order_by("created_at")
    return [n.detail["days"] for n in (found.filter(person=person) if person else found)]


def run_daily(start, days):
    for day in range(days):
        for hour in (0, 6, 12, 18):
            now = start + timedelta(days=day, hours=hour)
            secret_reminders.remind(now)
            secret_reminders.close_expired(now)


def test_every_owner_is_told_at_30_14_7_and_1_days_and_on_the_day_once_each(dana, bob, ledger):
    run_daily(MADE, 62)
    assert told(dana) == told(bob) == [30, 14, 7, 1, 0]
    assert Notice.objects.filter(kind="secret.expired").count() == 2
    assert Message.objects.filter(channel="mail").count() == 12


def test_each_step_is_told_at_its_instant_and_not_before(dana, ledger):
    end = ApplicationSecret.objects.get().expires_at
    for days in (30, 14, 7, 1):
        before = len(told(dana))
        secret_reminders.remind(end - timedelta(days=days) - timedelta(microseconds=1))
        assert len(told(dana)) == before
        secret_reminders.remind(end - timedelta(days=days))
        assert told(dana)[-1] == days
    secret_reminders.remind(end.replace(hour=0, minute=0) - timedelta(seconds=1))
    assert told(dana)[-1] == 1
    secret_reminders.remind(end - timedelta(hours=12))
    assert told(dana)[-1] == 0


def test_the_job_may_run_twice(dana, ledger):
    now = MADE + timedelta(days=31)
    assert (secret_reminders.remind(now), secret_reminders.remind(now)) == (1, 0)
    assert told(dana) == [30]


def test_after_a_pause_only_the_step_that_counts_now_is_told(dana, ledger):
    secret_reminders.remind(MADE + timedelta(days=55))
    assert told(dana) == [7]


def test_a_short_secret_does_not_get_the_steps_that_were_past_when_it_was_made(dana, bob, ledger):
    services.create_secret(ledger, slot="primary", by=dana, now=MADE, lifetime=timedelta(days=10))
    run_daily(MADE, 12)
    assert told(dana) == [7, 1, 0]


def test_a_secret_made_for_exactly_30_days_is_not_announced_on_the_day_it_is_made(dana, ledger):
    services.create_secret(ledger, slot="primary", by=dana, now=MADE, lifetime=timedelta(days=30))
    secret_reminders.remind(MADE)
    assert told(dana) == []


def test_a_secret_that_was_ended_is_announced_no_more_and_its_waiting_mail_does_not_leave(dana, bob, ledger):
    secret_reminders.remind(MADE + timedelta(days=31))
    seen = ApplicationSecret.objects.get(revoked_at=None).key_id
    now = MADE + timedelta(days=40)
    app_secrets.regenerate(ledger, slot="primary", by=dana, now=now, replaces=seen)
    notice = Notice.objects.get(kind="secret.expiring", person=dana)
    assert notice.cancelled_at == now and Message.objects.get(notice=notice).dropped_at == now
    run_daily(now, 25)
    assert told(dana) == [30]


def test_an_owner_who_was_deactivated_is_not_told(dana, bob, ledger):
    deactivate(bob, by=None, reason="left", now=MADE)
    secret_reminders.remind(MADE + timedelta(days=31))
    assert list(Notice.objects.values_list("person_id", flat=True)) == [dana.pk]


def test_a_secret_that_runs_out_ends_its_connections_and_tells_the_owners_once(alice_browser, dana, payroll):
    payroll.app.owners.add(dana)
    tokens = factories.connect(alice_browser, payroll)
    end = ApplicationSecret.objects.get().expires_at
    Connection.objects.update(expires_at=end + timedelta(days=30))
    assert secret_reminders.close_expired(end - timedelta(microseconds=1)) == 0
    assert (secret_reminders.close_expired(end + timedelta(minutes=5)), secret_reminders.close_expired(end)) == (1, 0)
    secret = ApplicationSecret.objects.get()
    assert (secret.revoked_at, secret.ended_because) == (end, "expired")
    assert Connection.objects.get().reason == "secret expired"
    assert Event.objects.filter(name="secret.expired").count() == 1
    notice = Notice.objects.get(kind="secret.expired")
    assert notice.person_id == dana.pk and notice.detail["connections"] == 1
    assert (
        Client().get("/_apis/connectionData", HTTP_AUTHORIZATION=f"Bearer {tokens['access_token']}").status_code == 401
    )


def test_the_words_of_each_notice_say_what_how_much_and_what_to_do(dana, bob, ledger):
    run_daily(MADE, 62)
    said = {n.detail.get("days", n.kind): words(n) for n in Notice.objects.filter(person=dana)}
    assert said[14].title == "The primary secret of Ledger ends in 14 days"
    assert said[1].title == "The primary secret of Ledger ends in 1 day"
    assert said[0].title == "The primary secret of Ledger ends today"
    assert "30 April 2026 at 15:00 UTC" in said[30].paragraphs[0]
    assert said[7].action.path == f"/app/{ledger.client_id}/secrets" and "owner of Ledger" in said[7].why
    assert said["secret.expired"].title == "The primary secret of Ledger has ended"
