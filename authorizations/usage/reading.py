"""How much was used, read for pages: calls per day and per facet, one statement for any number of rows.

What is counted is what this portal saw. A call that a resource server merely introspected is there as a call, but
does not say which permission or organization it was about.
"""

from collections import defaultdict
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any, TypeVar
from uuid import UUID

from django.db.models import Max, Q, Sum

from authorizations.models import AppUsage, AuthorizationUsage, OrganizationRefusal

DAYS = 30
Facet = AuthorizationUsage.Facet
Key = TypeVar("Key", int, UUID)


@dataclass(frozen=True)
class Series:
    """Calls on each of the days up to and including `last`, oldest first. Days are UTC."""

    last: date
    calls: tuple[int, ...]

    @property
    def total(self) -> int:
        return sum(self.calls)

    @property
    def days(self) -> int:
        return len(self.calls)

    @property
    def busiest(self) -> date | None:
        """The day with the most calls, the latest of several; None when there was no call."""
        if not self.total:
            return None
        most = max(self.calls)
        back = next(n for n, calls in enumerate(reversed(self.calls)) if calls == most)
        return self.last - timedelta(days=back)


@dataclass(frozen=True)
class FacetUse:
    """Calls with one value of a facet (a kind of call, a permission, an organization)."""

    value: str
    calls: int  # since the authorization was granted
    recent: int  # in the last days that were asked about
    last: date


def app_series(apps: Collection[int], *, today: date, days: int = DAYS) -> dict[int, Series]:
    """Per app (primary key): calls of every kind on each of the last days. One statement."""
    found = AppUsage.objects.filter(application_id__in=apps, day__gt=today - timedelta(days=days), day__lte=today)
    rows = found.values_list("application_id", "day").annotate(Sum("calls"))
    return _series(apps, rows, today, days)


def authorization_series(ids: Collection[UUID], *, today: date, days: int = DAYS) -> dict[UUID, Series]:
    """Per authorization: calls on each of the last days. One statement."""
    found = AuthorizationUsage.objects.filter(
        authorization_id__in=ids, facet=Facet.ENDPOINT, day__gt=today - timedelta(days=days), day__lte=today
    )
    rows = found.values_list("authorization_id", "day").annotate(Sum("calls"))
    return _series(ids, rows, today, days)


def by_facet(ids: Collection[UUID], *, today: date, days: int = DAYS) -> dict[UUID, dict[str, tuple[FacetUse, ...]]]:
    """Per authorization and facet: what was called, most first. One statement; every authorization has an entry."""
    recent = Sum("calls", filter=Q(day__gt=today - timedelta(days=days)), default=0)
    rows = (
        AuthorizationUsage.objects.filter(authorization_id__in=ids)
        .values_list("authorization_id", "facet", "value")
        .annotate(ever=Sum("calls"), recent=recent, last=Max("day"))
    )
    found: dict[UUID, dict[str, list[FacetUse]]] = {pk: {facet: [] for facet in Facet.values} for pk in ids}
    for pk, facet, value, calls, lately, last in rows:
        found[pk][facet].append(FacetUse(value, calls, lately, last))
    return {pk: {facet: _most_first(uses) for facet, uses in facets.items()} for pk, facets in found.items()}


def _most_first(uses: Iterable[FacetUse]) -> tuple[FacetUse, ...]:
    return tuple(sorted(uses, key=lambda use: (-use.recent, -use.calls, use.value)))


def _series(keys: Collection[Key], rows: Iterable[tuple[Any, ...]], today: date, days: int) -> dict[Key, Series]:
    counted: defaultdict[Any, dict[date, int]] = defaultdict(dict)
    for key, day, calls in rows:
        counted[key][day] = calls
    window = [today - timedelta(days=back) for back in range(days - 1, -1, -1)]
    return {key: Series(today, tuple(counted[key].get(day, 0) for day in window)) for key in keys}


def refused_there(organization_id: UUID, app_id: str, *, today: date, days: int = DAYS) -> list[tuple[str, int]]:
    """Reasons for which the organization's rules refused calls of an app, most first. One statement."""
    found = OrganizationRefusal.objects.filter(
        organization_id=organization_id, app_id=app_id, day__gt=today - timedelta(days=days)
    )
    rows = found.values_list("reason").annotate(total=Sum("calls")).order_by("-total", "reason")
    return [(reason, total) for reason, total in rows]
