"""The usage buffer that all processes share."""

import os
from datetime import timedelta

import pytest
import redis
from django.utils import timezone

from authorizations import usage
from authorizations.models import AppUsage, Authorization, AuthorizationUsage, Connection, ReceiptItem
from authorizations.services.revocation import revoke_authorization
from tests.conftest import missing


@pytest.fixture
def on_redis(monkeypatch, connected):
    url = os.environ.get("GATEHOUSE_TEST_REDIS_URL", "redis://127.0.0.1:6379/15")
    try:
        redis.Redis.from_url(url).ping()
    except redis.RedisError:
        missing("Redis")
    monkeypatch.setattr(usage.RedisBuffer, "NOTES", f"gatehouse-test-{os.getpid()}:uses")
    buffer = usage.RedisBuffer(url)
    buffer.drain()
    monkeypatch.setattr(usage, "_buffer", buffer)
    return buffer


def test_what_one_process_notes_another_writes(on_redis, payroll):
    connection, now = Connection.objects.get(), timezone.now()
    usage.note_call(connection, "api", now)
    usage.note_app(payroll.app.pk, "token", now)
    usage.note_app(payroll.app.pk, "token", now)
    assert usage.flush() == 5
    assert Authorization.objects.get().last_used_at == now
    assert dict(AppUsage.objects.values_list("endpoint", "calls")) == {"api": 1, "token": 2}
    assert AuthorizationUsage.objects.get().calls == 1
    assert usage.flush() == 0


def test_times_only_move_forward(on_redis):
    connection, now = Connection.objects.get(), timezone.now()
    usage.note_call(connection, "api", now)
    usage.flush()
    usage.note_call(connection, "api", now - timedelta(hours=1))
    usage.flush()
    assert Authorization.objects.get().last_used_at == now


def test_notes_that_nobody_drains_are_put_together(on_redis, payroll, alice, monkeypatch):
    monkeypatch.setattr(usage.RedisBuffer, "MOST", 3)
    connection, now = Connection.objects.select_related("authorization__person").get(), timezone.now()
    usage.note_refusal(connection.authorization, None, "api", now + timedelta(seconds=1))
    for minutes in range(8):
        usage.note_call(connection, "api", now + timedelta(minutes=minutes))
        usage.note_refusal(connection.authorization, None, "api", now + timedelta(minutes=minutes, seconds=2))
        on_redis.send()
        assert on_redis._redis.llen(on_redis.NOTES) <= 3
    seen, counts = on_redis.drain()
    assert seen[f"connection:{connection.pk}"] == (now + timedelta(minutes=7)).timestamp()
    assert [at for key, at in seen.items() if key.startswith("refused")] == [(now + timedelta(seconds=1)).timestamp()]
    assert set(counts.values()) == {8}


def test_a_redis_that_is_away_fails_no_call(payroll, connected, monkeypatch):
    monkeypatch.setattr(usage, "_buffer", usage.RedisBuffer("redis://127.0.0.1:1/0"))
    answer = payroll.http.get("/_apis/connectionData", HTTP_AUTHORIZATION=f"Bearer {connected['access_token']}")
    assert answer.status_code == 200


def test_of_refusals_that_processes_note_the_first_is_kept(on_redis, alice):
    authorization, now = Authorization.objects.select_related("person", "application").get(), timezone.now()
    revoke_authorization(authorization, by=alice, reason="revoked", now=now)
    for seconds in (1, 2, 3):
        usage.note_refusal(authorization, None, "api", now + timedelta(seconds=seconds))
    usage.flush()
    assert ReceiptItem.objects.get().first_refused_at == now + timedelta(seconds=1)
