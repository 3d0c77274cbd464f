"""Owners hear of secrets in their calendar and by webhook, and anybody may report a secret that leaked."""

import hashlib
import hmac
import json
import re
import socket
from datetime import timedelta

import icalendar
import pytest
from django.test import Client
from django.utils import timezone

from accounts.services import deactivate
from authorizations.events.models import Event
from authorizations.models import Connection
from authorizations.notifications import compose
from authorizations.notifications.models import Message, Notice
from authorizations.services import app_secrets
from authorizations.services.app_retirement import delete_app
from oauthapps.models import ApplicationSecret, AppWebhook, CalendarFeed
from oauthapps.pages.leaks import where_of
from oauthapps.services import calendar, webhooks
from tests import factories, people

HOOK = "https://hooks.payroll.example/gatehouse"


@pytest.fixture
def dana_app(dana, payroll):
    payroll.app.owners.add(dana)
    return payroll


@pytest.fixture
def browser(dana):
    return people.browser(dana)


@pytest.fixture
def names(monkeypatch):
    """What names lead to, without asking the network."""
    known = {
        "hooks.payroll.example": "93.184.216.34",
        "inside.example": "10.0.0.7",
        "metadata.example": "169.254.169.254",
    }

    def look_up(host, port, *args, **more):
        address = known.get(host, host)
        if not re.fullmatch(r"[0-9.]+|[0-9a-f:]+", address):
            raise socket.gaierror("unknown")
        family = socket.AF_INET6 if ":" in address else socket.AF_INET
        return [(family, socket.SOCK_STREAM, 6, "", (address, port))]

    monkeypatch.setattr("socket.getaddrinfo", look_up)


# The calendar


def link(browser, app):
    page = browser.post(f"/app/{app.client_id}/calendar").content.decode()
    return re.findall(r"(/app/[a-z0-9-]*/?secrets\.ics\?key=[A-Za-z0-9_-]{43})", page)


def test_a_calendar_program_reads_the_expiries_with_the_link_alone(browser, dana_app):
    every, one = link(browser, dana_app)
    secret = ApplicationSecret.objects.get()
    for address in (every, one):
        answer = Client().get(address)
        assert answer["Content-Type"] == "text/calendar; charset=utf-8"
        read = icalendar.Calendar.from_ical(answer.content)
        (event,) = read.walk("VEVENT")
        assert event.decoded("dtstart") == secret.expires_at.replace(microsecond=0)
        assert event["uid"] == f"secret-{secret.key_id}@localhost" and "Payroll" in event["summary"]
        assert [alarm.decoded("trigger") for alarm in event.walk("VALARM")] == [-timedelta(days=d) for d in (14, 7, 1)]


@pytest.mark.spec("RFC 5545", "3.1")
def test_lines_of_the_calendar_are_folded_and_end_with_crlf(browser, dana_app):
    dana_app.app.name = "Ä" * 100
    dana_app.app.save()
    lines = Client().get(link(browser, dana_app)[0]).content.split(b"\r\n")
    assert lines[-1] == b"" and all(len(line) <= 75 and b"\n" not in line for line in lines)
    assert {b"BEGIN:VCALENDAR", b"VERSION:2.0"} <= set(lines)


def test_the_link_is_kept_as_a_digest_and_a_new_one_ends_the_old(browser, dana_app):
    (old, _), (new, _) = link(browser, dana_app), link(browser, dana_app)
    assert Client().get(old).status_code == 404 and Client().get(new).status_code == 200
    assert CalendarFeed.objects.get().last_read_at and new.split("=")[1] not in str(CalendarFeed.objects.values())
    browser.post(f"/app/{dana_app.client_id}/calendar/end")
    assert Client().get(new).status_code == 404


def test_the_calendar_is_for_owners_only(browser, charlie_browser, dana, dana_app):
    every, one = link(browser, dana_app)
    address = one.split("?")[0]
    assert browser.get(address).status_code == 200
    assert charlie_browser.get(address).status_code == 404 and Client().get(address).status_code == 404
    assert b"VEVENT" not in charlie_browser.get("/app/secrets.ics").content
    assert Client().get(address + "?key=x").status_code == 404
    dana_app.app.owners.remove(dana)
    assert Client().get(one).status_code == 404 and b"VEVENT" not in Client().get(every).content


