"""The permissions an app may ask for, by category, searchable, with what is chosen."""

from collections.abc import Sequence
from typing import Any

from django.utils.translation import gettext as _

from oauthapps import scopes

Chosen = tuple[Sequence[str], Sequence[str]]  # required, optional
LONGEST_SEARCH = 100


def picker(chosen: Chosen, *, legacy: bool = False, find: str = "") -> dict[str, Any]:
    """`find` opens what matches and hides the rest; what is hidden stays in the form, so nothing chosen is lost."""
    find = find.strip()[:LONGEST_SEARCH]
    groups: dict[str, list[dict[str, Any]]] = {}
    for scope in scopes.CATALOGUE.values():
        if legacy and scope.model == scopes.Model.STANDARD:
            continue
        groups.setdefault(scope.category, []).append(_row(scope, chosen, find))
    required, optional = chosen
    asked = [s for s in {*required, *optional} if s in scopes.CATALOGUE]
    return {
        "groups": [_group(category, rows, find) for category, rows in groups.items()],
        "find": find,
        "found": sum(row["shown"] for rows in groups.values() for row in rows),
        "asked": len(asked),
        "high": len(scopes.high_privilege(asked)),
    }


def _row(scope: scopes.Scope, chosen: Chosen, find: str) -> dict[str, Any]:
    required, optional = chosen
    choice = "required" if scope.identifier in required else "optional" if scope.identifier in optional else "no"
    words = " ".join((_(scope.title), _(scope.sentence), scope.identifier, _(scope.category))).casefold()
    return {
        "identifier": scope.identifier,
        "title": scope.title,
        "sentence": scope.sentence,
        "risk": scope.risk,
        "high_privilege": scope.high_privilege,
        "includes": [scopes.CATALOGUE[name].title for name in scope.includes],
        "choice": choice,
        "words": words,
        "shown": all(word in words for word in find.casefold().split()),
    }


def _group(category: str, rows: list[dict[str, Any]], find: str) -> dict[str, Any]:
    shown = any(row["shown"] for row in rows)
    chosen = sum(row["choice"] != "no" for row in rows)
    return {
        "category": category,
        "rows": rows,
        "chosen": chosen,
        "shown": shown,
        "open": shown if find else chosen > 0,
    }
