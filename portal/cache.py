"""Django's Redis cache for things that we can do without: Redis away is a miss, not an error page.

Nothing that decides is kept in it (sessions are in the database, docs/decisions/0086). After a failure it is left alone
for a second, so that a page with ten looks at the cache waits for one time-out and not for ten.
"""

import logging
import time
from collections.abc import Callable
from functools import wraps
from typing import Any

import redis
from django.core.cache.backends.redis import RedisCache

REST_SECONDS = 1.0
log = logging.getLogger(__name__)
_rests_until = 0.0


def _otherwise(instead: Any, call: Callable[[], Any]) -> Any:
    global _rests_until  # noqa: PLW0603  (one server, so one memory of it for all threads)
    if time.monotonic() < _rests_until:
        return instead
    try:
        return call()
    except redis.RedisError as error:
        _rests_until = time.monotonic() + REST_SECONDS
        log.warning("The cache does not answer (%s): going on without it.", type(error).__name__)
        return instead


def _patient(name: str, instead: Any) -> Any:
    original = getattr(RedisCache, name)

    @wraps(original)
    def method(self: RedisCache, *args: Any, **kwargs: Any) -> Any:
        return _otherwise(instead, lambda: original(self, *args, **kwargs))

    return method


class PatientRedisCache(RedisCache):
    def get(self, key: str, default: Any = None, version: int | None = None) -> Any:
        return _otherwise(default, lambda: RedisCache.get(self, key, default, version))

    def incr(self, key: str, delta: int = 1, version: int | None = None) -> int:
        """Counters are limits: one that cannot be read counts as just begun."""
        return _otherwise(delta, lambda: RedisCache.incr(self, key, delta, version))

    add = _patient("add", instead=True)
    set = _patient("set", instead=None)
    touch = _patient("touch", instead=False)
    delete = _patient("delete", instead=False)
    has_key = _patient("has_key", instead=False)
    get_many = _patient("get_many", instead={})
    set_many = _patient("set_many", instead=[])
    delete_many = _patient("delete_many", instead=None)
    clear = _patient("clear", instead=False)
