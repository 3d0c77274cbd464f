"""Last-used times and legacy counters, collected off the hot path and written by a task.

Two buffers with one face: Redis for any number of processes, process memory (with a timer) for the embedded default.
What is lost when a process dies is at most a few seconds of "last used"; no decision depends on it.
"""

import threading
from collections import Counter
from datetime import UTC, date, datetime
from typing import Any, Protocol

from django.conf import settings
from django.db import close_old_connections, transaction
from django.db.models import F

from authorizations.models import Authorization, Connection, LegacyUsage
from oauthapps.models import ApplicationSecret

Seen = dict[str, float]


class Buffer(Protocol):
    def seen(self, entries: Seen) -> None: ...
    def count(self, key: str) -> None: ...
    def drain(self) -> tuple[Seen, dict[str, int]]: ...


class MemoryBuffer:
    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._seen: Seen = {}
        self._counts: Counter[str] = Counter()
        self._timer: threading.Timer | None = None

    def seen(self, entries: Seen) -> None:
        with self._lock:
            self._seen.update(entries)
            self._arm()

    def count(self, key: str) -> None:
        with self._lock:
            self._counts[key] += 1
            self._arm()

    def drain(self) -> tuple[Seen, dict[str, int]]:
        with self._lock:
            drained = self._seen, dict(self._counts)
            self._seen, self._counts = {}, Counter()
        return drained

    def _arm(self) -> None:
        """The worker cannot see this process's memory, so the process writes by itself a few seconds later."""
        if settings.USAGE_AUTOFLUSH_SECONDS and self._timer is None:
            self._timer = threading.Timer(settings.USAGE_AUTOFLUSH_SECONDS, self._flush)
            self._timer.daemon = True
            self._timer.start()

    def _flush(self) -> None:
        self._timer = None
        try:
            flush()
        finally:
            close_old_connections()


class RedisBuffer:
    SEEN, COUNTS = "gatehouse:seen", "gatehouse:counts"

    def __init__(self, url: str) -> None:
        # Imported here: the client weighs 29 MB, which a process without Redis need not carry.
        import redis  # noqa: PLC0415

        self._redis: Any = redis.Redis.from_url(url, socket_timeout=1)
        self._trouble = redis.RedisError

    def seen(self, entries: Seen) -> None:
        try:
            self._redis.hset(self.SEEN, mapping={k: str(v) for k, v in entries.items()})
        except self._trouble:
            return  # a missing "last used" must not fail a call

    def count(self, key: str) -> None:
        try:
            self._redis.hincrby(self.COUNTS, key, 1)
        except self._trouble:
            return

    def drain(self) -> tuple[Seen, dict[str, int]]:
        with self._redis.pipeline(transaction=True) as pipe:
            pipe.hgetall(self.SEEN).hgetall(self.COUNTS).delete(self.SEEN, self.COUNTS)
            seen, counts, _removed = pipe.execute()
        return {k.decode(): float(v) for k, v in seen.items()}, {k.decode(): int(v) for k, v in counts.items()}


def _make() -> Buffer:
    return RedisBuffer(getattr(settings, "REDIS_URL", "")) if settings.USAGE_BUFFER == "redis" else MemoryBuffer()


_buffer: Any = None


def buffer() -> Buffer:
    global _buffer  # noqa: PLW0603  (one buffer per process, made on first use)
    if _buffer is None:
        _buffer = _make()
    return _buffer


def note_use(connection: Connection, now: datetime) -> None:
    at = now.timestamp()
    entries = {f"connection:{connection.pk}": at, f"authorization:{connection.authorization_id}": at}
    buffer().seen(entries)


def note_secret(secret: ApplicationSecret, now: datetime) -> None:
    buffer().seen({f"secret:{secret.pk}": now.timestamp()})


def count_legacy(app_pk: int, endpoint: str, now: datetime) -> None:
    buffer().count(f"{app_pk}:{now.date().isoformat()}:{endpoint}")


TABLES: dict[str, Any] = {"connection": Connection, "authorization": Authorization, "secret": ApplicationSecret}


def flush() -> int:
    """Writes what was collected; returns how many entries. Times only move forward."""
    seen, counts = buffer().drain()
    with transaction.atomic():
        for key, at in sorted(seen.items()):
            table, pk = key.split(":", 1)
            when = datetime.fromtimestamp(at, UTC)
            rows = TABLES[table].objects.filter(pk=pk)
            rows.exclude(last_used_at__gte=when).update(last_used_at=when)
        for key, calls in sorted(counts.items()):
            _add_legacy(key, calls)
    return len(seen) + len(counts)


def _add_legacy(key: str, calls: int) -> None:
    app_pk, day, endpoint = key.split(":")
    row, _ = LegacyUsage.objects.get_or_create(
        application_id=int(app_pk), day=date.fromisoformat(day), endpoint=endpoint
    )
    LegacyUsage.objects.filter(pk=row.pk).update(calls=F("calls") + calls)
