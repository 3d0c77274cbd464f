"""How many rows a list has, without counting a million of them."""

from dataclasses import dataclass
from typing import Any

from django.core.paginator import Paginator
from django.db import connection
from django.db.models import QuerySet
from django.utils.functional import cached_property

CAP = 10_000


@dataclass(frozen=True)
class Count:
    number: int
    exact: bool = True
    estimated: bool = False

    def __str__(self) -> str:
        if self.exact:
            return f"{self.number:,}"
        return f"about {self.number:,}" if self.estimated else f"more than {self.number:,}"


def capped(rows: QuerySet[Any], cap: int = CAP) -> Count:
    """One statement that stops at the cap."""
    found = rows.order_by().values("pk")[: cap + 1].count()
    return Count(min(found, cap), exact=found <= cap)


def of(rows: QuerySet[Any], *, everything: bool) -> Count:
    """`everything`: no filter and no search. Then PostgreSQL says what it last estimated of a table beyond the cap."""
    found = capped(rows)
    if found.exact or not everything or connection.vendor != "postgresql":
        return found
    with connection.cursor() as cursor:
        cursor.execute("SELECT reltuples::bigint FROM pg_class WHERE oid = %s::regclass", [rows.model._meta.db_table])
        estimate = cursor.fetchone()[0]
    return Count(estimate, exact=False, estimated=True) if estimate > found.number else found


class CappedPaginator(Paginator):  # type: ignore[type-arg]  # not a generic class when it runs
    """Numbered pages for lists that are short: it never skips more rows than the cap."""

    @cached_property
    def count(self) -> int:
        return capped(self.object_list).number  # type: ignore[arg-type]  # a queryset
