"""Every kind has its words, and each is shown in the portal and sent as mail without a fault."""

import uuid
from email import message_from_bytes, policy
from typing import Any

import pytest
from django.core import mail as outbox
from django.utils import timezone

from authorizations import tasks
from authorizations.notifications import catalogue
from authorizations.notifications.compose import Draft, tell
from authorizations.notifications.kinds import NoticeKind
from authorizations.notifications.models import Message, Notice
from authorizations.notifications.texts import words
from tests import people

DAY = "2026-12-01T10:00:00+00:00"
# What the services write into `detail`, so that each kind can be shown.
SECRET = {
    "slot": "primary",
    "key_id": "abcd",
    "by": "Dana",
    "days": 14,
    "expires_at": DAY,
    "connections": 2,
    "where": "a log",
}
TRIAL = {"starts_at": DAY, "ends_at": DAY, "reason": "A trial.", "apps": ["Payroll"], "changed": False}
ENDING = {"sunset": DAY, "days": 30, "apps": [{"name": "Payroll", "calls": 7, "people": 3, "twin": True}]}
PLACE = {"organization": "Contoso", "slug": "contoso", "permissions": ["Code (read)"], "ends_at": DAY}
ASKED = PLACE | {"person": "Bob", "justification": "Reports", "asked_at": DAY, "expires_at": DAY}
POLICY = {
    "organization": "Contoso",
    "slug": "contoso",
    "policy": "third_party_access",
    "title": "Third-party application access via OAuth",
    "old": True,
    "new": False,
    "why": "An incident.",
    "effective_at": DAY,
    "services": ["Payroll"],
    "number": 1,
}
PERSONAL = {"name": "Build script", "organization": "Contoso", "expires_at": DAY, "last_used_at": ""}
SEAT = {"organization": 'Con<b>roll</b>toso & "Sons"', "slug": "contoso", "by": "Alice"}
DETAIL: dict[NoticeKind, dict[str, Any]] = {
    NoticeKind.OPERATIONS_ROLE_CHANGED: {"was": "auditor", "role": "operator", "why": "On duty.", "by": "Olivia"},
    NoticeKind.POLICY_ANNOUNCED: POLICY | {"tokens": 2},
    NoticeKind.APP_POLICY_ANNOUNCED: POLICY,
    NoticeKind.POLICY_CHANGED: POLICY | {"what": "policy.changed", "by": "Bob"},
    NoticeKind.SERVICE_CONNECTED: {
        "first": True,
        "at": DAY,
        "permissions": ["Identity (read)"],
        "address": "192.0.2.7",
    },
    NoticeKind.PERMISSION_WIDENED: {"added": ["Work items (read)"]},
    NoticeKind.AUTHORIZATION_EXPIRING: {"expires_at": DAY, "days": 14, "last_used_at": DAY},
    NoticeKind.AUTHORIZATION_REVOKED: {"reason": "revoked by operations"},
    NoticeKind.SERVICE_SWITCHED: {"what": "off", "reason": "It sent mail to everybody"},
    NoticeKind.APP_SWITCHED: {"what": "off", "reason": "It sent mail to everybody"},
    NoticeKind.INCIDENT_TOLD: {
        "role": "person",
        "subject": "Payroll",
        "since": DAY,
        "until": DAY,
        "done": ["Payroll was switched off"],
        "text": "We look into it.\n\nMore follows.",
        "reference": "I-7K3M-Q2TD",
    },
    NoticeKind.SERVICE_SHUT_OUT: {"organization": "Contoso", "why": "Not needed here"},
    NoticeKind.AUTHORIZATION_UNUSED: {"last_used_at": None},
    NoticeKind.PERSONAL_TOKEN_STOPPED: {
        "organization": "Contoso",
        "names": ["laptop", "build server"],
        "elsewhere": True,
        "why": "found in a log",
        "by": "Bob",
    },
    NoticeKind.REVOCATION_RULE_APPLIED: {
        "organization": "Contoso",
        "before": DAY,
        "permissions": ["Code (read)"],
        "services": ["Payroll"],
        "more_services": 2,
        "tokens": ["laptop"],
        "more_tokens": 0,
        "why": "",
        "by": "Bob",
    },
    NoticeKind.LEGACY_ENDING: ENDING,
    NoticeKind.APP_LEGACY_ENDING: ENDING,
    NoticeKind.LEGACY_MIGRATED: {"old": "Payroll Classic", "authorization": "0" * 8},
    NoticeKind.BROWN_OUT_ANNOUNCED: TRIAL,
    NoticeKind.APP_BROWN_OUT_ANNOUNCED: TRIAL,
    NoticeKind.APPROVAL_ANSWERED: PLACE
    | {"state": "approved", "approved": ["Code (read)"], "left": [], "until": DAY, "answer": "Fine.", "by": "Alice"},
    NoticeKind.SERVICE_LOSING: PLACE,
    NoticeKind.SERVICE_LOST: PLACE | {"how": "blocked", "why": "A breach."},
    NoticeKind.APPROVAL_ASKED: ASKED,
    NoticeKind.APPROVAL_WAITING: ASKED,
    NoticeKind.APPROVAL_DENIED_BY_MAIL: ASKED,
    NoticeKind.APPROVAL_ENDING: PLACE,
    NoticeKind.APPROVAL_ENDED: PLACE,
    NoticeKind.SECRET_EXPIRING: SECRET,
    NoticeKind.SECRET_EXPIRED: SECRET,
    NoticeKind.SECRET_CHANGED: SECRET | {"what": "made"},
    NoticeKind.SECRET_LEAKED: SECRET,
    NoticeKind.PERSONAL_TOKEN_CHANGED: PERSONAL | {"what": "made", "permissions": ["Work items (read)"]},
    NoticeKind.PERSONAL_TOKEN_EXPIRING: PERSONAL | {"days": 7},
    NoticeKind.PERSONAL_TOKEN_ENDED: PERSONAL | {"because": "idle"},
    NoticeKind.PERSONAL_TOKEN_REVOKED: PERSONAL | {"by": "Bob"},
    NoticeKind.PERSONAL_TOKEN_LEAKED: PERSONAL | {"where": "https://git.example/x"},
    NoticeKind.OWNER_CHANGED: {"what": "joined", "who": "Dana", "by": "Bob"},
    NoticeKind.APP_DELETED: {"by": "Dana", "people": 3, "connections": 4},
    NoticeKind.ORGANIZATION_JOINED: SEAT | {"access_level": "basic"},
    NoticeKind.ORGANIZATION_RIGHTS_CHANGED: SEAT
    | {
        "before": {"access_level": "basic", "reviewer": True},
        "after": {"access_level": "stakeholder", "reviewer": False},
    },
    NoticeKind.ORGANIZATION_LEFT: SEAT,
    NoticeKind.ORGANIZATION_OWNER_CHANGED: SEAT | {"before": "Alice", "after": "Bob"},
    NoticeKind.INVITATION_ACCEPTED: SEAT
    | {"who": "Bob", "account": "bob@example.test", "address": "b@example.test", "another": True},
}
HOSTILE = 'Pay<b>roll</b> & "Sons"\r\nBcc: eve@example.test'


