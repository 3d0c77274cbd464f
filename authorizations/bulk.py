"""Writes many new rows at once. On PostgreSQL by COPY, which costs a fraction of INSERT: most of that is spent in making
the statement, and acts of operations write millions of rows. In the caller's transaction, like everything else."""

import json
from collections.abc import Sequence
from typing import Any

from django.db import connection, models

MANY = 100  # below this a plain statement is as good


def insert(model: type[models.Model], rows: Sequence[models.Model], *, unless_there: bool = False) -> None:
    """The keys that the database gives are not set on the rows, and `save` is not called.

    `unless_there`: rows whose key is taken are left as they are.
    """
    if connection.vendor != "postgresql" or len(rows) < MANY:
        model._default_manager.bulk_create(rows, batch_size=500, ignore_conflicts=unless_there)
        return
    quote = connection.ops.quote_name
    fields = [f for f in model._meta.concrete_fields if not isinstance(f, models.AutoField)]
    columns = ", ".join(quote(str(f.column)) for f in fields)
    table = quote(model._meta.db_table)
    with connection.cursor() as cursor:
        if not unless_there:
            _copy(cursor, table, columns, fields, rows)
            return
        # COPY knows no conflicts: the rows go through a table that only this transaction sees.
        passing = quote(f"new_{model._meta.db_table}"[:63])
        cursor.execute(f"CREATE TEMPORARY TABLE IF NOT EXISTS {passing} (LIKE {table}) ON COMMIT DELETE ROWS")
        _copy(cursor, passing, columns, fields, rows)
        cursor.execute(
            f"INSERT INTO {table} ({columns}) SELECT {columns} FROM {passing} ON CONFLICT DO NOTHING"  # noqa: S608
        )
        cursor.execute(f"TRUNCATE {passing}")


def _copy(cursor: Any, table: str, columns: str, fields: Sequence[Any], rows: Sequence[models.Model]) -> None:
    names = [f.attname for f in fields]
    as_json = {f.attname for f in fields if isinstance(f, models.JSONField)}
    # Errors are Django's here, too: whoever catches a taken key catches this one.
    with connection.wrap_database_errors, cursor.copy(f"COPY {table} ({columns}) FROM STDIN") as copy:
        for row in rows:
            copy.write_row([_value(row, name, as_json) for name in names])


def _value(row: models.Model, name: str, as_json: set[str]) -> Any:
    value = getattr(row, name)
    return json.dumps(value) if name in as_json and value is not None else value
