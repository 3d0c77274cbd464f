"""The scopes a client may ask for: one CSV row each, read once at import and then immutable.

Everything here is plain data. Titles and sentences stay plain strings, because this package
imports no framework; the template that shows one translates it.
"""

import csv
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import IntEnum, StrEnum
from graphlib import CycleError, TopologicalSorter
from importlib.resources import files
from types import MappingProxyType

COLUMNS = (
    "scope",
    "category",
    "title",
    "high_privilege",
    "includes",
    "weight",
    "sentence",
    "risk",
    "least_access_level",
    "model",
)
# Named one by one: an unfilled cell must fail at import, not show as a blank on the approval page.
REQUIRED = ("scope", "category", "title", "weight", "sentence", "least_access_level", "model")
HIGH_PRIVILEGE = {"yes": True, "": False}


class CatalogueError(ValueError):
    """The catalogue is wrong; nothing may start on a catalogue that is wrong."""

    def __init__(self, row: int, problem: str) -> None:
        super().__init__(f"catalogue.csv, row {row}: {problem}")
        self.row = row


class Weight(IntEnum):
    """What kind of power a scope is, from least to most."""

    SEE = 1
    USE = 2
    CHANGE = 3
    MANAGE = 4
    FULL = 5


class LeastAccessLevel(StrEnum):
    """The least access level a scope makes sense for, from least to most."""

    STAKEHOLDER = "stakeholder"
    BASIC = "basic"
    BASIC_TEST_PLANS = "basic_test_plans"


class Model(StrEnum):
    """Which apps may ask for a scope: the legacy wire format knows no OpenID Connect."""

    STANDARD = "standard"
    BOTH = "both"


@dataclass(frozen=True, slots=True)
class Scope:
    identifier: str
    category: str
    title: str
    high_privilege: bool
    includes: tuple[str, ...]
    weight: Weight
    sentence: str
    risk: str
    least_access_level: LeastAccessLevel
    model: Model


def load(lines: Iterable[str]) -> Mapping[str, Scope]:
    """Read a catalogue, or raise `CatalogueError` naming the first row that is wrong."""
    reader = csv.DictReader(lines, strict=True)
    scopes: dict[str, Scope] = {}
    rows: dict[str, int] = {}
    try:
        if tuple(reader.fieldnames or ()) != COLUMNS:
            raise CatalogueError(1, f"the columns must be {','.join(COLUMNS)}")
        for record in reader:
            scope = _scope(record, reader.line_num)
            if scope.identifier in scopes:
                raise CatalogueError(reader.line_num, f"{scope.identifier} is there twice")
            scopes[scope.identifier], rows[scope.identifier] = scope, reader.line_num
    except csv.Error as error:
        # The inner reader's count: DictReader's own stops at the last row that was right.
        raise CatalogueError(reader.reader.line_num, str(error)) from error
    _refuse_unknown_includes(scopes, rows)
    _refuse_cycles(scopes, rows)
    return MappingProxyType(scopes)


def _scope(record: Mapping[str | None, str | None], row: int) -> Scope:
    # DictReader files surplus cells under None and fills missing ones with None.
    if None in record or None in record.values():
        raise CatalogueError(row, f"there must be {len(COLUMNS)} cells")
    cells = {column: record[column] or "" for column in COLUMNS}
    if untidy := [column for column, cell in cells.items() if cell != cell.strip()]:
        raise CatalogueError(row, f"{untidy[0]} has spaces around it")
    if empty := [column for column in REQUIRED if not cells[column]]:
        raise CatalogueError(row, f"{empty[0]} is empty")
    try:
        return Scope(
            identifier=cells["scope"],
            category=cells["category"],
            title=cells["title"],
            high_privilege=HIGH_PRIVILEGE[cells["high_privilege"]],
            includes=tuple(cells["includes"].split()),
            weight=Weight[cells["weight"].upper()],
            sentence=cells["sentence"],
            risk=cells["risk"],
            least_access_level=LeastAccessLevel(cells["least_access_level"]),
            model=Model(cells["model"]),
        )
    except (KeyError, ValueError) as error:
        raise CatalogueError(row, f"a word that is not known here: {error}") from error


def _refuse_unknown_includes(scopes: Mapping[str, Scope], rows: Mapping[str, int]) -> None:
    for scope in scopes.values():
        for included in scope.includes:
            if included not in scopes:
                raise CatalogueError(rows[scope.identifier], f"includes the unknown {included}")


def _refuse_cycles(scopes: Mapping[str, Scope], rows: Mapping[str, int]) -> None:
    graph = {scope.identifier: scope.includes for scope in scopes.values()}
    try:
        TopologicalSorter(graph).prepare()
    except CycleError as error:
        cycle: list[str] = error.args[1]
        row = min(rows[name] for name in cycle)
        raise CatalogueError(row, f"a cycle: {', '.join(cycle)}") from error


def _shipped() -> Mapping[str, Scope]:
    text = files(__package__).joinpath("catalogue.csv").read_text(encoding="utf-8")
    return load(text.splitlines(keepends=True))


CATALOGUE: Mapping[str, Scope] = _shipped()
