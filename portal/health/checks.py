"""What is asked of a process that should serve."""

import pkgutil
import secrets
from collections.abc import Iterator
from importlib import import_module
from importlib.util import find_spec

from django.apps import apps
from django.conf import settings
from django.core.cache import cache
from django.db import connection
from django.db.migrations.loader import MigrationLoader
from django.utils import timezone

from authorizations import backlog, limits, task_runs
from authorizations.models import SigningKey
from authorizations.services.keys import ring
from authorizations.switches import reading
from portal.health.looking import Check

MOST_SKEW = 5.0  # seconds
OUTBOX_LATE = 900.0  # seconds that the oldest message may be overdue
UNSEALED_LATE = 600.0
Trouble = tuple[str, str] | None
_wanted: set[tuple[str, str]] = set()


def database() -> Trouble:
    with connection.cursor() as cursor:
        cursor.execute("SELECT 1")
    return None


def migrations() -> Trouble:
    """The database may be ahead of this code (an upgrade is under way), and not behind it."""
    if not _wanted:
        _wanted.update(_released())
    with connection.cursor() as cursor:
        cursor.execute("SELECT app, name FROM django_migrations")
        applied = set(cursor.fetchall())
    if _wanted <= applied:
        return None
    return "unavailable", "The database has not been migrated to this release."


def _released() -> Iterator[tuple[str, str]]:
    """By the names of their files: to load all migrations for that takes 5 MB."""
    for app in apps.get_app_configs():
        place, _ = MigrationLoader.migrations_module(app.label)
        if place is None or find_spec(place) is None:
            continue
        for found in pkgutil.iter_modules(import_module(place).__path__):
            if not found.ispkg and found.name[0] not in "_~":
                yield app.label, found.name


def memory() -> Trouble:
    """The cache: that of the process, or Redis."""
    value = secrets.token_hex(8)
    cache.set("gatehouse:health", value, 30)
    # Another process may have written its own meanwhile; that an answer comes is what counts.
    return None if cache.get("gatehouse:health") else MEMORY_SILENT


def signing_key() -> Trouble:
    """Missing keys are made on first need; keys that cannot be read are trouble."""
    there = SigningKey.objects.filter(retired_at=None, current_from__isnull=False)
    for algorithm in there.values_list("algorithm", flat=True):
        ring.current(algorithm)
    return None


def clock() -> Trouble:
    if connection.vendor != "postgresql":
        return None  # the database is a file on this machine
    before = timezone.now()
    with connection.cursor() as cursor:
        cursor.execute("SELECT clock_timestamp()")
        there = cursor.fetchone()[0]
    after = timezone.now()
    if (before - there).total_seconds() > MOST_SKEW or (there - after).total_seconds() > MOST_SKEW:
        return "degraded", "The clocks of this machine and of the database differ by more than five seconds."
    return None


def jobs() -> Trouble:
    found = task_runs.states(settings.CELERY_BEAT_SCHEDULE, now=timezone.now())
    if all(state.run is None for state in found):
        return "degraded", "No background job has run yet."
    if any(state.late for state in found):
        return "degraded", "Some background jobs are late."
    return None


def outbox() -> Trouble:
    late = backlog.overdue(timezone.now())
    return ("degraded", "Messages wait longer than they should.") if late > OUTBOX_LATE else None


def sealing() -> Trouble:
    waiting = backlog.unsealed(timezone.now())
    return ("degraded", "Events wait to be sealed longer than they should.") if waiting.age > UNSEALED_LATE else None


def switches() -> Trouble:
    """Read here, so that the answer, which says what is on, need not ask the database itself."""
    reading.memory.known()
    return None


def call_limits() -> Trouble:
    """Whether all processes count together. No question of its own: what the last call found."""
    trouble = limits.health()
    return ("degraded", trouble) if trouble else None


DATABASE_SILENT = ("unavailable", "The database does not answer.")
MEMORY_SILENT = ("degraded", "The cache does not answer.")
UNKNOWN = ("degraded", "This could not be looked at.")
# Each line has a thread and, where it needs one, one database connection.
CHECKS = (
    (
        Check("database", database, DATABASE_SILENT),
        Check("migrations", migrations, DATABASE_SILENT),
        Check("signing_key", signing_key, ("unavailable", "The signing keys cannot be read.")),
        Check("clock", clock, UNKNOWN),
        Check("switches", switches, UNKNOWN),
        Check("jobs", jobs, UNKNOWN),
        Check("outbox", outbox, UNKNOWN),
        Check("sealing", sealing, UNKNOWN),
    ),
    (Check("cache", memory, MEMORY_SILENT), Check("limits", call_limits, UNKNOWN)),
)
