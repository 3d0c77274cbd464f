"""The database itself refuses to change or delete an event, whoever asks: the application, the admin, a person with SQL.

One way out is left, for retention: the events of a block whose signed summary has been written may be deleted. A block
is written once; its summary is added once.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

MESSAGE = "An event is never changed or deleted."
EVENT, BLOCK = "events_event", "events_eventblock"
_REMOVED = (
    f"EXISTS (SELECT 1 FROM {BLOCK} b WHERE b.removed_at IS NOT NULL AND OLD.id BETWEEN b.first_id AND b.last_id)"  # noqa: S608  (constants)
)
# What a block keeps for good; all but the summary, `removed_at` and the leaves, which are worth nothing without rows.
_KEPT = (
    "number",
    "ranges",
    "first_id",
    "last_id",
    "high_id",
    "count",
    "first_at",
    "last_at",
    "open_gaps",
    "seal",
    "sealed_at",
)

POSTGRESQL = (
    f"""
    CREATE OR REPLACE FUNCTION gatehouse_event_stays() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
        IF TG_OP = 'DELETE' THEN
            IF {_REMOVED} THEN RETURN OLD; END IF;
        END IF;
        RAISE EXCEPTION '{MESSAGE}' USING ERRCODE = 'restrict_violation';
    END $$
    """,
    f"""
    CREATE OR REPLACE FUNCTION gatehouse_block_stays() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
        IF TG_OP = 'UPDATE' THEN
            IF OLD.removed_at IS NULL AND NEW.removed_at IS NOT NULL
               AND {" AND ".join(f"NEW.{c} IS NOT DISTINCT FROM OLD.{c}" for c in _KEPT)} THEN RETURN NEW; END IF;
        END IF;
        RAISE EXCEPTION 'A sealed block is never changed or deleted.' USING ERRCODE = 'restrict_violation';
    END $$
    """,
    f"CREATE OR REPLACE TRIGGER gatehouse_event_stays BEFORE UPDATE OR DELETE ON {EVENT} "
    "FOR EACH ROW EXECUTE FUNCTION gatehouse_event_stays()",
    f"CREATE OR REPLACE TRIGGER gatehouse_events_stay BEFORE TRUNCATE ON {EVENT} "
    "FOR EACH STATEMENT EXECUTE FUNCTION gatehouse_event_stays()",
    f"CREATE OR REPLACE TRIGGER gatehouse_block_stays BEFORE UPDATE OR DELETE ON {BLOCK} "
    "FOR EACH ROW EXECUTE FUNCTION gatehouse_block_stays()",
    f"CREATE OR REPLACE TRIGGER gatehouse_blocks_stay BEFORE TRUNCATE ON {BLOCK} "
    "FOR EACH STATEMENT EXECUTE FUNCTION gatehouse_block_stays()",
)
POSTGRESQL_DROP = (
    f"DROP TRIGGER IF EXISTS gatehouse_event_stays ON {EVENT}",
    f"DROP TRIGGER IF EXISTS gatehouse_events_stay ON {EVENT}",
    f"DROP TRIGGER IF EXISTS gatehouse_block_stays ON {BLOCK}",
    f"DROP TRIGGER IF EXISTS gatehouse_blocks_stay ON {BLOCK}",
)
SQLITE = (
    f"CREATE TRIGGER IF NOT EXISTS gatehouse_event_unchanged BEFORE UPDATE ON {EVENT} BEGIN SELECT RAISE(ABORT, '{MESSAGE}'); END",
    f"CREATE TRIGGER IF NOT EXISTS gatehouse_event_kept BEFORE DELETE ON {EVENT} WHEN NOT {_REMOVED} "
    f"BEGIN SELECT RAISE(ABORT, '{MESSAGE}'); END",
    f"CREATE TRIGGER IF NOT EXISTS gatehouse_block_unchanged BEFORE UPDATE ON {BLOCK} WHEN OLD.removed_at IS NOT NULL "
    f"OR NEW.removed_at IS NULL OR {' OR '.join(f'NEW.{c} IS NOT OLD.{c}' for c in _KEPT)} "
    "BEGIN SELECT RAISE(ABORT, 'A sealed block is never changed or deleted.'); END",
    f"CREATE TRIGGER IF NOT EXISTS gatehouse_block_kept BEFORE DELETE ON {BLOCK} "
    "BEGIN SELECT RAISE(ABORT, 'A sealed block is never changed or deleted.'); END",
)
SQLITE_DROP = tuple(
    f"DROP TRIGGER IF EXISTS gatehouse_{name}"
    for name in ("event_unchanged", "event_kept", "block_unchanged", "block_kept")
)


def create(connection: Any) -> None:
    """May run again: after each migration it does, because SQLite loses them when it copies a table."""
    _run(connection, POSTGRESQL if connection.vendor == "postgresql" else SQLITE)


def drop(connection: Any) -> None:
    _run(connection, POSTGRESQL_DROP if connection.vendor == "postgresql" else SQLITE_DROP)


@contextmanager
def suspended(connection: Any) -> Iterator[None]:
    """For tests, which empty their database and tamper with it."""
    drop(connection)
    try:
        yield
    finally:
        create(connection)


def _run(connection: Any, statements: tuple[str, ...]) -> None:
    with connection.cursor() as cursor:
        for statement in statements:
            cursor.execute(statement)
