"""The cache when Redis is away: nothing is known, nothing fails, and it is not asked again at once."""

import time

import pytest

from portal import cache
from tests.deploy.place import own_redis


@pytest.fixture(autouse=True)
def _forget(monkeypatch):
    monkeypatch.setattr(cache, "_rests_until", 0.0)


def at(url):
    return cache.PatientRedisCache(url, {"OPTIONS": {"socket_connect_timeout": 1}})


def test_a_redis_that_is_away_is_a_miss():
    away = at("redis://127.0.0.1:1/0")
    assert away.get("a") is None and away.get("a", "b") == "b" and away.get_or_set("a", 7) == 7
    assert away.add("a", 0) and away.incr("a") == 1 and away.incr("a", 5) == 5
    away.set("a", 1)
    away.delete("a"), away.touch("a"), away.clear(), away.delete_many(["a"]), away.set_many({"a": 1})
    assert away.get_many(["a"]) == {} and not away.has_key("a") and "a" not in away


def test_after_a_failure_it_is_left_alone_for_a_moment(monkeypatch):
    away = at("redis://127.0.0.1:1/0")
    away.get("a")
    monkeypatch.setattr(cache.RedisCache, "get", lambda *_: pytest.fail("it was asked again"))
    began = time.monotonic()
    assert [away.get("a") for _ in range(100)] == [None] * 100
    assert time.monotonic() - began < 0.5
    monkeypatch.setattr(cache, "_rests_until", time.monotonic())
    monkeypatch.setattr(cache.RedisCache, "get", lambda *_: "back")
    assert away.get("a") == "back"


def test_with_redis_it_is_a_cache():
    here = at(own_redis())
    here.set("gatehouse-test-cache", 5, 10)
    assert here.get("gatehouse-test-cache") == 5 and here.incr("gatehouse-test-cache") == 6
    assert here.delete("gatehouse-test-cache") and here.get("gatehouse-test-cache") is None
    with pytest.raises(ValueError, match="not found"):
        here.incr("gatehouse-test-cache")
