"""What all processes have counted together, in Redis. While Redis is away each process counts for itself.

Nothing waits for it: an answer takes 50 ms at most, and after one that did not come it is left alone for two seconds.
"""

import logging
import threading
import time
from collections.abc import Callable
from typing import Any

import redis
from redis.backoff import NoBackoff
from redis.retry import Retry

SECONDS, AWAY = 0.05, 2.0
PREFIX = "gatehouse:limit:"
PROOF_KEPT = 86_400
# One round trip: adds to a count that ends with its window, and remembers a proof that was good.
ADD = """
local total = redis.call('INCRBY', KEYS[1], ARGV[1])
if total == tonumber(ARGV[1]) then redis.call('EXPIRE', KEYS[1], ARGV[2]) end
if ARGV[3] ~= '' then redis.call('SET', ARGV[3], 1, 'EX', ARGV[4]) end
return total
"""
log = logging.getLogger(__name__)


class Store:
    def __init__(self, url: str) -> None:
        self._redis = redis.Redis.from_url(
            url, socket_timeout=SECONDS, socket_connect_timeout=SECONDS, retry=Retry(NoBackoff(), 0)
        )
        self._add = self._redis.register_script(ADD)
        self._lock = threading.Lock()
        self._asked_again_at = 0.0
        self.away = False

    def add(self, key: str, number: int, seconds: int, proof: str = "") -> int | None:
        """The total of all processes; None while Redis is away."""
        mark = _mark(proof) if proof else ""
        total = self._ask(lambda: self._add(keys=[PREFIX + key], args=[number, seconds, mark, PROOF_KEPT]))
        return None if total is None else int(total)

    def knows(self, proof: str) -> bool:
        return bool(self._ask(lambda: self._redis.exists(_mark(proof))))

    def _ask(self, question: Callable[[], Any]) -> Any:
        if self.away and not self._may_ask_again():
            return None
        try:
            answer = question()
        except (redis.RedisError, OSError) as problem:
            self._asked_again_at = time.monotonic() + AWAY
            if not self.away:
                self.away = True
                log.warning(
                    "limits: Redis does not answer (%s); each process counts for itself", type(problem).__name__
                )
            return None
        if self.away:
            self.away = False
            log.warning("limits: Redis answers again; all processes count together")
        return answer

    def _may_ask_again(self) -> bool:
        """One call at a time finds out whether it is back; the others go on without."""
        with self._lock:
            if time.monotonic() < self._asked_again_at:
                return False
            self._asked_again_at = time.monotonic() + AWAY
            return True


def _mark(proof: str) -> str:
    return f"{PREFIX}proof:{proof}"
