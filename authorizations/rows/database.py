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
from django.db import DEFAULT_DB_ALIAS, connections
from psycopg.adapt import Transformer
from psycopg.pq import ConnStatus, ExecStatus, Format, TransactionStatus

Row = tuple[str | None, ...]
Readers = dict[bytes, Any]  # of each prepared statement the Transformer that reads its rows
TEXT = 25  # PostgreSQL's type number: each value is taken as the text that was sent
_names = itertools.count()
# What each connection has prepared, and what reads the rows of it.
_prepared: "WeakKeyDictionary[Any, Readers]" = WeakKeyDictionary()
# The statement is not there (a pooler in between gave us another connection), or the tables have changed since.
ANEW = {"26000", "0A000"}
GOOD = (ExecStatus.TUPLES_OK, ExecStatus.COMMAND_OK)


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
        except psycopg.Error:
            if here.in_atomic_block or not _is_lost(here):
                with here.wrap_database_errors:
                    raise
        here.close()
        with here.wrap_database_errors:
            return self._rows(here, given)

    def _rows(self, here: Any, given: Sequence[bytes | None]) -> list[Row]:
        if here.connection is None:
            here.ensure_connection()
        raw = here.connection
        wire = raw.pgconn
        if not raw.autocommit and wire.transaction_status == TransactionStatus.IDLE:
            raw.execute("SELECT 1")  # a transaction was announced: psycopg begins it with its first statement
        known = _prepared.get(raw)
        if known is None:
            known = _prepared[raw] = {}
        reader = known.get(self._name) or self._prepare(raw, known)
        result = wire.exec_prepared(self._name, given)
        if result.status not in GOOD:
            reader, result = self._again(raw, known, given, _error(wire, result))
        reader.set_pgresult(result, set_loaders=False)
        return reader.load_rows(0, result.ntuples, tuple)

    def _again(self, raw: Any, known: Readers, given: Sequence[bytes | None], error: psycopg.Error) -> tuple[Any, Any]:
        wire = raw.pgconn
        if error.sqlstate not in ANEW or wire.transaction_status != TransactionStatus.IDLE:
            raise error
        known.pop(self._name, None)
        wire.exec_(b"DEALLOCATE " + self._name)  # fails where it was not there, which is as good
        reader = self._prepare(raw, known)
        result = wire.exec_prepared(self._name, given)
        if result.status not in GOOD:
            raise _error(wire, result)
        return reader, result

    def _prepare(self, raw: Any, known: Readers) -> Any:
        wire = raw.pgconn
        result = wire.prepare(self._name, self.sql.encode())
        if result.status != ExecStatus.COMMAND_OK:
            raise _error(wire, result)
        columns = wire.describe_prepared(self._name).nfields
        reader = known[self._name] = Transformer()
        reader.set_loader_types([TEXT] * columns, Format.TEXT)
        return reader


def _error(wire: Any, result: Any) -> psycopg.Error:
    """A connection that ended under the statement has no code of an error to say what it was."""
    if wire.status != ConnStatus.OK:
        return psycopg.OperationalError("The connection to the database was lost.")
    return psycopg.errors.error_from_result(result)


def _is_lost(here: Any) -> bool:
    raw = here.connection
    return raw is None or raw.closed or raw.pgconn.status != ConnStatus.OK
