"""From the buffer to the tables: times only move forward, counts add up."""

from collections.abc import Sequence
from datetime import UTC, date, datetime
from typing import Any
from uuid import UUID

from django.db import connection, models, transaction

from authorizations.models import AppUsage, Authorization, AuthorizationUsage, Connection
from oauthapps.models import ApplicationSecret

SEEN: dict[str, Any] = {"connection": Connection, "authorization": Authorization, "secret": ApplicationSecret}
BATCH = 200


def write(seen: dict[str, float], counts: dict[str, int]) -> None:
    with transaction.atomic():
        for key, at in sorted(seen.items()):
            table, pk = key.split(":", 1)
            when = datetime.fromtimestamp(at, UTC)
            SEEN[table].objects.filter(pk=pk).exclude(last_used_at__gte=when).update(last_used_at=when)
        apps, authorizations = _sorted_out(counts)
        _add(AppUsage, ("application", "day", "endpoint"), apps)
        _add(AuthorizationUsage, ("authorization", "day", "facet", "value"), authorizations)


def _sorted_out(counts: dict[str, int]) -> tuple[list[tuple[Any, ...]], list[tuple[Any, ...]]]:
    """Rows of both tables. In the order of their keys, so that two writers never lock them crosswise."""
    apps: list[tuple[Any, ...]] = []
    authorizations: list[tuple[Any, ...]] = []
    for key, calls in sorted(counts.items()):
        table, rest = key.split(":", 1)
        if table == "app":
            pk, day, endpoint = rest.split(":")
            apps.append((int(pk), date.fromisoformat(day), endpoint, calls))
        else:
            pk, day, facet, value = rest.split(":", 3)
            authorizations.append((UUID(pk), date.fromisoformat(day), facet, value, calls))
    return apps, authorizations


def _add(table: type[models.Model], names: Sequence[str], rows: list[tuple[Any, ...]]) -> None:
    """Inserts the counts, or adds them to what is there: one statement a batch, however many workers write."""
    fields: list[Any] = [table._meta.get_field(name) for name in (*names, "calls")]
    columns = [f.column for f in fields]
    quote, name = connection.ops.quote_name, table._meta.db_table
    for start in range(0, len(rows), BATCH):
        batch = rows[start : start + BATCH]
        values = [f.get_db_prep_save(v, connection) for row in batch for f, v in zip(fields, row, strict=True)]
        places = ", ".join(["(" + ", ".join(["%s"] * len(fields)) + ")"] * len(batch))
        sql = (
            f"INSERT INTO {quote(name)} ({', '.join(map(quote, columns))}) VALUES {places} "  # noqa: S608  (names only)
            f"ON CONFLICT ({', '.join(map(quote, columns[:-1]))}) "
            f"DO UPDATE SET calls = {quote(name)}.calls + EXCLUDED.calls"
        )
        with connection.cursor() as cursor:
            cursor.execute(sql, values)