class App:
    client_id, name = "11111111-0000-4000-8000-000000000000", HOSTILE


def told(person, kind, **detail):
    draft = Draft(
        kind, person.pk, kind, app=App(), about=("authorization", "0" * 8), detail=DETAIL.get(kind, {}) | detail
    )
    tell([draft], now=timezone.now())
    return Notice.objects.get(pk=draft.id)


@pytest.mark.parametrize("kind", list(NoticeKind))
def test_every_kind_is_described(kind):
    assert catalogue.about(kind) is not catalogue.UNDESCRIBED


@pytest.mark.parametrize("kind", list(NoticeKind))
def test_every_kind_is_sent_as_html_and_text_and_shown_in_the_portal(alice, kind):
    said = words(told(alice, kind))
    assert said.title and said.paragraphs and said.why
    assert tasks.deliver_mail() == 1, Message.objects.get().problem
    [mail] = outbox.outbox
    [(html, kind_of)] = [(a[0], a[1]) for a in mail.alternatives]
    assert kind_of == "text/html" and "<b>roll" not in html and "<style>" in html
    assert said.paragraphs[0] in mail.body and said.why in mail.body
    assert "http://localhost:8000/_usersSettings/notifications/mail" in mail.body
    page = people.browser(alice).get("/_usersSettings/notifications")
    assert page.status_code == 200 and "<b>roll" not in page.content.decode()


@pytest.mark.parametrize("kind", list(NoticeKind))
def test_only_what_can_be_turned_off_offers_it(alice, kind):
    told(alice, kind)
    tasks.deliver_mail()
    [mail] = outbox.outbox
    offered = "List-Unsubscribe" in mail.extra_headers
    assert offered == catalogue.can_be_silenced(kind) == ("List-Unsubscribe-Post" in mail.extra_headers)
    if offered:
        assert mail.extra_headers["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
        assert mail.extra_headers["List-Unsubscribe"].startswith("<http")
    else:
        assert "cannot be turned off" in mail.body


def test_a_name_cannot_become_a_header_or_markup(alice):
    told(alice, NoticeKind.SERVICE_CONNECTED)
    tasks.deliver_mail()
    parsed = message_from_bytes(outbox.outbox[0].message().as_bytes(), policy=policy.default)
    assert parsed["Bcc"] is None and parsed["To"] == "alice@example.test"
    assert parsed["Auto-Submitted"] == "auto-generated"
    assert [p.get_content_type() for p in parsed.iter_parts()] == ["text/plain", "text/html"]


def test_a_mail_has_one_button(alice):
    told(alice, NoticeKind.AUTHORIZATION_EXPIRING)
    tasks.deliver_mail()
    html = outbox.outbox[0].alternatives[0][0]
    assert html.count('class="button"') == 1 and "/renew" in html


def test_a_mail_is_one_column_without_anything_from_elsewhere(alice):
    told(alice, NoticeKind.SERVICE_CONNECTED)
    tasks.deliver_mail()
    html = outbox.outbox[0].alternatives[0][0]
    assert "<img" not in html and "<script" not in html and "<link" not in html and "prefers-color-scheme" in html


def test_a_notice_that_cannot_be_put_into_words_hides_no_other(alice):
    told(alice, NoticeKind.AUTHORIZATION_EXPIRED)
    Notice.objects.create(id=uuid.uuid4(), person=alice, kind=NoticeKind.LEGACY_ENDING, created_at=timezone.now())
    page = people.browser(alice).get("/_usersSettings/notifications")
    assert page.status_code == 200 and page.content.decode().count("data-notice=") == 2
