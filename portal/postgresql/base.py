"""Django's PostgreSQL backend, with a look at each connection before it leaves the pool that costs no round trip.

A server that stopped, restarted or ended the session closes its side, and a closed side is readable. So one `poll` tells
a dead connection from a live one: 2 microseconds instead of the 28 (and a round trip) of the pool's own check, which is
still asked when there is something to read (docs/decisions/0086). A machine that vanished without closing anything is
found by TCP_USER_TIMEOUT (portal/settings/database.py).
"""

import select
from typing import Any

import psycopg_pool
from django.db.backends.postgresql import base


def look(connection: Any) -> None:
    """Raises when the connection is dead."""
    poll = select.poll()
    poll.register(connection.fileno(), select.POLLIN)
    if poll.poll(0):
        psycopg_pool.ConnectionPool.check_connection(connection)


class DatabaseWrapper(base.DatabaseWrapper):
    @property
    def pool(self) -> Any:
        known = self.alias in self._connection_pools  # type: ignore[attr-defined]
        pool = super().pool
        if pool is not None and not known and self.settings_dict["CONN_HEALTH_CHECKS"]:
            pool._check = look  # Django hands over its own check, and no other; opened only after this
        return pool
