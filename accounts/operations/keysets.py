"""Pages that cost the same however far back they are: each begins after a row, not after a number of rows."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.core.exceptions import ValidationError
from django.db.models import Model, Q, QuerySet

BETWEEN = "~"


@dataclass(frozen=True)
class Keyset:
    """`fields`: all descending, the last one unique."""

    fields: tuple[str, ...]

    @property
    def ordering(self) -> list[str]:
        return [f"-{name}" for name in self.fields]

    def write(self, row: Model) -> str:
        return BETWEEN.join(_text(getattr(row, name)) for name in self.fields)

    def read(self, model: type[Model], text: str) -> list[Any] | None:
        """None for anything that is not the place of a row."""
        parts = text[:200].split(BETWEEN)
        if len(parts) != len(self.fields):
            return None
        try:
            return [_value(model, name, part) for name, part in zip(self.fields, parts, strict=True)]
        except (ValidationError, ValueError, OverflowError):
            return None

    def page(self, rows: QuerySet[Any], size: int, *, after: str = "", before: str = "") -> "Page":
        """One statement. `after`: older rows than this one; `before`: newer ones."""
        older, newer = self.read(rows.model, after), self.read(rows.model, before)
        if newer is not None:
            upwards = rows.filter(self._beyond(newer, "gt")).order_by(*self.fields)
            found = list(upwards[: size + 1])
            return self._page(found[:size][::-1], older=True, newer=len(found) > size)
        if older is not None:
            rows = rows.filter(self._beyond(older, "lt"))
        found = list(rows.order_by(*self.ordering)[: size + 1])
        return self._page(found[:size], older=len(found) > size, newer=older is not None)

    def _page(self, rows: list[Any], *, older: bool, newer: bool) -> "Page":
        return Page(
            rows,
            older=self.write(rows[-1]) if rows and older else "",
            newer=self.write(rows[0]) if rows and newer else "",
            back=newer,
        )

    def _beyond(self, place: list[Any], than: str) -> Q:
        """Written so that the first condition is one that an index can use."""
        first, rest = self.fields[0], self.fields[1:]
        if not rest:
            return Q(**{f"{first}__{than}": place[0]})
        settled = Q(**{f"{first}__{than}": place[0]}) | Keyset(rest)._beyond(place[1:], than)
        return Q(**{f"{first}__{than}e": place[0]}) & settled


@dataclass(frozen=True)
class Page:
    """`older`, `newer`: where the neighbours begin, empty where there is none. `back`: this is not the first page."""

    rows: list[Any]
    older: str
    newer: str
    back: bool


def _text(value: Any) -> str:
    return value.isoformat() if isinstance(value, datetime) else str(value)


def _value(model: type[Model], name: str, text: str) -> Any:
    if "\x00" in text:
        raise ValueError(text)
    field = model._meta.pk if name == "pk" else model._meta.get_field(name)
    value = field.to_python(text)  # type: ignore[union-attr]
    if value is None or (isinstance(value, int) and not 0 <= value < 2**63):
        raise ValueError(text)
    if isinstance(value, datetime) and value.tzinfo is None:
        raise ValueError(text)
    return value
