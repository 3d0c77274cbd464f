"""What would break if an authorization ended: what it did lately, by kind of call and by organization."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from accounts.models import Organization
from authorizations.models import Authorization, AuthorizationUsage, Connection
from authorizations.usage import reading
from authorizations.usage.reading import DAYS, FacetUse

Facet = AuthorizationUsage.Facet
Facets = Mapping[str, tuple[FacetUse, ...]]


@dataclass(frozen=True)
class PlaceUse:
    name: str
    use: FacetUse


@dataclass(frozen=True)
class Breaks:
    """Uses of the last `days`, most first; of what was used before that, nothing."""

    days: int
    kinds: tuple[FacetUse, ...]
    places: tuple[PlaceUse, ...]
    permissions: tuple[FacetUse, ...]
    connections: int

    @property
    def calls(self) -> int:
        return sum(use.recent for use in self.kinds)

    @property
    def checks(self) -> int:
        """Calls that other servers only asked about: what they were for is not known here."""
        return sum(use.recent for use in self.kinds if use.value == "introspect")


def breaks(authorization: Authorization, now: datetime) -> Breaks:
    """Three statements, however much was used."""
    facets = reading.by_facet([authorization.pk], today=now.date())[authorization.pk]
    live = Connection.objects.filter(authorization=authorization, revoked_at=None, expires_at__gt=now).count()
    return of_facets(facets, live)


def of_facets(facets: Facets, connections: int) -> Breaks:
    lately = {facet: tuple(use for use in uses if use.recent) for facet, uses in facets.items()}
    return Breaks(
        days=DAYS,
        kinds=lately[Facet.ENDPOINT],
        places=_named(lately[Facet.ORGANIZATION]),
        permissions=lately[Facet.SCOPE],
        connections=connections,
    )


def _named(uses: tuple[FacetUse, ...]) -> tuple[PlaceUse, ...]:
    found = Organization.objects.filter(pk__in=[use.value for use in uses]).values_list("pk", "name")
    names = {str(pk): name for pk, name in found}
    return tuple(PlaceUse(names[use.value], use) for use in uses if use.value in names)
