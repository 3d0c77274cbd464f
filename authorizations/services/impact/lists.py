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


def table(name: str, columns: Mapping[str, str], rows: Iterable[Sequence[Any]]) -> tuple[str, str]:
    """A table that goes with the statement, and its parameter. A column is an `integer`, a `text`, a `list`, or
    `texts`: a list that nothing but `sharing` is asked about."""
    if connection.vendor == "postgresql":
        said = ", ".join(CASTS[kind].format(f"line.value -> {n}") for n, kind in enumerate(columns.values()))
        source = "jsonb_array_elements(%s::jsonb) AS line"
    else:
        said = ", ".join(f"json_extract(value, '$[{n}]')" for n in range(len(columns)))
        source = "json_each(%s)"
    return f"{name} ({', '.join(columns)}) AS MATERIALIZED (SELECT {said} FROM {source})", json.dumps(list(rows))  # noqa: S608


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
            "$[*] ? (@[*] == $one[*] && @[*] == $other[*])",
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


def both(one: str, other: str) -> str:
    """One list after the other."""
    if connection.vendor == "postgresql":
        return f"({one} || {other})"
    items = f"SELECT value FROM json_each({one}) UNION ALL SELECT value FROM json_each({other})"  # noqa: S608
    return f"(SELECT json_group_array(value) FROM ({items}))"  # noqa: S608


def apart() -> str:
    """Ends a part that is to be worked out by itself."""
    return "OFFSET 0" if connection.vendor == "postgresql" else "LIMIT -1 OFFSET 0"