def test_the_link_of_somebody_who_was_deactivated_reads_nothing(browser, dana, dana_app):
    every, _ = link(browser, dana_app)
    deactivate(dana, by=None, reason="left", now=timezone.now())
    assert Client().get(every).status_code == 404


def test_a_secret_that_ended_leaves_the_calendar(dana, dana_app):
    now = timezone.now()
    assert len(calendar.secrets_of(dana, now)) == 1
    seen = ApplicationSecret.objects.get().key_id
    app_secrets.retire(dana_app.app, slot="primary", by=dana, now=now, replaces=seen)
    assert calendar.secrets_of(dana, now) == []


# The webhook


def test_the_signing_key_is_shown_once_and_signs_the_exact_body(browser, dana_app, names):
    page = browser.post(f"/app/{dana_app.client_id}/webhook", {"address": HOOK}).content.decode()
    key = re.search(r"whk_[A-Za-z0-9_-]{43}", page)[0]
    assert key not in browser.get(f"/app/{dana_app.client_id}/secrets").content.decode()
    assert key not in str(AppWebhook.objects.values())
    assert browser.post(f"/app/{dana_app.client_id}/webhook/test").status_code == 302
    call = Message.objects.get(channel="webhook")
    expected = hmac.new(key.encode(), compose.body(call.payload), hashlib.sha256).hexdigest()
    assert call.address == HOOK and call.headers["X-Gatehouse-Signature-256"] == f"sha256={expected}"
    assert call.payload["type"] == "webhook.test" and call.payload["app"]["client_id"] == dana_app.client_id


def test_what_owners_are_told_is_posted_too(dana, dana_app, names):
    webhooks.set_webhook(dana_app.app, HOOK, by=dana, now=timezone.now())
    app_secrets.regenerate(dana_app.app, slot="alternative", by=dana, now=timezone.now(), replaces="")
    delete_app(dana_app.app, by=dana, now=timezone.now())
    calls = Message.objects.filter(channel="webhook").order_by("created_at")
    assert [c.payload["type"] for c in calls] == ["secret.changed", "app.deleted"]
    assert not AppWebhook.objects.exists()


@pytest.mark.parametrize(
    "address",
    ["http://hooks.payroll.example/x", "ftp://hooks.payroll.example/", "https://127.0.0.1/", "https://[::1]/", "https://10.1.2.3/",
     "https://169.254.169.254/latest", "https://inside.example/", "https://metadata.example/", "https://[::ffff:10.0.0.1]/",
     "https://user:pw@hooks.payroll.example/", "https://", "javascript:alert(1)", "https://hooks.payroll.example/#x",
     "https://nowhere.example/", "https://" + "a" * 2000, ""],
)  # fmt: skip
def test_an_address_that_is_not_public_https_is_refused_with_the_reason(browser, dana_app, names, address):
    answer = browser.post(f"/app/{dana_app.client_id}/webhook", {"address": address})
    assert answer.status_code == 400 and "webhook-error" in answer.content.decode()
    assert not AppWebhook.objects.exists()


def test_a_new_address_gets_a_new_key_and_removing_it_stops_the_calls(dana, dana_app, names):
    now = timezone.now()
    keys = [webhooks.set_webhook(dana_app.app, HOOK, by=dana, now=now)[1] for _ in range(2)]
    assert keys[0] != keys[1]
    assert webhooks.remove_webhook(dana_app.app, by=dana, now=now)
    assert not webhooks.test(dana_app.app, by=dana, now=now) and not Message.objects.exists()
    assert HOOK not in str(list(Event.objects.values()))


def test_calls_of_another_app_to_the_same_address_are_not_shown(dana, bob, dana_app, legacy_app, names):
    now = timezone.now()
    for app in (dana_app.app, legacy_app.app):
        webhooks.set_webhook(app, HOOK, by=dana, now=now)
        webhooks.test(app, by=dana, now=now)
    (call,) = webhooks.deliveries(AppWebhook.objects.get(application=dana_app.app))
    assert call.payload["app"]["client_id"] == dana_app.client_id


# Leaks


def report(said, **more):
    return Client().post("/secrets/report", json.dumps(said), content_type="application/json", **more)


