"""Mails leave at least once, whatever the mail server does, and no address holds up another."""

from datetime import timedelta

import pytest
from django.utils import timezone

from accounts.services import deactivate
from authorizations import tasks
from authorizations.notifications import deliver, outbox
from authorizations.notifications.compose import Draft, cancel, tell
from authorizations.notifications.kinds import NoticeKind
from authorizations.notifications.models import Message


def minutes(count):
    return timezone.now() + timedelta(minutes=count)


def test_a_mail_leaves_once(mail_server, told, alice):
    message = told(alice)
    assert (tasks.deliver_mail(), tasks.deliver_mail()) == (1, 0)
    assert mail_server.post.recipients == ["alice@example.test"]
    message.refresh_from_db()
    assert message.sent_at and not message.problem and message.claimed_until is None


def test_the_same_occasion_is_told_once(mail_server, told, alice):
    told(alice, key="one")
    told(alice, key="one")
    tasks.deliver_mail()
    assert len(mail_server.post.accepted) == 1


def test_the_receiver_can_recognise_a_mail_that_comes_twice(mail_server, told, alice):
    message = told(alice)
    mail_server.post.behaviour = "die after taking it"
    tasks.deliver_mail()
    mail_server.post.behaviour = "accept"
    deliver.deliver_mail(minutes(5))
    first, second = [mail["Message-ID"] for _, mail in mail_server.post.accepted]
    assert first == second and str(message.pk) in first


def test_the_address_is_the_one_the_person_has_when_the_mail_leaves(mail_server, told, alice):
    told(alice)
    alice.email = "new@example.test"
    alice.save()
    tasks.deliver_mail()
    assert mail_server.post.recipients == ["new@example.test"]


@pytest.mark.parametrize("answer", ["450 try later", "550 no such mailbox"])
def test_a_bad_address_does_not_hold_up_the_others(mail_server, told, alice, bob, charlie, answer):
    mail_server.post.answers["alice@example.test"] = answer
    refused = told(alice)
    told(bob), told(charlie)
    assert tasks.deliver_mail() == 2
    assert sorted(mail_server.post.recipients) == ["bob@example.test", "charlie@example.test"]
    refused.refresh_from_db()
    assert answer[:3] in refused.problem and refused.due_at > timezone.now() and refused.dropped_at is None


def test_a_refused_mail_is_tried_again_ever_later_and_given_up_after_two_days(mail_server, told, alice):
    mail_server.post.behaviour = "550 not today"
    message, now, waits = told(alice), timezone.now(), []
    for _ in range(40):
        deliver.deliver_mail(now)
        message.refresh_from_db()
        if message.dropped_at:
            break
        waits.append(message.due_at - now)
        now = message.due_at
    assert waits == sorted(waits) and waits[0] == timedelta(minutes=1) and waits[-1] == timedelta(hours=6)
    assert message.attempts == outbox.MOST_REFUSALS and timedelta(days=1.5) < now - message.created_at
    assert "given up" in message.problem and "550" in message.problem
    assert mail_server.post.recipients == []


def test_a_mail_server_that_is_away_loses_nothing_however_long(mail_server, told, alice, bob):
    mail_server.stop()
    messages = [told(alice), told(bob)]
    for hour in range(100):
        deliver.deliver_mail(minutes(60 * hour))
    for message in messages:
        message.refresh_from_db()
        assert message.attempts == 0 and "away" in message.problem and message.dropped_at is None
    mail_server.start()
    assert deliver.deliver_mail(minutes(60 * 101)).sent == 2


def test_a_mail_server_that_hangs_loses_nothing_and_costs_one_wait(mail_server, told, alice, bob):
    mail_server.post.behaviour = "hang"
    messages = [told(alice), told(bob)]
    outcome = deliver.deliver_mail(timezone.now())
    assert (outcome.claimed, outcome.sent, outcome.stopped) == (2, 0, True)
    assert mail_server.post.tries == 1
    mail_server.post.behaviour = "accept"
    assert deliver.deliver_mail(minutes(1)).sent == 2
    for message in messages:
        message.refresh_from_db()
        assert message.sent_at


def test_a_mail_server_that_dies_in_the_middle_loses_nothing(mail_server, told, alice, bob):
    mail_server.post.behaviour = "die"
    told(alice), told(bob)
    deliver.deliver_mail(timezone.now())
    mail_server.post.behaviour = "accept"
    deliver.deliver_mail(minutes(2))
    assert sorted(mail_server.post.recipients) == ["alice@example.test", "bob@example.test"]


