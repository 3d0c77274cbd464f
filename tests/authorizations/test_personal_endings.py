"""How personal access tokens end by themselves or because somebody found them, and what people are told of it."""

import json
import logging
from datetime import timedelta

import pytest
from django.core import mail as outbox
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from accounts import policies
from accounts.services import deactivate
from authorizations import tasks
from authorizations.events.models import Event
from authorizations.models import PersonalAccessToken
from authorizations.notifications.models import Message, Notice
from authorizations.personal_format import new_value
from authorizations.services import personal_tokens
from authorizations.services.personal_tokens import Changes
from tests import factories

pytestmark = pytest.mark.django_db
DAY = timedelta(days=1)
REPORT, PAGE = "/secrets/report", "/secrets/leaked"


@pytest.fixture
def contoso(alice, bob):
    return factories.organization("contoso", bob, alice)


def kinds():
    return sorted(Notice.objects.exclude(kind="personal_token.changed").values_list("kind", flat=True))


def reminders(alice):
    found = Notice.objects.filter(person=alice, kind="personal_token.expiring", cancelled_at=None)
    return [n.detail["days"] for n in found.order_by("created_at")]


def report(*documents, **more):
    found = documents[0] if len(documents) == 1 else list(documents)
    return Client().post(REPORT, json.dumps(found), content_type="application/json", **more)


def test_alice_is_reminded_seven_days_and_one_day_before_the_end_each_once(alice, clock):
    ends = timezone.now() + 30 * DAY
    factories.personal_token(alice, expires_at=ends)
    tasks.remind_of_personal_tokens()
    assert reminders(alice) == []
    for before, expected in ((7 * DAY, [7]), (3 * DAY, [7]), (DAY, [7, 1]), (DAY / 2, [7, 1])):
        clock.stands_at(ends - before)
        for _ in range(2):
            if connection.vendor == "postgresql":
                remind_at(ends - before)
            else:
                tasks.remind_of_personal_tokens()
        assert reminders(alice) == expected


def remind_at(now):
    """The task takes its time from the database server; here it is told."""
    from authorizations.services import personal_expiry, reminding

    for drafts in personal_expiry.expiring(now):
        reminding.tell_new(drafts, now=now)


def test_who_made_it_for_a_day_is_not_reminded(alice):
    now = timezone.now()
    factories.personal_token(alice, now=now, expires_at=now + DAY)
    factories.personal_token(alice, now=now, expires_at=now + 13 * DAY)
    remind_at(now + 6.5 * DAY)
    assert reminders(alice) == []


def test_a_reminder_is_taken_back_when_it_is_no_longer_so(alice):
    now = timezone.now()
    for change in ("regenerate", "edit", "revoke"):
        made = factories.personal_token(alice, now=now - 20 * DAY, expires_at=now + 5 * DAY)
        remind_at(now)
        assert reminders(alice) == [7]
        if change == "regenerate":
            personal_tokens.regenerate(made.token, by=alice, replaces=made.token.version, now=now)
        elif change == "edit":
            personal_tokens.edit(made.token, by=alice, changes=Changes(expires_at=now + 50 * DAY), now=now)
        else:
            personal_tokens.revoke(made.token, by=alice, now=now)
        assert reminders(alice) == []


def test_a_deactivated_person_is_not_reminded(alice):
    now = timezone.now()
    factories.personal_token(alice, now=now - 20 * DAY, expires_at=now + 5 * DAY)
    deactivate(alice, by=None, reason="left", now=now)
    remind_at(now)
    assert not Notice.objects.filter(kind="personal_token.expiring").exists()


def over(*tokens):
    now = timezone.now()
    PersonalAccessToken.objects.filter(pk__in=[t.token.pk for t in tokens]).update(
        issued_at=now - 10 * DAY, expires_at=now - DAY
    )


def test_what_is_over_is_closed_once_and_its_person_told(alice, contoso):
    made, other = factories.personal_token(alice, place=contoso), factories.personal_token(alice)
    over(made)
    assert tasks.expire_personal_tokens() == 1 and tasks.expire_personal_tokens() == 0
    made.token.refresh_from_db()
    assert made.token.reason == "expired" and made.token.revoked_at and not made.token.revoked_by_name
    [event] = Event.objects.filter(name="personal_token.expired")
    assert event.organization_id == str(contoso.pk) and kinds() == ["personal_token.ended"]
    other.token.refresh_from_db()
    assert other.token.revoked_at is None


def test_many_are_closed_in_batches(alice, monkeypatch):
    from authorizations.services import personal_expiry

    monkeypatch.setattr(personal_expiry, "BATCH", 2)
    over(*[factories.personal_token(alice) for _ in range(5)])
    assert sum(personal_expiry.expire(now=timezone.now(), limit=2) for _ in range(4)) == 5


