"""Which permissions are used and which never were. Pure.

A call names the smallest permission that it needed. It counts for the granted permission that gives it; where several
do, for the smaller ones alone: the larger was not needed for it. Being signed in is not counted, so permissions of
that kind are never said to be unused.
"""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from authorizations.usage.reading import FacetUse
from oauthapps import scopes as catalogue

SIGN_IN = "Sign-in"


class Mark(StrEnum):
    USED = "used"
    SMALLER = "smaller"  # used, but only for something smaller that it includes
    NEVER = "never"
    INCLUDED = "included"  # not needed by itself: another granted permission includes it
    UNCOUNTED = "uncounted"


@dataclass(frozen=True)
class PermissionUse:
    mark: Mark
    calls: int = 0
    last: date | None = None
    parts: tuple[str, ...] = ()  # what was needed of it, the most called first
    included_in: tuple[str, ...] = ()


def permission_uses(granted: Sequence[str], needed: Iterable[FacetUse]) -> dict[str, PermissionUse]:
    """For each granted permission, in order. `needed`: calls by the permission that they needed."""
    counted: defaultdict[str, list[FacetUse]] = defaultdict(list)
    for use in needed:
        for scope in _smallest_that_give(use.value, granted):
            counted[scope].append(use)
    return {scope: _use(scope, granted, counted[scope]) for scope in granted}


def never_used(uses: dict[str, PermissionUse]) -> tuple[str, ...]:
    """What could be dropped without changing anything that was seen here."""
    return tuple(scope for scope, use in uses.items() if use.mark is Mark.NEVER)


def _smallest_that_give(needed: str, granted: Sequence[str]) -> list[str]:
    giving = [g for g in granted if needed in catalogue.closure([g])]
    return [g for g in giving if not any(h != g and h in catalogue.closure([g]) for h in giving)]


def _use(scope: str, granted: Sequence[str], uses: list[FacetUse]) -> PermissionUse:
    larger = tuple(g for g in granted if g != scope and scope in catalogue.closure([g]))
    if uses:
        parts = tuple(use.value for use in sorted(uses, key=lambda use: -use.calls))
        mark = Mark.USED if scope in parts else Mark.SMALLER
        return PermissionUse(mark, sum(u.calls for u in uses), max(u.last for u in uses), parts, larger)
    if catalogue.CATALOGUE[scope].category == SIGN_IN:
        return PermissionUse(Mark.UNCOUNTED, included_in=larger)
    return PermissionUse(Mark.INCLUDED if larger else Mark.NEVER, included_in=larger)
