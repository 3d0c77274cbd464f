"""Which character stands for all that look like it (UTS 39 §4), from the tables of `confusable_homoglyphs`.

Read when a name is first looked at, and then only what is asked of them: as the library keeps its tables they take 7 MB
of every process, so they take less than one.
"""

import json
from functools import cache
from typing import Any

from confusable_homoglyphs import utils

LRM = "\u200e"  # the tables wrap right-to-left characters in it


def of(character: str) -> str:
    return _table().get(character, character)


@cache
def _table() -> dict[str, str]:
    """The tables list pairs in both directions; of a pair the side with many partners is the prototype."""
    partners = _read()
    found: dict[str, str] = {}
    for character, others in partners.items():
        if len(others) == 1:
            other = others[0]
            stands = len(other) > 1 or len(partners.get(other, ())) > 1
            prototype = other if stands else min(character, other)
            if prototype != character:
                found[character] = prototype
    return found


def _read() -> dict[str, list[str]]:
    with open(utils.path("confusables.json"), encoding="utf-8") as file:
        return json.load(file, object_pairs_hook=_short)


def _short(pairs: list[tuple[str, Any]]) -> Any:
    """Of a partner `{"c": ..., "n": ...}` the character alone; its name is most of the tables."""
    if pairs and pairs[0][0] == "c":
        return str(pairs[0][1]).strip(LRM)
    return dict(pairs)
