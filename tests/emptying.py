"""Empties the database after a test with real transactions. TRUNCATE of all our tables takes PostgreSQL about a second,
whether they hold anything or not, so only tables with rows are emptied."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from django.core.management.commands import flush as flushing
from django.db.backends.base.operations import BaseDatabaseOperations

from authorizations.events import triggers

# Made once with the tables, and nothing in a test changes them.
KEPT = ("django_migrations", "django_content_type", "auth_permission")
# As a replica PostgreSQL asks neither foreign keys nor the triggers that keep the event log append-only.
POSTGRESQL = f"""
    SET session_replication_role = replica;
    DO $$
    DECLARE name text; filled boolean;
    BEGIN
        FOR name IN SELECT tablename FROM pg_tables WHERE schemaname = current_schema() AND tablename NOT IN {KEPT} LOOP
            EXECUTE format('SELECT EXISTS (SELECT FROM %I)', name) INTO filled;
            IF filled THEN EXECUTE format('DELETE FROM %I', name); END IF;
        END LOOP;
    END $$;
    SET session_replication_role = DEFAULT;
"""  # noqa: S608  (constants)


@contextmanager
def quickly() -> Iterator[None]:
    original = BaseDatabaseOperations.execute_sql_flush

    def flush(self: Any, sql_list: list[str]) -> None:
        if self.connection.vendor == "postgresql":
            with self.connection.cursor() as cursor:
                cursor.execute(POSTGRESQL)
            return
        with triggers.suspended(self.connection):
            original(self, [sql for sql in sql_list if not any(name in sql for name in KEPT)])

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(BaseDatabaseOperations, "execute_sql_flush", flush)
        # It would make content types and permissions anew, which were kept.
        patch.setattr(flushing, "emit_post_migrate_signal", lambda *_: None)
        yield
