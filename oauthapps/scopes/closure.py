"""What scopes imply. Pure functions over the catalogue; closures are worked out once, at import,
because every token decision asks for them."""

import re
from collections.abc import Iterable, Mapping
from functools import lru_cache
from types import MappingProxyType

from .catalogue import CATALOGUE, LeastAccessLevel, Scope

SEVERAL = "scopes must be several identifiers; parse() splits a text"
FULL_ACCESS = "user_impersonation"
# Full access reaches the APIs. It never reaches sign-in: who somebody is must be asked for by name.
API_PREFIX = "vso."

# RFC 6749 §3.3: scope-token = 1*( %x21 / %x23-5B / %x5D-7E )
SCOPE_TOKEN = re.compile(r"[\x21\x23-\x5B\x5D-\x7E]+")


class UnknownScope(ValueError):
    """A scope the catalogue does not have. Its text may come from outside: escape before showing."""

    def __init__(self, scopes: tuple[str, ...]) -> None:
        super().__init__(f"unknown scope: {', '.join(map(repr, scopes))}")
        self.scopes = scopes


class MalformedScope(ValueError):
    """A scope parameter that breaks the grammar of RFC 6749 §3.3."""


def _implied(identifier: str) -> frozenset[str]:
    if identifier == FULL_ACCESS:
        return frozenset({identifier, *(name for name in CATALOGUE if name.startswith(API_PREFIX))})
    return frozenset({identifier}).union(*map(_implied, CATALOGUE[identifier].includes))


_CLOSURES: Mapping[str, frozenset[str]] = MappingProxyType({name: _implied(name) for name in CATALOGUE})
_BY_LEAST_LEVEL: Mapping[str, frozenset[str]] = MappingProxyType(
    {
        level: frozenset(name for name, scope in CATALOGUE.items() if scope.least_access_level == level)
        for level in LeastAccessLevel
    }
)
_POSITION: Mapping[str, int] = MappingProxyType({name: place for place, name in enumerate(CATALOGUE)})


def unknown(scopes: Iterable[str]) -> tuple[str, ...]:
    """The identifiers the catalogue does not have, each once, in the order given."""
    return tuple(dict.fromkeys(name for name in scopes if name not in CATALOGUE))


def _known(scopes: Iterable[str]) -> frozenset[str]:
    # A lone string is iterable too, and would be read letter by letter.
    if isinstance(scopes, str):
        raise TypeError(SEVERAL)
    given = tuple(scopes)
    if strangers := unknown(given):
        raise UnknownScope(strangers)
    return frozenset(given)


def closure(scopes: Iterable[str]) -> frozenset[str]:
    """Everything these scopes imply, themselves included; full access implies every API scope."""
    if isinstance(scopes, str):
        raise TypeError(SEVERAL)
    return _closed(tuple(scopes))


@lru_cache(maxsize=4096)  # each decision asks for some, and there are few different ones
def _closed(scopes: tuple[str, ...]) -> frozenset[str]:
    return frozenset().union(*(_CLOSURES[name] for name in _known(scopes)))


def covers(granted: Iterable[str], needed: str) -> bool:
    """Whether the granted scopes suffice for the one that is needed."""
    return is_subset((needed,), granted)


def is_subset(requested: Iterable[str], granted: Iterable[str]) -> bool:
    """RFC 6749 §6: whether a request asks for nothing beyond what was granted."""
    return _known(requested) <= closure(granted)


def minimal(scopes: Iterable[str]) -> tuple[str, ...]:
    """The fewest scopes that imply the same, in catalogue order."""
    given = _known(scopes)
    implied_by_others = frozenset().union(*(_CLOSURES[name] - {name} for name in given))
    return _in_order(given - implied_by_others)


def high_privilege(scopes: Iterable[str]) -> tuple[str, ...]:
    """Those of the scopes that are marked high privilege, in catalogue order."""
    return _in_order(name for name in _known(scopes) if CATALOGUE[name].high_privilege)


def sufficing(levels: Iterable[str]) -> frozenset[str]:
    """The scopes that make sense for somebody who has all of these access levels and no other."""
    return frozenset().union(*(_BY_LEAST_LEVEL.get(level, frozenset()) for level in levels))


def of_the_api(scopes: Iterable[str]) -> tuple[str, ...]:
    """Those of the scopes that reach an API, and so an organization; signing in reaches none."""
    return tuple(name for name in scopes if name == FULL_ACCESS or name.startswith(API_PREFIX))


def by_category(scopes: Iterable[str]) -> list[tuple[str, list[Scope]]]:
    """Scopes grouped for a person to read, the most power first; ties keep catalogue order."""
    groups: dict[str, list[Scope]] = {}
    # Both orders at once: a category is first met at its weightiest scope.
    for scope in sorted((CATALOGUE[name] for name in _in_order(_known(scopes))), key=_lightness):
        groups.setdefault(scope.category, []).append(scope)
    return list(groups.items())


def parse(text: str) -> tuple[str, ...]:
    """RFC 6749 §3.3: the tokens of a scope parameter, each once, in the order given.

    Spaces around and between tokens may repeat, as real clients send them. No other character is
    forgiven. Tokens need not be known: see `unknown`.
    """
    tokens = tuple(dict.fromkeys(filter(None, text.split(" "))))
    if not all(map(SCOPE_TOKEN.fullmatch, tokens)):
        # Without the text: it comes from a stranger and would end up in logs.
        raise MalformedScope("a scope holds a character that RFC 6749 §3.3 does not allow")
    return tokens


def _in_order(scopes: Iterable[str]) -> tuple[str, ...]:
    return tuple(sorted(scopes, key=_POSITION.__getitem__))


def _lightness(scope: Scope) -> int:
    return -scope.weight
