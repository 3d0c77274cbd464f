"""Two buffers with one face: Redis for any number of processes, process memory for the embedded default.

What is lost when a process dies is at most a few seconds of "last used" and of counts; no decision depends on them.
"""

import atexit
import threading
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable
from typing import Any, Protocol

import orjson
from django.conf import settings

Seen = dict[str, float]
Counts = dict[str, int]


class Buffer(Protocol):
    def note(self, seen: Seen, counted: Iterable[str], *, first: Seen = {}) -> None:  # noqa: B006  (never changed)
        """`seen`: the last time wins; `first`: the first."""

    def drain(self) -> tuple[Seen, Counts]: ...


class MemoryBuffer:
    """The worker cannot see this process's memory, so the process writes by itself a few seconds later."""

    def __init__(self, write: Callable[[], None]) -> None:
        self._write = write
        self._lock = threading.Lock()
        self._seen: Seen = {}
        self._counts: Counter[str] = Counter()
        self._timer: threading.Timer | None = None

    def note(self, seen: Seen, counted: Iterable[str], *, first: Seen = {}) -> None:  # noqa: B006
        with self._lock:
            self._seen.update(seen)
            for key, at in first.items():
                self._seen.setdefault(key, at)
            self._counts.update(counted)
            self._arm()

    def drain(self) -> tuple[Seen, Counts]:
        with self._lock:
            drained = self._seen, dict(self._counts)
            self._seen, self._counts = {}, Counter()
        return drained

    def _arm(self) -> None:
        if settings.USAGE_AUTOFLUSH_SECONDS and self._timer is None:
            self._timer = threading.Timer(settings.USAGE_AUTOFLUSH_SECONDS, self._due)
            self._timer.daemon = True
            self._timer.start()

    def _due(self) -> None:
        self._timer = None
        self._write()


class RedisBuffer:
    """Collected in this process's memory, and sent in one note a second later: a call waits for nothing, and neither do
    the others while it is sent, as they would for a command for each of thousands of keys."""

    NOTES = "gatehouse:uses"
    SECONDS = 1.0
    MOST = 1000  # notes that wait to be drained

    def __init__(self, url: str) -> None:
        # Imported here: the client weighs 29 MB, which a process without Redis need not carry.
        import redis  # noqa: PLC0415

        self._redis: Any = redis.Redis.from_url(url, socket_timeout=1)
        self._trouble = redis.RedisError
        self._lock = threading.Lock()
        self._forget()
        self._timer: threading.Timer | None = None
        atexit.register(self.send)

    def _forget(self) -> None:
        self._seen: Seen = {}
        self._first: Seen = {}
        self._counts: defaultdict[str, int] = defaultdict(int)

    def note(self, seen: Seen, counted: Iterable[str], *, first: Seen = {}) -> None:  # noqa: B006
        with self._lock:
            self._seen.update(seen)
            for key, at in first.items():
                self._first.setdefault(key, at)
            for key in counted:
                self._counts[key] += 1
            if self._timer is None:
                self._timer = threading.Timer(self.SECONDS, self.send)
                self._timer.daemon = True
                self._timer.start()

    def send(self) -> None:
        with self._lock:
            seen, first, counts = self._seen, self._first, self._counts
            self._forget()
            self._timer = None
        if not (seen or first or counts):
            return
        try:
            waiting = self._redis.rpush(self.NOTES, orjson.dumps([seen, first, counts]))
            if waiting > self.MOST:
                self._put_together()
        except self._trouble:
            return  # a missing "last used" must not fail a call

    def _put_together(self) -> None:
        """Nobody has drained for a long time: what waits is as large as what it is about, and not as what was sent.

        All times go where the earliest counts: a later one of a last use is still added to them, and wins.
        """
        seen, counts = self._taken()
        self._redis.lpush(self.NOTES, orjson.dumps([{}, seen, counts]))

    def drain(self) -> tuple[Seen, Counts]:
        self.send()
        return self._taken()

    def _taken(self) -> tuple[Seen, Counts]:
        with self._redis.pipeline(transaction=True) as pipe:
            sent, _removed = pipe.lrange(self.NOTES, 0, -1).delete(self.NOTES).execute()
        last: Seen = {}
        kept: Seen = {}
        total: Counter[str] = Counter()
        for note in sent:
            seen, first, counts = orjson.loads(note)
            for key, at in seen.items():
                last[key] = max(at, last.get(key, at))
            for key, at in first.items():
                kept[key] = min(at, kept.get(key, at))
            total.update(counts)
        for key, at in last.items():
            kept[key] = max(at, kept.get(key, at))
        return kept, dict(total)
