"""Questions about lists of permissions that the database answers by itself, on PostgreSQL and on SQLite.

The parts of a statement: what they are given is written by us, and values come as parameters.
"""

import json
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from django.db import connection

CASTS = {
    "integer": "({0} #>> '{{}}')::bigint",
    "text": "{0} #>> '{{}}'",
    "list": "nullif({0}, 'null'::jsonb)",
    "texts": "ARRAY(SELECT jsonb_array_elements_text({0}))",
}


def table(name: str, columns: Mapping[str, str], lines: Iterable[Sequence[Any]]) -> tuple[str, str]:
    """A table that goes with the statement, and its parameter. A column is an `integer`, a `text`, a `list`, or
    `texts`: a list that nothing but `sharing` is asked about."""
    text, value = rows(columns, lines)
    return f"{name} AS MATERIALIZED ({text})", value


def rows(columns: Mapping[str, str], lines: Iterable[Sequence[Any]]) -> tuple[str, str]:
    """The same rows without a name for the table."""
    if connection.vendor == "postgresql":
        said = ", ".join(
            f"{CASTS[kind].format(f'line.value -> {n}')} AS {name}" for n, (name, kind) in enumerate(columns.items())
        )
        source = "jsonb_array_elements(%s::jsonb) AS line"
    else:
        said = ", ".join(f"json_extract(value, '$[{n}]') AS {name}" for n, name in enumerate(columns))
        source = "json_each(%s)"
    return f"SELECT {said} FROM {source}", json.dumps(list(lines))  # noqa: S608


def within(held: str, all_of: str) -> str:
    """Everything in the one list is in the other."""
    if connection.vendor == "postgresql":
        return f"({held} <@ {all_of})"
    every = f"SELECT value FROM json_each({all_of})"  # noqa: S608
    return f"(NOT EXISTS (SELECT 1 FROM json_each({held}) AS item WHERE item.value NOT IN ({every})))"  # noqa: S608


def sharing(held: str, texts: str) -> str:
    """The list has something of the texts."""
    if connection.vendor == "postgresql":
        return f"coalesce({held} ?| {texts}, false)"
    return _shared(held, texts)


def meeting(groups: str, one: str, other: str) -> str:
    """Some group of the list of groups has something of the one list and something of the other."""
    if connection.vendor == "postgresql":
        path, said = (
            # Strict: else a filter looks at the texts of a group one by one, and one of them would have to be in both.
            "strict $[*] ? (@[*] == $one[*] && @[*] == $other[*])",
            f"jsonb_build_object('one', {one}, 'other', {other})",
        )
        return f"jsonb_path_exists({groups}, '{path}', {said})"
    first, second = (_shared("team.value", held) for held in (one, other))
    return f"(EXISTS (SELECT 1 FROM json_each({groups}) AS team WHERE {first} AND {second}))"  # noqa: S608


def _shared(one: str, other: str) -> str:
    """SQLite."""
    return (
        f"EXISTS (SELECT 1 FROM json_each({one}) AS mine JOIN json_each({other}) AS yours ON mine.value = yours.value)"  # noqa: S608
    )


FIRST_ONES = 6


def sought(sets: Iterable[Iterable[str]]) -> tuple[str, list[str]]:
    """A table of one row with the sets as columns, for `witnesses`; with parameters."""
    found = list(sets) if connection.vendor == "postgresql" else []
    columns = ", ".join(f"%s::jsonb AS set_{n}" for n, _ in enumerate(found))
    return f"SELECT {columns or 1}", [
        json.dumps(dict.fromkeys(texts, 1)) for texts in found
    ]  # sooner found in an object


def witnesses(one: str, sets: int) -> str:
    """For each set something that it has in common with the list, of the first few of the list: NULL where that is nothing,
    and '' where the list has no more. So a longer look is mostly spared (`by_witness`)."""
    if connection.vendor != "postgresql":
        return "NULL"
    nothing = f"CASE WHEN jsonb_array_length({one}) <= {FIRST_ONES} THEN '' END"

    def witness(held: str) -> str:
        tried = [f"CASE WHEN {held} ? ({one} ->> {n}) THEN {one} ->> {n} END" for n in range(FIRST_ONES)]
        return f"coalesce({', '.join(tried)}, {nothing})"

    return f"ARRAY[{', '.join(witness(f'sought.set_{n}') for n in range(sets))}]::text[]"


def by_witness(held: str, witnesses: str, number: str) -> str:
    """The first cases of whether the list has something of the set with the number (counted from 1) that is in the other
    list, too."""
    if connection.vendor != "postgresql":
        return ""
    witness = f"{witnesses}[{number}]"
    return f"WHEN {held} ? {witness} THEN true WHEN {witness} = '' THEN false"


def both(one: str, other: str) -> str:
    """One list after the other."""
    if connection.vendor == "postgresql":
        return f"({one} || {other})"
    items = f"SELECT value FROM json_each({one}) UNION ALL SELECT value FROM json_each({other})"  # noqa: S608
    return f"(SELECT json_group_array(value) FROM ({items}))"  # noqa: S608


def apart() -> str:
    """Ends a part that is to be worked out by itself."""
    return "OFFSET 0" if connection.vendor == "postgresql" else "LIMIT -1 OFFSET 0"
