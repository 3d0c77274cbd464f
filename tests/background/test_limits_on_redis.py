"""Limits that all processes share in Redis, and what happens when it does not answer."""

import logging
import os
import shutil
import socket
import subprocess
import threading
import time
import uuid

import pytest
import redis

from authorizations.limits.guard import Guard, _is_known, _to_tell
from tests.conftest import missing

URL = os.environ.get("GATEHOUSE_TEST_REDIS_URL", "redis://127.0.0.1:6379/15")


@pytest.fixture
def url():
    try:
        redis.Redis.from_url(URL).ping()
    except redis.RedisError:
        missing("Redis")
    return URL


@pytest.fixture
def processes(url, monkeypatch):
    """What each process keeps; they have nothing but Redis in common. Time stands still, in a window of its own."""
    now = [float(int(time.time()) // 60 * 60 + 5)]

    def make(number):
        found = [Guard(url) for _ in range(number)]
        for guard in found:
            guard.counts._clock = lambda: now[0]
        return found

    make.now = now
    return make


@pytest.fixture
def key():
    return uuid.uuid4().hex


def test_a_small_limit_is_exact_over_all_processes(processes, key):
    guards, allowed = processes(4), []

    def hammer(guard):
        for _ in range(30):
            if not guard.counts.add(key, (20, 60)):
                allowed.append(guard)

    threads = [threading.Thread(target=hammer, args=(guard,)) for guard in guards for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    assert len(allowed) == 20


def test_a_large_limit_is_passed_by_a_hundredth_for_each_process_at_most(processes, key):
    guards = processes(3)
    allowed = sum(not guard.counts.add(key, (1000, 60)) for _ in range(600) for guard in guards)
    assert 1000 <= allowed <= 1000 + 3 * 10


def test_a_busy_caller_costs_few_round_trips_and_a_refused_one_none(processes, key, monkeypatch):
    (guard,) = processes(1)
    asked, real = [], guard.store._ask
    monkeypatch.setattr(guard.store, "_ask", lambda question: asked.append(1) or real(question))
    for _ in range(6000):
        assert not guard.counts.add(key, (6000, 60))
    assert len(asked) <= 102
    del asked[:]
    for _ in range(100):
        assert guard.counts.add(key, (6000, 60))
    assert asked == []


def test_a_window_ends_everywhere_with_its_clock(processes, key):
    first, second = processes(2)
    assert [first.counts.add(key, (1, 60)), second.counts.add(key, (1, 60))] == [0.0, 55.0]
    processes.now[0] += 55
    assert second.counts.add(key, (1, 60)) == 0.0


def test_a_proof_that_one_process_saw_is_known_to_the_others(processes, key):
    first, second = processes(2)
    assert not _is_known(second, key)
    first.counts.add("proofs", (0, 0))  # a limit that is off counts and tells nothing
    first.counts.add(f"client:{key}", (100, 60), _to_tell(first, key))
    assert _is_known(second, key) and not _is_known(second, key + "x")
    assert _to_tell(first, key) == ""  # once an hour


@pytest.fixture
def silent():
    """A server that takes every connection and never says a word."""
    with socket.socket() as server:
        server.bind(("127.0.0.1", 0))
        server.listen(50)
        yield f"redis://127.0.0.1:{server.getsockname()[1]}/0"


@pytest.mark.parametrize("kind", ["silent", "closed"])
def test_without_redis_each_process_counts_for_itself_and_waits_for_nothing(kind, silent, key, caplog):
    guard = Guard(silent if kind == "silent" else "redis://127.0.0.1:1/0")
    with caplog.at_level(logging.WARNING):
        began = time.monotonic()
        told = [guard.counts.add(key, (50, 3600)) for _ in range(200)]
        took = time.monotonic() - began
    assert sum(wait == 0 for wait in told) in {50, 100}  # 100: the hour changed in between
    assert took < 1.0, took  # one answer that did not come, and no second
    assert guard.store.away and [r.message for r in caplog.records if "does not answer" in r.message].__len__() == 1
    print(f"{kind}: 200 calls in {took * 1000:.0f} ms")


def test_it_is_found_again_when_it_comes_back(key, tmp_path, caplog, monkeypatch):
    if not shutil.which("redis-server"):
        missing("redis-server")
    monkeypatch.setattr("authorizations.limits.store.AWAY", 0.2)
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    guard = Guard(f"redis://127.0.0.1:{port}/0")
    guard.counts.add(key, (5, 3600))
    assert guard.store.away
    server = subprocess.Popen(
        ["redis-server", "--port", str(port), "--bind", "127.0.0.1", "--save", "", "--dir", str(tmp_path)],
        stdout=subprocess.DEVNULL,
    )
    try:
        ends = time.monotonic() + 20
        while guard.store.away and time.monotonic() < ends:
            guard.counts.add(f"{key}{time.monotonic()}", (5, 3600))
            time.sleep(0.05)
        assert not guard.store.away
        assert any("answers again" in record.message for record in caplog.records)
        server.kill()  # and away once more, in the middle of everything
        server.wait(10)
        assert [guard.counts.add(key, (3, 3600)) > 0 for _ in range(5)][-1] is True
        assert guard.store.away
    finally:
        server.kill()
        server.wait(10)


def test_health_says_when_it_is_away(silent, settings, client):
    from authorizations import limits

    settings.LIMITS_REDIS_URL = silent
    limits.forget()
    limits.guard.guard().counts.add("a key", (100, 60))  # of a limit so small each call is told
    assert "does not answer" in limits.health()
    limits.forget()
