"""Events on their way out: a real file, a real receiver that goes away, and ids that are committed late."""

import hashlib
import hmac
import io
import json
import os
import signal
import subprocess
import sys
import threading
import time
from datetime import timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from ipaddress import ip_network

import pytest
from django.core.management import CommandError, call_command
from django.db import connection
from django.test import Client
from django.utils import timezone

from authorizations.events import triggers
from authorizations.events.kinds import Kind
from authorizations.events.log import record
from authorizations.events.models import Event, EventBlock
from authorizations.models import EventStream
from authorizations.services import sealing
from authorizations.services.streaming import reading, sending, streams
from authorizations.services.streaming.files import File, Occupied
from authorizations.services.streaming.reading import Place
from authorizations.tasks.streams import stream_events
from tests import people

PAGE = "/admin/authorizations/eventstream/"


def happen(count=1, kind=Kind.PERSON_SIGNED_IN, ago=60):
    now = timezone.now() - timedelta(seconds=ago)
    return [record(kind, now=now, subject=("person", str(n)), detail={"n": n}).pk for n in range(count)]


def seal():
    while sealing.seal_next(timezone.now()):
        pass


def ids_in(path):
    return [json.loads(line)["id"] for line in path.read_text().splitlines()]


class Receiver(BaseHTTPRequestHandler):
    def do_POST(self):
        body = self.rfile.read(int(self.headers["Content-Length"]))
        self.server.calls.append((dict(self.headers), body))
        self.send_response(self.server.status)
        self.end_headers()

    def log_message(self, *_):
        """Says nothing."""


class Siem:
    """A receiver that can be ended and started again on its port."""

    def __init__(self):
        self.calls, self.port = [], 0
        self.start()

    def start(self, status=200):
        self.server = ThreadingHTTPServer(("127.0.0.1", self.port), Receiver)
        self.server.calls, self.server.status, self.port = self.calls, status, self.server.server_port
        threading.Thread(target=self.server.serve_forever, args=(0.05,), daemon=True).start()

    def end(self):
        self.server.shutdown()
        self.server.server_close()

    @property
    def events(self):
        return [event for _, body in self.calls for event in json.loads(body)["events"]]


@pytest.fixture
def siem(settings):
    settings.WEBHOOK_LOOPBACK_ALLOWED = True
    found = Siem()
    yield found
    found.end()


@pytest.fixture
def made(siem, db):
    happen(3)
    seal()
    return streams.make(
        name="SIEM",
        address=f"http://127.0.0.1:{siem.port}/in?key=of-the-receiver",
        kinds=[],
        since=timezone.now() - timedelta(days=1),
        by=people.operations(),
        now=timezone.now(),
    )


# Reading


def test_an_id_that_was_committed_late_is_not_lost(db):
    first, gap, last = happen(3)
    late = Event.objects.get(pk=gap)

    with triggers.suspended(connection):  # its transaction has not committed yet
        Event.objects.filter(pk=gap).delete()
    seal()
    read = reading.after(Place())
    assert [e["id"] for e in read.events] == [first, last]
    Event.objects.bulk_create([late])
    seal()
    assert [e["id"] for e in reading.after(read.place).events] == [gap]


def test_the_same_place_gives_the_same_batch_whatever_came_since(db):
    happen(5)
    seal()
    before = reading.after(Place(), most=3)
    assert len(before.events) == 3 and before.more
    rest = reading.after(before.place, most=3)
    assert len(rest.events) == 2
    happen(4)
    seal()
    assert reading.after(Place(), most=3) == before
    assert reading.after(before.place, most=3).events == rest.events  # a batch ends with its block


def test_an_event_has_the_documented_shape(alice_browser, connected, db):
    # The clock of the sealer is ahead, so that what just happened is settled.
    sealing.seal_next(timezone.now() + timedelta(seconds=10))
    found = {e["name"]: e for e in reading.after(Place()).events}
    made = found["connection.created"]
    fields = "id at name actor person app organization subject address user_agent request_id detail block"
    assert list(made) == fields.split()
    assert made["app"]["name"] == "Payroll" and made["person"]["name"] == "Alice" and made["organization"] is None
    assert made["subject"]["type"] == "authorization" and made["block"] == 1
    assert connected["access_token"] not in json.dumps(found) and connected["refresh_token"] not in json.dumps(found)