def test_idle_tokens_of_an_organization_end_and_no_others(alice, bob, contoso):
    fabrikam = factories.organization("fabrikam", alice)
    idle, used, fresh, foreign, everywhere = (
        factories.personal_token(alice, place=place) for place in (contoso, contoso, contoso, fabrikam, None)
    )
    now = timezone.now()
    long_ago = [t.token.pk for t in (idle, used, foreign, everywhere)]
    PersonalAccessToken.objects.filter(pk__in=long_ago).update(issued_at=now - 20 * DAY)
    PersonalAccessToken.objects.filter(pk=used.token.pk).update(last_used_at=now - DAY)
    assert tasks.end_idle_personal_tokens() == 0
    contoso.policies = policies.with_value({}, "token_idle_days", 10, begins=now, now=now)
    contoso.save()
    assert tasks.end_idle_personal_tokens() == 1 and tasks.end_idle_personal_tokens() == 0
    ended = PersonalAccessToken.objects.get(reason="idle")
    assert ended.pk == idle.token.pk and fresh.token.pk != ended.pk
    [notice] = Notice.objects.filter(kind="personal_token.ended")
    assert notice.detail["because"] == "idle"
    assert Event.objects.get(name="personal_token.revoked").detail["reason"] == "idle"


@pytest.mark.parametrize("field", ["secret", "token"])
def test_anybody_reports_a_token_and_it_ends_at_once(alice, contoso, field):
    made = factories.personal_token(alice, place=contoso)
    assert report({field: f"export PAT={made.value}", "url": "https://git.example/x?a=1#L3"}).status_code == 202
    made.token.refresh_from_db()
    assert made.token.reason == "leaked"
    assert Client().get("/_apis/connectionData", **factories.basic(made.value)).status_code == 401
    [notice] = Notice.objects.filter(kind="personal_token.leaked")
    assert notice.person == alice and notice.detail["where"] == "https://git.example/x"
    event = Event.objects.get(name="personal_token.leaked")
    assert event.organization_id == str(contoso.pk) and event.actor_id == ""
    assert made.value not in str(vars(event)) + str(vars(notice))


def test_the_answer_is_the_same_for_what_never_was(alice):
    made = factories.personal_token(alice)
    answers = [report({"secret": v}) for v in (made.value, made.value, new_value(), made.value[:-1], "x")]
    assert {(a.status_code, a.content) for a in answers} == {(202, b'{"received": 1}')}


def test_a_scanner_reports_many_in_the_format_of_its_partners(alice, bob):
    mine, his = factories.personal_token(alice), factories.personal_token(bob)
    found = [
        {"token": m.value, "type": "gatehouse_pat", "url": "https://git.example/y", "source": "content"}
        for m in (mine, his)
    ]
    assert report(*found, {"token": new_value(), "type": "t", "url": "", "source": "commit"}).json() == {"received": 3}
    assert PersonalAccessToken.objects.filter(reason="leaked").count() == 2
    assert set(Notice.objects.filter(kind="personal_token.leaked").values_list("person", flat=True)) == {
        alice.pk,
        bob.pk,
    }


def test_what_is_no_token_costs_no_look_at_tokens(db):
    with CaptureQueriesContext(connection) as captured:
        report({"secret": "nothing here " * 500})
    assert not [q for q in captured if "personalaccesstoken" in q["sql"]]


def test_the_page_takes_a_token_and_says_no_more_than_thanks(alice):
    made = factories.personal_token(alice)
    ours, other = (Client().post(PAGE, {"secret": v, "url": ""}) for v in (f"pw={made.value}", new_value()))
    assert ours.status_code == other.status_code == 200 and ours.content == other.content
    assert PersonalAccessToken.objects.get().reason == "leaked" and made.value not in ours.content.decode()


def test_an_address_that_holds_a_token_is_shown_to_nobody(alice):
    made, other = factories.personal_token(alice), new_value()
    report({"secret": made.value, "url": f"https://git.example/{other}"})
    assert Notice.objects.get(kind="personal_token.leaked").detail["where"] == ""


def test_no_value_is_in_a_log_a_mail_or_the_database(alice, contoso, caplog):
    caplog.set_level(logging.DEBUG)
    made = factories.personal_token(alice, place=contoso)
    again = personal_tokens.regenerate(made.token, by=alice, replaces=made.token.version, now=timezone.now())
    values = (made.value, again.value)
    for value in values:
        Client().get("/_apis/connectionData", **factories.basic(value))
        report({"secret": value})
    tasks.flush_usage()
    tasks.deliver_mail()
    assert len(outbox.outbox) == 3  # made, made anew, leaked
    kept = caplog.text + "".join(str(vars(row)) for m in (Event, Notice, Message) for row in m.objects.all())
    kept += str(PersonalAccessToken.objects.values()) + "".join(str(m.message()) for m in outbox.outbox)
    assert not [v for v in values if v in kept]
