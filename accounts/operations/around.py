"""What stands around a record: links to everything it belongs to, and its timeline. Each kind of record registers its own."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from django.db.models import Model, QuerySet

from accounts.operations import counting

MOST = 1000


@dataclass(frozen=True)
class Link:
    title: str
    address: str
    count: str = ""


@dataclass(frozen=True)
class Happened:
    address: str
    at: Any
    said: str
    about: list[tuple[str, str]]  # address and text of what it names


@dataclass(frozen=True)
class Around:
    """`timeline`: the newest of what happened; `more`: the address of all of it."""

    links: list[Link] = field(default_factory=list)
    timeline: list[Happened] = field(default_factory=list)
    more: str = ""


Finder = Callable[[Any], Around]
_finders: dict[type[Model], Finder] = {}


def around(model: type[Model]) -> Callable[[Finder], Finder]:
    """Registers what stands around records of this kind."""

    def register(finder: Finder) -> Finder:
        _finders[model] = finder
        return finder

    return register


def find(record: Model) -> Around | None:
    finder = _finders.get(type(record))
    return finder(record) if finder else None


def counted(title: str, address: str, rows: QuerySet[Any]) -> Link:
    """With how many there are, up to a thousand. One statement."""
    return Link(title, address, str(counting.capped(rows, MOST)))