# Lines of a file


def test_a_file_is_resumed_after_a_crash_in_the_middle_of_a_line_and_after_rotation(db, tmp_path):
    path = tmp_path / "events.jsonl"
    ids = happen(3)
    seal()
    call_command("stream_events", to=str(path), stderr=io.StringIO())
    assert ids_in(path) == ids
    call_command("stream_events", to=str(path), stderr=io.StringIO())
    assert ids_in(path) == ids  # nothing twice
    with path.open("a") as file:
        file.write('{"id": 99, "na')  # a crash
    more = happen(2)
    seal()
    call_command("stream_events", to=str(path), stderr=io.StringIO())
    assert ids_in(path) == ids + more
    path.rename(tmp_path / "events.jsonl.1")
    last = happen(1)
    seal()
    call_command("stream_events", to=str(path), stderr=io.StringIO())
    assert ids_in(path) == last
    call_command("stream_events", to=str(tmp_path / "again.jsonl"), begin="2", stderr=io.StringIO())
    assert ids_in(tmp_path / "again.jsonl") == more + last


def test_only_some_kinds_and_standard_output(db, capfdbinary, tmp_path):
    happen(2)
    wanted = happen(1, kind=Kind.TOKEN_REUSE_DETECTED)
    seal()
    call_command("stream_events", to="-", kind=["token.reuse_detected"])
    assert [json.loads(line)["id"] for line in capfdbinary.readouterr().out.splitlines()] == wanted


def test_wrong_wishes_of_the_command_are_one_sentence(db, tmp_path):
    for said in ({"begin": "x"}, {"begin": "0"}, {"kind": ["no.such"]}):
        with pytest.raises(CommandError):
            call_command("stream_events", to=str(tmp_path / "x"), **said)
    with pytest.raises(CommandError, match="cannot be written"):
        call_command("stream_events", to="/proc/nowhere/x")
    kept = File(tmp_path / "y")
    with pytest.raises(Occupied):
        File(tmp_path / "y")
    kept.close()


@pytest.mark.django_db(transaction=True)
def test_following_goes_on_until_it_is_ended_and_loses_nothing_when_it_is_killed(tmp_path, settings):
    path = tmp_path / "events.jsonl"
    ids = happen(2)
    seal()
    database = settings.DATABASES["default"]
    address = os.environ.get("GATEHOUSE_TEST_DATABASE_URL", "")
    address = address.rpartition("/")[0] + "/" + database["NAME"] if address else f"sqlite:///{database['NAME']}"
    environment = os.environ | {
        "DJANGO_SETTINGS_MODULE": "portal.settings.test",
        "GATEHOUSE_TEST_DATABASE_URL": address,
    }
    command = [
        sys.executable,
        "manage.py",
        "stream_events",
        "--to",
        str(path),
        "--follow",
        "--every",
        "0.1",
        "--kind",
        "person.signed_in",
    ]

    def follows():
        return subprocess.Popen(command, env=environment, stderr=subprocess.DEVNULL)

    def comes(wanted):
        ends = time.monotonic() + 20
        while time.monotonic() < ends and not (path.exists() and set(ids_in(path)) >= set(wanted)):
            time.sleep(0.1)
        return ids_in(path)

    process = follows()
    try:
        assert comes(ids) == ids
        ids += happen(2)
        seal()
        assert comes(ids) == ids
        process.kill()
        process.wait()
        ids += happen(2)
        seal()
        process = follows()
        assert comes(ids) == ids
        process.send_signal(signal.SIGTERM)
        assert process.wait(timeout=10) == 0
    finally:
        process.kill()
        process.wait()


# Webhooks


def test_a_batch_is_signed_in_order_and_sent_once(made, siem):
    assert stream_events() == 3 and stream_events() == 0
    [(headers, body)] = siem.calls
    assert (
        headers["X-Gatehouse-Signature-256"]
        == "sha256=" + hmac.new(made.secret.encode(), body, hashlib.sha256).hexdigest()
    )
    assert [e["id"] for e in siem.events] == sorted(e["id"] for e in siem.events)
    stream = EventStream.objects.get()
    assert (stream.sent, stream.failing_since, stream.problem) == (3, None, "") and stream.last_sent_at
    assert made.secret not in stream.secret and made.secret[4:] not in str(
        Event.objects.values_list("detail", flat=True)
    )
    # Making the stream is an event itself, and comes with the next block.
    sealing.seal_next(timezone.now() + timedelta(seconds=10))
    assert stream_events() == 2
    assert {e["name"] for e in siem.events[3:]} == {"event_stream.changed", "signing_key.created"}
    assert "of-the-receiver" not in json.dumps(siem.events)


