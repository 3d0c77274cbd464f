"""Search by words: each word begins a word of the row. On PostgreSQL from an index, elsewhere by comparing texts.

The index is a GIN index over this very expression (no extension is needed, which the database's owner would have to
allow); migrations made it, and a test holds that it is used.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import reduce
from operator import or_
from typing import Any

from django.db import connection
from django.db.models import BooleanField, Q, QuerySet
from django.db.models.expressions import RawSQL

MOST_WORDS = 6
SIGNS, BLANKS = "@._-+/:()", " " * 9  # what holds words together in addresses and names


@dataclass(frozen=True)
class Words:
    table: str
    columns: tuple[str, ...]

    @property
    def expression(self) -> str:
        text = " || ' ' || ".join(f'"{self.table}"."{column}"' for column in self.columns)
        return f"to_tsvector('simple', translate({text}, '{SIGNS}', '{BLANKS}'))"

    def narrow(self, rows: QuerySet[Any], text: str) -> QuerySet[Any]:
        """Rows that have every word; none for a text without a word."""
        found = words(text)
        if not found:
            return rows.none()
        if connection.vendor == "postgresql":
            query = " & ".join(f"'{word}':*" for word in found)
            return rows.filter(
                RawSQL(f"{self.expression} @@ to_tsquery('simple', %s)", [query], output_field=BooleanField())  # noqa: S611  (constants)
            )
        for word in found:
            rows = rows.filter(reduce(or_, (Q(**{f"{column}__icontains": word}) for column in self.columns)))
        return rows


PERSON_WORDS = Words("accounts_user", ("display_name", "principal_name", "email", "principal"))
ORGANIZATION_WORDS = Words("accounts_organization", ("name", "slug"))


def words(text: str) -> list[str]:
    """Letters and digits only, so nothing of it is read as an operator."""
    return [word for word in re.split(r"[\W_]+", text.lower())[: MOST_WORDS * 3] if word][:MOST_WORDS]


def by_id(rows: QuerySet[Any], fields: Sequence[str], text: str) -> QuerySet[Any]:
    """Rows with this id in one of the fields, which may be foreign keys."""
    asked = Q()
    for name in fields:
        field = rows.model._meta.pk if name == "pk" else rows.model._meta.get_field(name)
        kind = getattr(field, "target_field", field).get_internal_type()
        if kind == "UUIDField":
            asked |= Q(**{name: text}) if is_uuid(text) else Q()
        elif kind in {"AutoField", "BigAutoField"}:
            asked |= Q(**{name: int(text)}) if text.isascii() and text.isdigit() and len(text) < 19 else Q()
        elif " " not in text:
            asked |= Q(**{name: text})
    return rows.filter(asked) if asked else rows.none()


def is_uuid(text: str) -> bool:
    return bool(re.fullmatch(r"[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}", text))
