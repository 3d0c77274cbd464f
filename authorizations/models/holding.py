"""`scopes__holds_any=[...]`: whether a JSON list of texts holds one of these, and `scopes__within=[...]`: whether it holds
nothing but these; asked of the database.

Django's own lookups on lists work on PostgreSQL alone, and reading every row to look in Python does not scale.
"""

import json
from collections.abc import Iterable
from typing import Any

from django.db.models import JSONField, Lookup


@JSONField.register_lookup
class HoldsAny(Lookup):  # type: ignore[type-arg]  # not a generic class when it runs
    lookup_name = "holds_any"
    prepare_rhs = False

    def __init__(self, lhs: Any, rhs: Iterable[str]) -> None:
        super().__init__(lhs, sorted(rhs))

    def as_postgresql(self, compiler: Any, connection: Any) -> tuple[str, tuple[Any, ...]]:
        column, params = self.process_lhs(compiler, connection)
        return f"{column} ?| %s::text[]", (*params, list(self.rhs))

    def as_sql(self, compiler: Any, connection: Any) -> tuple[str, tuple[Any, ...]]:
        """SQLite."""
        column, params = self.process_lhs(compiler, connection)
        places = ", ".join(["%s"] * len(self.rhs)) or "NULL"
        return f"EXISTS (SELECT 1 FROM json_each({column}) WHERE json_each.value IN ({places}))", (*params, *self.rhs)  # noqa: S608  (places only)


@JSONField.register_lookup
class Within(Lookup):  # type: ignore[type-arg]  # as above
    """To find what holds any of many, it is quicker to ask what is not within the others."""

    lookup_name = "within"
    prepare_rhs = False

    def __init__(self, lhs: Any, rhs: Iterable[str]) -> None:
        super().__init__(lhs, sorted(rhs))

    def as_postgresql(self, compiler: Any, connection: Any) -> tuple[str, tuple[Any, ...]]:
        column, params = self.process_lhs(compiler, connection)
        return f"{column} <@ %s::jsonb", (*params, json.dumps(list(self.rhs)))

    def as_sql(self, compiler: Any, connection: Any) -> tuple[str, tuple[Any, ...]]:
        """SQLite."""
        column, params = self.process_lhs(compiler, connection)
        places = ", ".join(["%s"] * len(self.rhs)) or "NULL"
        return f"NOT EXISTS (SELECT 1 FROM json_each({column}) WHERE json_each.value NOT IN ({places}))", (  # noqa: S608
            *params,
            *self.rhs,
        )