def test_a_receiver_that_was_killed_loses_nothing_and_the_state_says_since_when(made, siem, monkeypatch):
    stream_events()
    siem.end()
    happen(450)
    seal()
    now = timezone.now()
    assert sending.send_due(now) == 0
    stream = EventStream.objects.get()
    assert stream.failing_since == now and stream.failures == 1 and "did not answer" in stream.problem
    assert reading.behind(Place(stream.block, stream.event)).events >= 450
    assert sending.send_due(now + timedelta(seconds=5)) == 0 and EventStream.objects.get().failures == 1  # waits
    assert sending.send_due(now + timedelta(minutes=20)) == 0
    assert EventStream.objects.get().failing_since == now and EventStream.objects.get().failures == 2
    siem.start(status=500)
    assert sending.send_due(now + timedelta(hours=1)) == 0
    refused = siem.calls[-1]
    siem.end()
    siem.start()
    turn = now + timedelta(hours=2)
    while sending.send_due(turn):
        pass
    # What it answered with 500 came again under the same key.
    again = siem.calls[siem.calls.index(refused) + 1]
    assert again[0]["Idempotency-Key"] == refused[0]["Idempotency-Key"] and again[1] == refused[1]
    taken = [event["id"] for event in siem.events if event["name"] == "person.signed_in"]
    assert sorted(set(taken)) == list(
        Event.objects.filter(name="person.signed_in").order_by("pk").values_list("pk", flat=True)
    )
    stream.refresh_from_db()
    assert (stream.failing_since, stream.failures, stream.problem) == (None, 0, "")


def test_a_worker_that_dies_after_sending_sends_the_same_batch_again(made, siem, monkeypatch):
    monkeypatch.setattr(sending, "datetime", None)  # breaks between the receiver's yes and ours
    with pytest.raises(AttributeError):
        stream_events()
    monkeypatch.undo()
    assert stream_events() == 0  # still claimed
    EventStream.objects.update(claimed_until=None)
    assert stream_events() == 3
    first, second = siem.calls
    assert first[0]["Idempotency-Key"] == second[0]["Idempotency-Key"] and first[1] == second[1]


def test_two_workers_do_not_send_one_batch_at_once(made, siem):
    ours, theirs = EventStream.objects.get(), EventStream.objects.get()
    assert EventStream.objects.filter(pk=ours.pk).update(claimed_until=timezone.now() + timedelta(minutes=1))
    assert sending.send_next(theirs, now=timezone.now()) == 0 and siem.calls == []


def test_a_filter_a_pause_and_a_backfill(made, siem):
    by, now = people.operations(), timezone.now()
    streams.change(made.stream, address=made.stream.address, kinds=["token.reuse_detected"], by=by, now=now)
    happen(2)
    alarm = happen(1, kind=Kind.TOKEN_REUSE_DETECTED)
    seal()
    assert streams.pause(made.stream, by=by, now=now) and stream_events() == 0
    assert streams.resume(made.stream, by=by, now=now)
    assert stream_events() == 1 and [e["id"] for e in siem.events] == alarm
    streams.send_again(made.stream, since=now - timedelta(days=1), by=by, now=now)
    assert stream_events() == 1 and [e["id"] for e in siem.events] == alarm * 2
    with pytest.raises(streams.StreamRefused, match="nothing to send again"):
        EventStream.objects.update(block=1)
        streams.send_again(made.stream, since=timezone.now() + timedelta(days=1), by=by, now=now)
    said = [e.detail["what"] for e in Event.objects.filter(name="event_stream.changed").order_by("pk")]
    assert said == ["made", "changed", "paused", "resumed", "moved back"]


