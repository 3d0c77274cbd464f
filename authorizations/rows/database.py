"""Runs a prepared statement on this thread's connection: one round trip, outside of a transaction one commit.

libpq is called directly, because what a cursor does around it costs as much as the call: `PQexecPrepared` waits
without the interpreter's lock. The connection is Django's own, so what a test or a caller's transaction changed is seen.
A connection that the server has closed meanwhile is opened anew, and the statement sent once more: each of them reads,
or comes after one that reads, or may happen twice.
"""

import itertools
from collections.abc import Sequence
from typing import Any
from weakref import WeakKeyDictionary

import psycopg
from django.db import DEFAULT_DB_ALIAS, OperationalError, connections
from psycopg.pq import ConnStatus, ExecStatus, TransactionStatus

Row = list[bytes | None]
_names = itertools.count()
# What each connection has prepared.
_prepared: "WeakKeyDictionary[Any, set[bytes]]" = WeakKeyDictionary()
# The statement is not there (a pooler in between gave us another connection), or the tables have changed since.
ANEW = {"26000", "0A000"}


class Statement:
    def __init__(self, sql: str) -> None:
        self.sql = " ".join(sql.split())
        self._name = f"gatehouse_{next(_names)}".encode()

    def __call__(self, *values: str | None) -> list[Row]:
        """Values and results are in PostgreSQL's text format."""
        here: Any = connections[DEFAULT_DB_ALIAS]  # looked up once: it is this thread's own
        if here.queries_logged:
            here.queries_log.append({"sql": self.sql, "time": "0"})
        given = [None if value is None else value.encode() for value in values]
        try:
            return self._rows(here, given)
        except OperationalError:
            if here.in_atomic_block or not _is_lost(here):
                raise
            here.close()
            return self._rows(here, given)

    def _rows(self, here: Any, given: Sequence[bytes | None]) -> list[Row]:
        with here.wrap_database_errors:
            result = self._sent(here, given)
            columns = range(result.nfields)
            return [[result.get_value(row, column) for column in columns] for row in range(result.ntuples)]

    def _sent(self, here: Any, given: Sequence[bytes | None]) -> Any:
        here.ensure_connection()
        raw = here.connection
        wire = raw.pgconn
        if not raw.autocommit and wire.transaction_status == TransactionStatus.IDLE:
            raw.execute("SELECT 1")  # a transaction was announced: psycopg begins it with its first statement
        known = _prepared.setdefault(raw, set())
        if self._name not in known:
            self._prepare(wire, known)
        result = wire.exec_prepared(self._name, given)
        if result.status in (ExecStatus.TUPLES_OK, ExecStatus.COMMAND_OK):
            return result
        error = _error(wire, result)
        if error.sqlstate not in ANEW or wire.transaction_status != TransactionStatus.IDLE:
            raise error
        known.discard(self._name)
        wire.exec_(b"DEALLOCATE " + self._name)  # fails where it was not there, which is as good
        self._prepare(wire, known)
        result = wire.exec_prepared(self._name, given)
        if result.status not in (ExecStatus.TUPLES_OK, ExecStatus.COMMAND_OK):
            raise _error(wire, result)
        return result

    def _prepare(self, wire: Any, known: set[bytes]) -> None:
        result = wire.prepare(self._name, self.sql.encode())
        if result.status != ExecStatus.COMMAND_OK:
            raise _error(wire, result)
        known.add(self._name)


def _error(wire: Any, result: Any) -> psycopg.Error:
    """A connection that ended under the statement has no code of an error to say what it was."""
    if wire.status != ConnStatus.OK:
        return psycopg.OperationalError("The connection to the database was lost.")
    return psycopg.errors.error_from_result(result)


def _is_lost(here: Any) -> bool:
    raw = here.connection
    return raw is None or raw.closed or raw.pgconn.status != ConnStatus.OK
