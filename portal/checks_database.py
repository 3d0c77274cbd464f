"""Checks that ask the database: `manage.py check --deploy --database default`."""

from collections.abc import Sequence
from typing import Any

from django.conf import settings
from django.core.checks import CheckMessage, Tags, register
from django.db import connections

from oauthapps import key_checks
from portal.checks_production import error, warning


@register(Tags.database)
def keys_fit_the_database(databases: Sequence[str] | None = None, **_: Any) -> list[CheckMessage]:
    found: list[CheckMessage] = []
    for alias in databases or []:
        for variable in key_checks.foreign(alias):
            says = f"{variable} is not the key that this database was made with."
            found += error(34, says, f"Set {variable} to the value that was backed up with the database.")
    return found


@register(Tags.database, deploy=True)
def connections_suffice(databases: Sequence[str] | None = None, **_: Any) -> list[CheckMessage]:
    """Two web units, as in deploy/, and a few connections for workers, beat and somebody who looks."""
    found: list[CheckMessage] = []
    for alias in databases or []:
        if connections[alias].vendor != "postgresql":
            continue
        most = _most_connections(alias)
        per_unit = settings.WEB_WORKERS * settings.DATABASE_POOL
        if 2 * per_unit + 10 > most:
            says = f"Two web units may open {2 * per_unit} connections; the server admits {most} in all."
            found += warning(20, says, "Lower DATABASE_POOL or WEB_WORKERS, or raise max_connections of PostgreSQL.")
    return found


def _most_connections(alias: str) -> int:
    with connections[alias].cursor() as cursor:
        cursor.execute(
            "SELECT current_setting('max_connections')::int - current_setting('superuser_reserved_connections')::int"
        )
        return int(cursor.fetchone()[0])