def test_a_mail_on_which_the_server_always_hangs_up_holds_up_nobody(mail_server, told, alice, bob):
    poison = told(alice)
    mail_server.post.behaviour = "die"
    deliver.deliver_mail(timezone.now())
    mail_server.post.behaviour = "accept"
    told(bob)
    tasks.deliver_mail()
    poison.refresh_from_db()
    assert mail_server.post.recipients == ["bob@example.test"] and poison.due_at > timezone.now()


def test_what_a_dead_worker_held_is_sent_by_another_when_its_claim_ends(mail_server, told, alice):
    told(alice)
    now = timezone.now()
    assert len(outbox.claim(deliver.MAIL, now=now)) == 1  # and then the worker dies
    assert deliver.deliver_mail(now + outbox.CLAIM - timedelta(seconds=1)).claimed == 0
    assert deliver.deliver_mail(now + outbox.CLAIM).sent == 1


def test_a_slow_worker_does_not_undo_what_a_quicker_one_did(told, alice):
    told(alice)
    now = timezone.now()
    [pk] = outbox.claim(deliver.MAIL, now=now)
    slow = outbox.load(pk, claimed_at=now)
    later = now + outbox.CLAIM
    outbox.claim(deliver.MAIL, now=later)
    outbox.try_again(slow, "slow", now=later)
    assert Message.objects.get().claimed_until == later + outbox.CLAIM
    assert outbox.load(pk, claimed_at=now) is None


def test_a_person_deactivated_while_the_mail_waits_gets_none(mail_server, told, alice, bob):
    message = told(alice)
    told(bob)
    deactivate(alice, by=None, reason="left", now=timezone.now())
    tasks.deliver_mail()
    message.refresh_from_db()
    assert mail_server.post.recipients == ["bob@example.test"]
    assert message.dropped_at and "deactivated" in message.problem


def test_a_person_deactivated_between_claim_and_sending_gets_none(mail_server, told, alice):
    told(alice)
    batch = deliver.Batch(deliver.MAIL, timezone.now())
    deactivate(alice, by=None, reason="left", now=timezone.now())
    [message] = list(batch)
    assert not message.notice.person.is_active


def test_a_person_without_an_address_gets_none_and_it_says_why(mail_server, told, alice):
    alice.email = ""
    alice.save()
    message = told(alice)
    tasks.deliver_mail()
    message.refresh_from_db()
    assert message.dropped_at and "no e-mail address" in message.problem


@pytest.mark.parametrize(
    "address", ["alice@exa mple.test", "alice\r\nBcc: eve@example.test", "ａlice@example.test\x00"]
)
def test_an_address_no_mail_can_have_holds_up_nobody(mail_server, told, alice, bob, address):
    type(alice).objects.filter(pk=alice.pk).update(email=address.replace("\x00", ""))
    told(alice), told(bob)
    tasks.deliver_mail()
    assert "bob@example.test" in mail_server.post.recipients
    assert not [mail for _, mail in mail_server.post.accepted if mail["Bcc"]]


def test_what_is_no_longer_so_is_not_sent(mail_server, alice):
    now = timezone.now()
    tell([Draft(NoticeKind.AUTHORIZATION_EXPIRED, alice.pk, "k", about=("authorization", "1"))], now=now)
    cancel([NoticeKind.AUTHORIZATION_EXPIRED], about=("authorization", "1"), now=now)
    assert tasks.deliver_mail() == 0 and Message.objects.get().problem == "no longer so"


def test_a_notice_that_cannot_be_written_holds_up_nobody(mail_server, told, alice, bob):
    broken = told(alice, NoticeKind.AUTHORIZATION_EXPIRING)  # its `days` are missing
    told(bob)
    tasks.deliver_mail()
    broken.refresh_from_db()
    assert mail_server.post.recipients == ["bob@example.test"] and "KeyError" in broken.problem


def test_many_mails_go_over_one_connection_each_batch(mail_server, told, alice):
    for n in range(outbox.BATCH + 5):
        told(alice, key=str(n))
    assert tasks.deliver_mail() == outbox.BATCH + 5
    assert Message.objects.filter(sent_at=None).count() == 0
