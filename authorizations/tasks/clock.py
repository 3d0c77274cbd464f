"""The one clock that all processes share: that of the database server.

A worker whose own clock is ahead would take over what another still holds, and end what is not over yet.
"""

from datetime import datetime

from django.db import connection
from django.utils import timezone


def now() -> datetime:
    if connection.vendor != "postgresql":
        return timezone.now()  # SQLite is a file: all its processes are on this machine
    with connection.cursor() as cursor:
        cursor.execute("SELECT clock_timestamp()")
        return cursor.fetchone()[0]