def test_a_reported_secret_ends_at_once_and_the_owners_are_told(alice_browser, dana, dana_app):
    factories.connect(alice_browser, dana_app)
    answer = report({"secret": dana_app.secret, "url": "https://github.com/x/y/blob/main/.env?token=1#L3"})
    assert (answer.status_code, answer.json()) == (202, {"received": 1})
    secret = ApplicationSecret.objects.get()
    assert secret.revoked_at and secret.ended_because == "leaked"
    assert Connection.objects.get().reason == "secret leaked"
    assert dana_app.token(grant_type="client_credentials").status_code == 401
    notice = Notice.objects.get(kind="secret.leaked")
    assert notice.person_id == dana.pk and notice.detail["where"] == "https://github.com/x/y/blob/main/.env"
    assert Event.objects.get(name="secret.leaked").subject_id == secret.key_id


def test_the_answer_is_the_same_for_a_secret_that_is_not_ours(dana_app):
    ours = report({"secret": dana_app.secret})
    for unknown in ("x", f"{'0' * 16}.{'a' * 43}", dana_app.secret[:-1] + "~", dana_app.secret):
        theirs = report({"secret": unknown})
        assert (theirs.status_code, theirs.content) == (ours.status_code, ours.content)


def test_the_key_id_alone_ends_nothing(dana_app):
    report({"secret": dana_app.secret.split(".")[0] + "." + "a" * 43})
    assert ApplicationSecret.objects.get().revoked_at is None


def test_the_list_of_a_secret_scanner_is_understood(dana_app):
    item = {
        "token": dana_app.secret,
        "type": "gatehouse_app_secret",
        "url": "https://github.com/x/y",
        "source": "content",
    }
    assert report([{"token": "other", "type": "x"}, item]).json() == {"received": 2}
    assert ApplicationSecret.objects.get().ended_because == "leaked"


def test_the_value_reaches_no_event_no_notice_and_no_log(dana_app, caplog):
    caplog.set_level("DEBUG")
    url = f"https://pastebin.example/{dana_app.secret}"
    report({"secret": f"export SECRET='{dana_app.secret}' # oops", "url": url})
    Client().post("/secrets/leaked", {"secret": dana_app.secret, "url": url})
    rows = [*Event.objects.values(), *Notice.objects.values(), *Message.objects.values()]
    kept = caplog.text + "\n".join(map(str, rows))
    assert ApplicationSecret.objects.get().ended_because == "leaked"
    assert dana_app.secret not in kept and dana_app.secret.split(".")[1] not in kept


@pytest.mark.parametrize(
    "body", ["", "{", "[]", "1", '"x"', "{}", '{"secret": 1}', "[[]]", "[" * 5000, '{"secret": null}']
)
def test_a_report_that_cannot_be_read_is_told_so(dana_app, body):
    answer = Client().post("/secrets/report", body, content_type="application/json")
    assert answer.status_code == 400 and "error" in answer.json()


def test_one_address_cannot_report_without_end(dana_app, settings):
    settings.LIMITS = settings.LIMITS | {"leaks_per_address": (30, 3600)}
    answers = [report({"secret": "x"}).status_code for _ in range(31)]
    assert answers[:30] == [202] * 30 and answers[30] == 429
    assert Client().post("/secrets/leaked", {"secret": "x"}).status_code == 429
    assert report({"secret": "x"}, REMOTE_ADDR="192.0.2.7").status_code == 202


def test_a_person_reports_on_the_page_and_is_not_told_whether_it_was_one(dana_app):
    browser = Client()
    assert browser.get("/secrets/report")["Location"] == "/secrets/leaked"
    assert browser.get("/secrets/leaked").status_code == 200
    said = [browser.post("/secrets/leaked", {"secret": s}).content for s in ("nothing", f"key={dana_app.secret};")]
    assert said[0] == said[1] and ApplicationSecret.objects.get().ended_because == "leaked"
    assert browser.post("/secrets/leaked", {"secret": " "}).status_code == 400


@pytest.mark.parametrize(("url", "shown"), [("https://a.example/b?c#d", "https://a.example/b"), ("javascript:alert(1)", ""), ("https://a.example/ b", ""),
    (None, ""), (["x"], ""), ("https://[", ""), ("https://u:p@a.example/x", "https://a.example/x")])  # fmt: skip
def test_where_a_secret_was_found_is_shown_only_as_a_plain_address(url, shown):
    assert where_of(url, "secret-value") == shown