def test_a_private_network_is_called_only_where_the_configuration_says_so(settings, db):
    settings.WEBHOOK_LOOPBACK_ALLOWED = False
    said = {"name": "x", "kinds": [], "since": None, "by": people.operations(), "now": timezone.now()}
    for address in ("https://10.1.2.3/in", "http://siem.example/in", "nonsense"):
        with pytest.raises(streams.StreamRefused):
            streams.make(address=address, **said)
    settings.EVENT_STREAM_NETWORKS = [ip_network("10.1.0.0/16")]
    assert streams.make(address="https://10.1.2.3/in", **said).stream.block == 1
    with pytest.raises(streams.StreamRefused, match="name already"):
        streams.make(address="https://10.1.2.3/in", **said)
    with pytest.raises(streams.StreamRefused, match="no event of the name"):
        streams.make(address="https://10.1.2.3/in", **(said | {"name": "y", "kinds": ["no.such"]}))
    with pytest.raises(streams.StreamRefused):
        streams.make(address="http://10.1.2.3/in", **(said | {"name": "z"}))


# The operations pages


def test_an_administrator_makes_tests_and_removes_a_stream_and_sees_the_secret_once(siem, db):
    happen(2)
    seal()
    admin = people.operations_browser()
    address = f"http://127.0.0.1:{siem.port}/in"
    page = admin.post(f"{PAGE}add/", {"name": "SIEM", "address": address, "kinds": "", "since": "2026-01-01 00:00"})
    stream = EventStream.objects.get()
    secret = page.content.decode().partition('id="stream-secret"')[2].partition(">")[2].partition("<")[0]
    assert secret.startswith("evs_")
    change = f"{PAGE}{stream.pk}/change/"
    assert secret not in admin.get(change).content.decode()
    test = f"{PAGE}{stream.pk}/test/"
    assert admin.get(test).status_code == 200 and siem.calls == []
    assert "took the test" in admin.post(test, follow=True).content.decode()
    assert json.loads(siem.calls[0][1])["test"] is True
    siem.server.status = 401
    assert "did not take the test" in admin.post(test, follow=True).content.decode()
    listed = admin.get(PAGE).content.decode()
    assert "at most 2 events" in listed and "127.0.0.1" in listed
    assert admin.post(f"{PAGE}{stream.pk}/pause/", follow=True).status_code == 200
    assert "Paused" in admin.get(PAGE).content.decode()
    assert admin.post(f"{PAGE}{stream.pk}/secret/").status_code == 200
    wrong = admin.post(f"{PAGE}{stream.pk}/again/", {"since": "yesterday"})
    assert wrong.status_code == 400 and "Write an instant such as" in wrong.content.decode()
    admin.post(f"{PAGE}{stream.pk}/remove/")
    assert not EventStream.objects.exists()


def test_wrong_input_is_said_beside_its_field(db):
    admin = people.operations_browser()
    for said, words in (
        ({"name": "x", "address": "https://10.0.0.1/"}, "private network"),
        ({"name": "x", "address": "https://siem.example/", "kinds": "no.such"}, "no event of the name"),
        ({"name": "", "address": "https://siem.example/"}, "required"),
    ):
        page = admin.post(f"{PAGE}add/", said)
        assert page.status_code == 400 and words in page.content.decode()
    assert not EventStream.objects.exists()


@pytest.mark.parametrize("role", ["auditor", "operator"])
def test_who_may_only_look_sees_how_far_a_stream_is_and_changes_nothing(made, role):
    browser = people.operations_browser("olivia", role)
    assert "SIEM" in browser.get(PAGE).content.decode()
    assert browser.get(f"{PAGE}{made.stream.pk}/change/").status_code == 200
    assert browser.post(f"{PAGE}add/", {"name": "y"}).status_code == 403
    for act in ("test", "pause", "again", "secret", "remove", "address"):
        assert browser.post(f"{PAGE}{made.stream.pk}/{act}/").status_code in {302, 403}
    assert EventStream.objects.get().paused_at is None and EventStream.objects.get().secret == made.stream.secret


def test_a_stranger_sees_nothing(made, alice_browser):
    for browser in (Client(), alice_browser):
        assert b"SIEM" not in browser.get(PAGE, follow=True).content
        assert browser.post(f"{PAGE}{made.stream.pk}/remove/").status_code in {302, 403}
    assert EventStream.objects.exists() and EventBlock.objects.exists()
