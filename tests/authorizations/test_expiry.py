"""What is over is closed once, in batches, and people are told in time and once."""

from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from accounts.services import deactivate
from authorizations import tasks
from authorizations.events.models import Event
from authorizations.models import AppUsage, Authorization, AuthorizationCode, AuthorizationUsage, Connection
from authorizations.notifications.models import Message, Notice
from authorizations.services import expiry, narrowing, reminding
from authorizations.services.revocation import revoke_authorization
from authorizations.tasks import clock
from tests import factories


@pytest.fixture
def alices(connected):
    return Authorization.objects.select_related("person", "application").get()


def ends_in(authorization, **delta):
    authorization.expires_at = timezone.now() + timedelta(**delta)
    authorization.save()


def of_long_ago(authorization):
    """Approved long ago, used just now."""
    authorization.granted_at, authorization.last_used_at = timezone.now() - timedelta(days=300), timezone.now()


def kinds():
    return sorted(Notice.objects.filter(cancelled_at=None).values_list("kind", flat=True))


def many(people, count, **fields):
    """`count` authorizations of as many apps, made in bulk."""
    apps = [factories.app(name=f"App {n}").app for n in range(count)]
    now = timezone.now()
    made = [
        Authorization(person=people[n % len(people)], application=app, scopes=["vso.profile"], granted_at=now, **fields)
        for n, app in enumerate(apps)
    ]
    return Authorization.objects.bulk_create(made)


def test_what_is_over_is_closed_with_its_connections_and_told_once(alices):
    ends_in(alices, seconds=-1)
    assert (tasks.expire_authorizations(), tasks.expire_authorizations()) == (1, 0)
    assert Connection.objects.get().reason == expiry.WITH_ITS_AUTHORIZATION
    assert kinds() == ["authorization.expired"] and Message.objects.count() == 1
    assert Event.objects.filter(name="authorization.expired").count() == 1


def test_a_batch_costs_the_same_for_two_and_for_forty(alice, bob):
    def cost(count):
        many([alice, bob], count, expires_at=timezone.now())
        with CaptureQueriesContext(connection) as captured:
            assert expiry.expire_authorizations(now=timezone.now()) == count
        return len(captured)

    assert cost(2) == cost(40)


def test_batches_go_on_until_nothing_is_left(alice, monkeypatch):
    many([alice], 7, expires_at=timezone.now())
    monkeypatch.setattr(expiry, "BATCH", 3)
    monkeypatch.setattr(expiry.expire_authorizations, "__kwdefaults__", {"limit": 3}, raising=False)
    assert tasks.expire_authorizations() == 7
    assert Notice.objects.count() == Event.objects.filter(name="authorization.expired").count() == 7


def test_a_connection_that_is_over_is_closed_and_nobody_is_told(alices):
    Connection.objects.update(expires_at=timezone.now())
    assert (tasks.expire_connections(), tasks.expire_connections()) == (1, 0)
    assert Connection.objects.get().reason == "expired" and kinds() == []
    assert Event.objects.get(name="connection.expired").detail == {"connection": str(Connection.objects.get().pk)}


@pytest.mark.parametrize(("days", "told"), [(20, 0), (13, 1), (2, 1)])
def test_people_are_reminded_before_the_end(alices, days, told):
    of_long_ago(alices)
    ends_in(alices, days=days)
    assert (tasks.remind(), tasks.remind()) == (told, 0)
    assert kinds() == ["authorization.expiring"] * told


def test_people_are_reminded_in_both_stages(alices):
    of_long_ago(alices)
    ends_in(alices, days=14)
    now = timezone.now()
    for day in range(14):
        for drafts in reminding.expiring(now + timedelta(days=day)):
            reminding.tell_new(drafts, now=now)
    assert sorted(Notice.objects.values_list("detail__days", flat=True)) == [3, 14]


def test_whoever_chose_a_short_time_is_not_reminded_of_it(alices):
    ends_in(alices, days=1)
    assert tasks.remind() == 0


def test_a_reminder_lapses_when_the_end_is_moved(alice, alices):
    of_long_ago(alices)
    ends_in(alices, days=2)
    tasks.remind()
    narrowing.set_end(alices, timezone.now() + timedelta(days=99), seen=alices.expires_at, by=alice, now=timezone.now())
    assert kinds() == [] and Message.objects.get().problem == "no longer so"


def test_a_reminder_lapses_when_the_authorization_is_revoked(alice, alices):
    of_long_ago(alices)
    ends_in(alices, days=2)
    tasks.remind()
    revoke_authorization(alices, by=alice, reason="revoked", now=timezone.now())
    assert kinds() == []


