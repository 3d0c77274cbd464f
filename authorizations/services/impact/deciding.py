"""Asks the policy about shapes instead of people, and each shape once.

Whether a permission may be used depends on its being held and registered, and on the service, the place and the age of
the consent. So the policy is asked once about all permissions for each of these, and the answer is laid over what is
held. Sets of permissions are numbers here, a bit for each: there are many of them.
"""

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from datetime import datetime, timedelta
from functools import cache
from itertools import product
from typing import Any, NamedTuple

from django.conf import settings
from django.db.models import Case, QuerySet, TextField, Value, When
from django.db.models.functions import Cast, Concat

from accounts.models import AccessLevel, Membership, Organization
from authorizations.models import ServiceRuling
from authorizations.models.rulings import in_force
from authorizations.places import RULING, place_facts
from authorizations.policy import AppFacts, ConsentFacts, Facts, PlaceFacts, decide
from oauthapps import scopes
from oauthapps.models import Application

API = scopes.of_the_api(scopes.CATALOGUE)
EVERYTHING = frozenset(API)
BIT = {name: 1 << place for place, name in enumerate(API)}


class Standing(NamedTuple):
    """What the policy can tell apart of a service, besides its permissions."""

    verified: bool
    model: str
    ruling: tuple[Any, ...]  # by the names of `RULING`


def decider(
    before: Organization, after: Organization, at: datetime, ages: Collection[timedelta]
) -> Callable[[Standing, str, int], tuple[int, int]]:
    """(service, level, how many of the ages a consent is beyond) -> what can be used with the value of now and what with
    the new one, as bits. It remembers."""
    given = [at, *(at - age for age in sorted(ages))]

    @cache
    def permissions(place: PlaceFacts, legacy: bool, age: int) -> int:
        consent = ConsentFacts(EVERYTHING, revoked=False, expires_at=None, given_at=given[age])
        app = AppFacts(enabled=True, legacy=legacy, scopes=EVERYTHING)
        return bits(allowed(EVERYTHING, Facts(at, app, settings.LEGACY_SUNSET, consent=consent, place=place)))

    def side(organization: Organization, standing: Standing, level: str, age: int) -> int:
        app = Application(verified_domain="verified.example" if standing.verified else "", model=standing.model)
        found = Membership(organization=organization, access_level=level)
        for name, value in zip(RULING, standing.ruling, strict=True):
            setattr(found, f"ruling_{name}", value)
        found.shut_out = False  # type: ignore[attr-defined]  # those who are were left out (`reach`)
        return permissions(place_facts(found, app, True, at), app.is_legacy, age)

    @cache
    def decided(standing: Standing, level: str, age: int) -> tuple[int, int]:
        return side(before, standing, level, age), side(after, standing, level, age)

    return decided


class Kind(NamedTuple):
    """Authorizations that are decided alike, and what the new value does to them; permissions as bits."""

    standing: int
    level: str
    age: int
    lost: int
    kept: int
    gained: int


def kinds(
    before: Organization,
    after: Organization,
    standings: Mapping[Standing, int],
    at: datetime,
    ages: Collection[timedelta],
) -> Iterator[Kind]:
    """Those for which anything changes. `ages`: how old a consent may be, now and with the new value; the age of a kind is
    how many of them it is beyond."""
    decided = decider(before, after, at, ages)
    for (standing, number), level, age in product(standings.items(), AccessLevel.values, range(len(ages) + 1)):
        then, later = decided(standing, level, age)
        if then != later:
            yield Kind(number, level, age, then & ~later, then & later, later & ~then)


def allowed(asked: frozenset[str], facts: Facts) -> frozenset[str]:
    """Those that the policy allows one by one. Mostly it allows all or none, and then two questions are enough."""
    if decide(frozenset(), facts).reason:
        return frozenset()
    if decide(asked, facts).allowed:
        return asked
    return frozenset(s for s in asked if decide(frozenset({s}), facts).allowed)


def bits(names: Iterable[str]) -> int:
    """Of the permissions of the APIs; signing in is none of them."""
    found = 0
    for name in names:
        found |= BIT.get(name, 0)
    return found


IMPLIED = {name: bits(scopes.closure([name])) for name in scopes.CATALOGUE}


# What holds a permission: the permission itself, and those that carry it with them.
CARRIERS = {name: [other for other, held in IMPLIED.items() if held & bit] for name, bit in BIT.items()}


def names(mask: int) -> list[str]:
    return [name for name, bit in BIT.items() if bit & mask]


def carriers(mask: int) -> list[str]:
    """The permissions that carry any of these."""
    return [name for name, held in IMPLIED.items() if held & mask]


def others(mask: int) -> list[str]:
    """The permissions that carry none of these."""
    return [name for name, held in IMPLIED.items() if not held & mask]


def rulings(organization: Organization, at: datetime) -> "QuerySet[Any, Any]":
    """Of one organization, each with the `shape` of it and its app: what counts the same at the instant has the same."""
    return (
        ServiceRuling.objects.filter(organization=organization)
        .order_by()
        .annotate(
            verified=Case(When(application__verified_domain="", then=Value("")), default=Value("verified")),
            over=Case(When(expires_at__lte=at, then=Value("over")), default=Value("")),
        )
        .annotate(shape=Concat("verified", "over", *(_part(name) for name in SHAPE), output_field=TextField()))
    )


def shapes(organization: Organization, at: datetime) -> Iterator[tuple[str, Standing]]:
    """How the apps stand that the organization has ruled about, however many there are. One statement.

    Only what counts at the instant is kept, so that rulings which count the same are the same.
    """
    columns = ("shape", "verified", "over", *SHAPE)
    for shape, verified, over, model, decision, only, sooner in (
        rulings(organization, at).values_list(*columns).distinct()
    ):
        ruling = (decision, _tuple(in_force(only, sooner, at)), at if over else None, None)
        yield shape, Standing(bool(verified), model, ruling)


SHAPE = ("application__model", "decision", "scopes", "sooner")


def _part(name: str) -> Concat:
    return Concat(Value("|"), Cast(name, TextField()), output_field=TextField())


NO_RULING: tuple[Any, ...] = (None,) * len(RULING)


def _tuple(names: list[str] | None) -> tuple[str, ...] | None:
    return None if names is None else tuple(names)
