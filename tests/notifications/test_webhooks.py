"""Webhooks: once an occasion, https and public addresses only, no redirects, and one silent host stops no other."""

import json
import socket
import threading
from collections.abc import Iterator
from datetime import timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest
from django.utils import timezone

from authorizations import tasks
from authorizations.notifications import deliver, webhook
from authorizations.notifications.compose import body, post
from authorizations.notifications.models import Message


class Hook(BaseHTTPRequestHandler):
    calls: list[tuple[dict[str, str], Any]] = []
    status = 200
    raw = b""
    quiet: threading.Event | None = None

    def do_POST(self) -> None:
        Hook.raw = self.rfile.read(int(self.headers["Content-Length"]))
        Hook.calls.append((dict(self.headers), json.loads(Hook.raw)))
        if Hook.quiet:
            Hook.quiet.wait(10)
        self.send_response(Hook.status)
        if Hook.status == 302:
            self.send_header("Location", "http://127.0.0.1:1/inside")
        self.end_headers()

    def log_message(self, *args: Any) -> None:
        """Says nothing."""


@pytest.fixture
def hook(settings: Any, db: Any) -> Iterator[str]:
    settings.WEBHOOK_LOOPBACK_ALLOWED = True
    Hook.calls, Hook.status, Hook.quiet = [], 200, None
    server = ThreadingHTTPServer(("127.0.0.1", 0), Hook)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}/hook"
    if Hook.quiet:
        Hook.quiet.set()
    server.shutdown()


def queue(address: str, key: str = "k") -> Message:
    post(address, {"event": "secret.expiring"}, key=key, now=timezone.now())
    return Message.objects.get(address=address, payload={"event": "secret.expiring"})


def test_a_call_is_made_once_and_carries_its_key(hook):
    message = queue(hook)
    queue(hook)
    assert (tasks.deliver_webhooks(), tasks.deliver_webhooks()) == (1, 0)
    [(headers, body)] = Hook.calls
    assert headers["Idempotency-Key"] == str(message.pk) and body == {"event": "secret.expiring"}


def test_the_signature_is_over_the_very_bytes_that_are_sent(hook):
    payload = {"b": 1, "a": "ä"}
    post(hook, payload, key="k", now=timezone.now(), headers={"X-Signature": "of " + body(payload).decode()})
    tasks.deliver_webhooks()
    [(headers, sent)] = Hook.calls
    assert headers["X-Signature"] == "of " + Hook.raw.decode() and sent == payload


@pytest.mark.parametrize("status", [302, 400, 500])
def test_what_is_not_success_is_tried_again_and_a_redirect_is_not_followed(hook, status):
    Hook.status = status
    message = queue(hook)
    tasks.deliver_webhooks()
    message.refresh_from_db()
    assert str(status) in message.problem and message.sent_at is None and message.due_at > timezone.now()
    Hook.status = 204
    assert deliver.deliver_webhooks(timezone.now() + timedelta(minutes=2)).sent == 1
    assert len({headers["Idempotency-Key"] for headers, _ in Hook.calls}) == 1


def test_a_silent_host_is_asked_once_a_batch_and_stops_no_other(hook, monkeypatch):
    monkeypatch.setattr(webhook, "TIMEOUT", 0.3)
    with socket.create_server(("127.0.0.1", 0)) as silent:
        address = f"http://localhost:{silent.getsockname()[1]}/"
        for key in "abc":
            post(address, {}, key=key, now=timezone.now() - timedelta(hours=1))
        queue(hook)
        assert deliver.deliver_webhooks(timezone.now()).sent == 1
    waiting = Message.objects.filter(sent_at=None)
    assert sorted(waiting.values_list("attempts", flat=True)) == [0, 0, 1]


def test_an_answer_that_never_ends_is_cut_off(hook, monkeypatch):
    monkeypatch.setattr(webhook, "DEADLINE", 0.3)
    Hook.quiet = threading.Event()
    message = queue(hook)
    tasks.deliver_webhooks()
    message.refresh_from_db()
    assert message.sent_at is None and "did not answer" in message.problem


@pytest.mark.parametrize(
    "url",
    [
        "http://hooks.example.com/",
        "ftp://hooks.example.com/",
        "https://",
        "https://user:word@hooks.example.com/",
        "https://hooks.example.com/#part",
        "https://hooks.example.com/a b",
        "https://hooks.example.com:99999/",
        "https://[::1/",
        "nonsense",
        "https://127.0.0.1/",
        "https://127.1/",
        "https://2130706433/",
        "https://10.0.0.1/",
        "https://192.168.1.1/",
        "https://172.16.0.1/",
        "https://169.254.169.254/latest/meta-data",
        "https://100.64.0.1/",
        "https://0.0.0.0/",
        "https://224.0.0.1/",
        "https://[::1]/",
        "https://[fe80::1]/",
        "https://[fd00::1]/",
        "https://[::ffff:10.0.0.1]/",
        "https://[::ffff:127.0.0.1]/",
        "https://[2002:7f00:1::]/",
        "https://[64:ff9b::7f00:1]/",
    ],
)
def test_addresses_that_are_never_called(settings, url):
    settings.WEBHOOK_LOOPBACK_ALLOWED = False
    with pytest.raises(webhook.Forbidden):
        webhook.check(url)


def test_a_name_with_one_address_inside_is_refused(settings, monkeypatch):
    settings.WEBHOOK_LOOPBACK_ALLOWED = False
    both = [(2, 1, 6, "", ("8.8.8.8", 443)), (2, 1, 6, "", ("10.0.0.5", 443))]
    monkeypatch.setattr(socket, "getaddrinfo", lambda *_, **__: both)
    with pytest.raises(webhook.Forbidden):
        webhook.check("https://hooks.example.com/")


def test_the_connection_goes_to_the_address_that_was_checked(settings, monkeypatch):
    answers = iter([[(2, 1, 6, "", ("8.8.8.8", 443))], [(2, 1, 6, "", ("10.0.0.5", 443))]])
    monkeypatch.setattr(socket, "getaddrinfo", lambda *_, **__: next(answers))
    asked = []

    def refuse(address, timeout):
        asked.append(address)
        raise OSError("no network here")

    monkeypatch.setattr(socket, "create_connection", refuse)
    with pytest.raises(webhook.NoAnswer):
        webhook.post("https://rebinding.example.com/", b"{}", key="k")
    assert asked == [("8.8.8.8", 443)]


def test_a_forbidden_address_is_dropped_with_the_reason(settings, db):
    settings.WEBHOOK_LOOPBACK_ALLOWED = False
    message = queue("https://10.0.0.1/hook")
    tasks.deliver_webhooks()
    message.refresh_from_db()
    assert message.dropped_at and "private network" in message.problem


def test_a_name_without_an_address_is_tried_again(settings, db, monkeypatch):
    def unknown(*_, **__):
        raise socket.gaierror("no such name")

    monkeypatch.setattr(socket, "getaddrinfo", unknown)
    message = queue("https://hooks.example.com/")
    tasks.deliver_webhooks()
    message.refresh_from_db()
    assert message.dropped_at is None and "no address" in message.problem