def test_a_reminder_lapses_however_the_end_came(alices):
    of_long_ago(alices)
    ends_in(alices, days=2)
    tasks.remind()
    Authorization.objects.update(revoked_at=timezone.now())
    tasks.remind()
    assert kinds() == []


def test_a_service_that_nobody_uses_is_named_once(alices):
    Authorization.objects.update(last_used_at=timezone.now() - timedelta(days=91))
    assert (tasks.remind(), tasks.remind()) == (1, 0)
    assert kinds() == ["authorization.unused"]


def test_a_service_that_was_never_used_counts_from_its_approval(alices):
    Authorization.objects.update(granted_at=timezone.now() - timedelta(days=91), last_used_at=None)
    assert tasks.remind() == 1


def test_a_service_that_is_used_again_is_no_longer_named(alices):
    Authorization.objects.update(last_used_at=timezone.now() - timedelta(days=91))
    tasks.remind()
    Authorization.objects.update(last_used_at=timezone.now() + timedelta(seconds=1))
    tasks.remind()
    assert kinds() == []


def test_a_deactivated_person_is_not_reminded(alice, alices):
    Authorization.objects.update(last_used_at=timezone.now() - timedelta(days=91))
    deactivate(alice, by=None, reason="left", now=timezone.now())
    assert tasks.remind() == 0


def test_the_first_connection_is_told_and_the_next_of_the_same_program_is_not(alice_browser, payroll, connected):
    assert (tasks.tell_connected(), tasks.tell_connected()) == (1, 0)
    factories.connect(alice_browser, payroll)
    tasks.tell_connected()
    [told] = Notice.objects.all()
    assert told.kind == "service.connected" and told.detail["first"] and told.app_name == "Payroll"


def test_a_connection_of_last_week_is_no_news(connected):
    Connection.objects.update(created_at=timezone.now() - timedelta(days=7))
    assert tasks.tell_connected() == 1 and kinds() == []


def test_a_connection_from_a_new_program_is_told(alice_browser, payroll, connected):
    tasks.tell_connected()
    code = factories.approve(alice_browser, payroll)
    payroll.http.defaults["HTTP_USER_AGENT"] = "another-program/2"
    payroll.exchange(code)
    tasks.tell_connected()
    told = Notice.objects.order_by("created_at").last()
    assert told.detail["program"] == "another-program/2" and not told.detail["first"]


def test_a_connection_of_what_was_revoked_meanwhile_is_not_told(alice, alices):
    revoke_authorization(alices, by=alice, reason="revoked", now=timezone.now())
    tasks.tell_connected()
    assert kinds() == []


def test_wider_permissions_are_told(alice_browser, payroll, connected):
    payroll.app.scopes = [*payroll.app.scopes, "vso.work"]
    payroll.app.save()
    factories.approve(alice_browser, payroll, scope="openid vso.work")
    told = Notice.objects.get(kind="permission.widened")
    assert len(told.detail["added"]) == 1


def test_who_revokes_it_alone_is_not_told_and_everybody_else_is(alice, bob, alices, payroll):
    revoke_authorization(alices, by=alice, reason="revoked", now=timezone.now())
    assert kinds() == []
    other = Authorization.objects.create(person=bob, application=payroll.app, scopes=[], granted_at=timezone.now())
    revoke_authorization(other, by=alice, reason="revoked by operations", now=timezone.now())
    told = Notice.objects.get(kind="authorization.revoked")
    assert told.person_id == bob.pk and told.detail == {"reason": "revoked by operations"}


def test_a_worker_whose_clock_is_ahead_ends_nothing_early(alices, monkeypatch):
    if connection.vendor != "postgresql":
        pytest.skip("SQLite is one machine, so there is one clock.")
    ends_in(alices, minutes=10)
    ahead = timezone.now() + timedelta(hours=1)
    monkeypatch.setattr(timezone, "now", lambda: ahead)
    assert tasks.expire_authorizations() == 0 and clock.now() < ahead


def test_the_sweep_forgets_old_counters_and_sent_messages_and_nothing_else(alice, alices, payroll):
    old, now = timezone.now() - timedelta(days=401), timezone.now()
    for day in (old.date(), now.date()):
        AppUsage.objects.create(application=payroll.app, day=day, endpoint="api", calls=1)
        AuthorizationUsage.objects.create(authorization=alices, day=day, facet="endpoint", value="api", calls=1)
    for sent in (old, None):
        Message.objects.create(channel="mail", created_at=old, due_at=old, sent_at=sent)
    assert (tasks.sweep(), tasks.sweep()) == (3, 0)
    assert Message.objects.count() == AppUsage.objects.count() == AuthorizationUsage.objects.count() == 1
    assert AuthorizationCode.objects.count() == 1
