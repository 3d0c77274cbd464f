"""The scope catalogue and what scopes imply. Imports no framework: an import contract says so."""

from .catalogue import CATALOGUE, CatalogueError, LeastAccessLevel, Model, Scope, Weight
from .closure import (
    FULL_ACCESS,
    MalformedScope,
    UnknownScope,
    by_category,
    closure,
    covers,
    high_privilege,
    is_subset,
    minimal,
    of_the_api,
    parse,
    sufficing,
    unknown,
)

__all__ = [
    "CATALOGUE",
    "FULL_ACCESS",
    "CatalogueError",
    "LeastAccessLevel",
    "MalformedScope",
    "Model",
    "Scope",
    "UnknownScope",
    "Weight",
    "by_category",
    "closure",
    "covers",
    "high_privilege",
    "is_subset",
    "minimal",
    "of_the_api",
    "parse",
    "sufficing",
    "unknown",
]
