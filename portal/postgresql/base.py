"""Django's PostgreSQL backend, with connections that are looked at for next to nothing and never get lost.

A server that stopped, restarted or ended the session closes its side, and a closed side is readable. So one `poll` tells
a dead connection from a live one: 2 microseconds instead of the 28 (and a round trip) of the pool's own check, which is
asked only when there is something to read (docs/decisions/0086). A machine that vanished without closing anything is
found by TCP_USER_TIMEOUT (portal/settings/database.py).
"""

import select
import time
from contextlib import suppress
from typing import Any

import psycopg
import psycopg_pool
from django.db.backends.postgresql import base

KEPT_SECONDS = 60.0


def dead(connection: Any) -> bool:
    return bool(connection.closed) or (_something_to_read(connection) and not _answers(connection))


def _something_to_read(connection: Any) -> bool:
    poll = select.poll()
    poll.register(connection.fileno(), select.POLLIN)
    return bool(poll.poll(0))


def _answers(connection: Any) -> bool:
    """Most often what is there to read is the end; it may be a note of the server as well."""
    try:
        psycopg_pool.ConnectionPool.check_connection(connection)
    except psycopg.Error:
        return False
    return True


class DatabaseWrapper(base.DatabaseWrapper):
    def get_new_connection(self, conn_params: Any) -> Any:
        """The pool's own loop over dead connections pauses for seconds between two; this one closes them all."""
        connection = super().get_new_connection(conn_params)
        while getattr(connection, "_pool", None) is not None and dead(connection):
            connection.close()
            connection._pool.putconn(connection)
            connection = super().get_new_connection(conn_params)
        return connection

    def look_again(self) -> None:
        """Before a call on the connection that this thread kept from its last one: back with it if it is dead, has
        failed, or was kept for long (the pool renews old ones)."""
        connection = self.connection
        if connection is None or self.in_atomic_block:
            return
        old = self.close_at is not None and time.monotonic() - self.close_at > KEPT_SECONDS
        if old or self.errors_occurred or dead(connection):
            self.close()

    def __del__(self) -> None:
        """The thread ended with a connection in its hands: without this the pool would wait for it for ever."""
        connection = self.__dict__.get("connection")
        if connection is not None and getattr(connection, "_pool", None) is not None:
            with suppress(psycopg.Error, ValueError):
                connection._pool.putconn(connection)
