"""A person's live authorizations as the Authorizations page shows them: counted, filtered, searched, sorted.

One statement per question, however many there are. The same filters choose what is revoked together.
"""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any

from django.db.models import Count, F, Q, QuerySet
from django.db.models.functions import Lower
from django.utils.translation import gettext as _

from accounts.models import User
from authorizations.models import Authorization, standing
from authorizations.models.authorization import live as live_at
from oauthapps import scopes as catalogue


class Show(StrEnum):
    """Which of the live authorizations."""

    ALL = "all"
    UNUSED = "unused"
    LEGACY = "legacy"
    HIGH_PRIVILEGE = "high-privilege"
    LIMITED = "limited"
    ENDING = "ending"


class Sort(StrEnum):
    USED = "used"
    NAME = "name"
    GRANTED = "granted"
    ENDS = "ends"
    RISK = "risk"


def condition(show: Show, now: datetime) -> Q:
    return {
        Show.ALL: Q,
        Show.UNUSED: lambda: standing.unused(now),
        Show.LEGACY: standing.legacy,
        Show.HIGH_PRIVILEGE: standing.high_privilege,
        Show.LIMITED: standing.limited,
        Show.ENDING: lambda: standing.ending_soon(now),
    }[show]()


@dataclass(frozen=True)
class Counts:
    """How many are live, of each kind, and how many are over."""

    live: dict[Show, int]
    ended: int


def counts(person: User, now: datetime) -> Counts:
    """One statement."""
    live = live_at(now)
    found = Authorization.objects.of(person).aggregate(
        ended=Count("pk", filter=~live),
        **{show.name: Count("pk", filter=live & condition(show, now)) for show in Show},
    )
    return Counts({show: found[show.name] for show in Show}, found["ended"])


def selected(person: User, *, show: Show, query: str, now: datetime) -> QuerySet[Authorization]:
    """The live authorizations that a filter and a search leave. `query` is searched in the service's name, its
    publisher and the names of permissions."""
    found = Authorization.objects.of(person).live(now).filter(condition(show, now))
    return found.filter(_matches(query)) if query else found


def ordered(found: QuerySet[Authorization], sort: Sort) -> QuerySet[Authorization]:
    name = Lower("application__name")
    orders: dict[Sort, list[Any]] = {
        Sort.USED: [F("last_used_at").desc(nulls_last=True), "-granted_at"],
        Sort.NAME: [name],
        Sort.GRANTED: ["-granted_at"],
        Sort.ENDS: [F("expires_at").asc(nulls_last=True), name],
        Sort.RISK: [standing.high_privilege_first().desc(), standing.heaviest().desc(), name],
    }
    return found.order_by(*orders[sort], "id")


def _matches(query: str) -> Q:
    wanted = query.casefold()
    # People search for what they read: the title in their language.
    scopes = [s.identifier for s in catalogue.CATALOGUE.values() if wanted in _(s.title).casefold()]
    named = Q(application__name__icontains=query) | Q(application__company__icontains=query)
    return named | Q(scopes__holds_any=scopes) if scopes else named
