"""The same jobs on several workers at once, on a database that really runs them at once."""

from collections import Counter
from datetime import timedelta

import pytest
from django.db import connection
from django.utils import timezone

from authorizations.events.models import Event
from authorizations.models import Authorization
from authorizations.notifications import deliver, digest, outbox, preferences
from authorizations.notifications.compose import Draft, tell
from authorizations.notifications.kinds import NoticeKind
from authorizations.notifications.models import Message, Notice
from authorizations.services import expiry, reminding
from authorizations.services.revocation import revoke_authorization
from tests import factories
from tests.authorizations.test_races_postgresql import at_once
from tests.conftest import missing

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture(autouse=True)
def _postgresql():
    if connection.vendor != "postgresql":
        missing("PostgreSQL")


def seed(person, count):
    now = timezone.now()
    apps = [factories.app(name=f"App {n}").app for n in range(count)]
    return Authorization.objects.bulk_create(
        Authorization(person=person, application=a, scopes=[], granted_at=now, expires_at=now) for a in apps
    )


def test_workers_that_expire_at_once_share_the_work(alice):
    seed(alice, 20)

    def work():
        done = 0
        while step := expiry.expire_authorizations(now=timezone.now(), limit=3):
            done += step
        return done

    assert sum(at_once(*[work] * 4)) == 20
    assert Notice.objects.count() == Message.objects.count() == 20
    assert Event.objects.filter(name="authorization.expired").count() == 20


@pytest.mark.parametrize("turn", range(3))
def test_a_revoke_that_races_the_expiry_ends_it_once(alice, turn):
    [one] = seed(alice, 1)
    one = Authorization.objects.select_related("person", "application").get(pk=one.pk)
    now = timezone.now()
    done = at_once(
        lambda: expiry.expire_authorizations(now=now),
        lambda: revoke_authorization(one, by=alice, reason="revoked", now=now),
    )
    ended = Event.objects.filter(name__in=["authorization.expired", "authorization.revoked"])
    assert sum(map(int, done)) == ended.count() == 1


def test_workers_that_send_at_once_send_each_once(alice, settings):
    from django.core import mail

    now = timezone.now()
    tell([Draft(NoticeKind.AUTHORIZATION_EXPIRED, alice.pk, str(n)) for n in range(60)], now=now)

    def work():
        while deliver.deliver_mail(timezone.now()).claimed:
            pass

    at_once(*[work] * 4)
    sent = Counter(m.extra_headers["Message-ID"] for m in mail.outbox)
    assert len(sent) == 60 and set(sent.values()) == {1}
    assert Message.objects.filter(sent_at=None).count() == 0


def test_claims_never_overlap(alice):
    now = timezone.now()
    tell([Draft(NoticeKind.AUTHORIZATION_EXPIRED, alice.pk, str(n)) for n in range(60)], now=now)
    claims = at_once(*[lambda: outbox.claim(deliver.MAIL, now=now)] * 3)
    ids = [pk for claim in claims for pk in claim]
    assert len(ids) == len(set(ids)) == 60


def test_workers_that_remind_at_once_tell_once(alice):
    seed(alice, 5)
    long_ago = timezone.now() - timedelta(days=300)
    Authorization.objects.update(expires_at=timezone.now() + timedelta(days=2), granted_at=long_ago)
    now = timezone.now()

    def work():
        for drafts in reminding.expiring(now):
            reminding.tell_new(drafts, now=now)

    at_once(*[work] * 4)
    assert Notice.objects.count() == Message.objects.count() == 5


def test_workers_that_write_digests_at_once_write_one(alice):
    now = timezone.now()
    preferences.save(alice, silenced=[], digest="daily", now=now - timedelta(days=2))
    tell([Draft(NoticeKind.AUTHORIZATION_EXPIRED, alice.pk, "k")], now=now)
    assert sum(at_once(*[lambda: digest.write_due(now=now)] * 4)) == 1
    assert Message.objects.filter(channel="digest").count() == 1
