"""Every service that reaches an organization, a line each: how many people, how mighty, how it is used here.

A line per service is read, in four statements however many members and services there are; choosing, ordering and
counting are done with the lines. The permissions are read for the lines that are shown. Only the organization's own
numbers: nothing of what happens in others.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from enum import StrEnum
from typing import Any

from django.db.models import Case, Count, Max, Q, QuerySet, Sum, Value, When

from accounts.models import Organization
from authorizations.models import Authorization, OrganizationUsage, ServiceRuling, reaching, standing
from oauthapps import scopes as catalogue
from oauthapps.models import Application

DAYS = 30
SEEN_DAYS = standing.UNUSED_DAYS
MANY = 1000


class Show(StrEnum):
    ALL = "all"
    HIGH_PRIVILEGE = "high-privilege"
    UNVERIFIED = "unverified"
    LEGACY = "legacy"
    UNUSED = "unused"
    BLOCKED = "blocked"


class Sort(StrEnum):
    PEOPLE = "people"
    NAME = "name"
    RISK = "risk"
    USED = "used"


@dataclass(slots=True)
class Line:
    app_pk: int
    client_id: str = ""
    name: str = ""
    company: str = ""
    verified: bool = False
    legacy: bool = False
    people: int = 0
    high_privilege: bool = False  # of the permissions that anybody gave it
    weight: int = 0  # of the weightiest of them; where the lines are ordered by it
    consented: bool = False  # somebody, in the last 90 days
    calls: int = 0  # about this organization, in the last 30 days
    last: date | None = None  # of the last 90 days
    decision: str = ""
    scopes: set[str] = field(default_factory=set)  # that anybody gave it; after `with_scopes`

    @property
    def blocked(self) -> bool:
        return self.decision == ServiceRuling.Decision.BLOCKED

    @property
    def is_unused(self) -> bool:
        """No call here for 90 days, and no consent since."""
        return self.people > 0 and self.last is None and not self.consented


WEIGHTS = sorted({int(s.weight) for s in catalogue.CATALOGUE.values()}, reverse=True)


def lines(organization: Organization, now: datetime, only: int | None = None, *, weighed: bool = False) -> list[Line]:
    """The services that reach the organization, and those it has approved or blocked. `only`: this app (primary key)."""
    found: dict[int, Line] = {}
    this = Q() if only is None else Q(application=only)
    _consents(found, organization, now, this, weighed)
    rulings = ServiceRuling.objects.filter(this, organization=organization).exclude(
        decision=ServiceRuling.Decision.ENDED
    )
    for pk, decision in rulings.values_list("application_id", "decision"):
        _line(found, pk).decision = decision
    _use(found, organization, now, this)
    return _named(found)


def _line(found: dict[int, Line], pk: int) -> Line:
    return found.setdefault(pk, Line(pk))


def _consents(found: dict[int, Line], organization: Organization, now: datetime, this: Q, weighed: bool) -> None:
    """The database looks for a few permissions in each list, and need not compare or send the lists."""
    rows = (
        _reaching(organization, now)
        .filter(this)
        .values_list("application_id")
        .annotate(
            people=Count("pk"),
            lately=Count("pk", filter=Q(granted_at__gte=now - timedelta(days=SEEN_DAYS))),
            mighty=Count("pk", filter=~Q(scopes__within=standing.NO_HIGH_PRIVILEGE)),
            weight=Max(_weight()) if weighed else Value(0),
        )
    )
    for pk, people, lately, mighty, weight in rows:
        found[pk] = Line(pk, people=people, consented=lately > 0, high_privilege=mighty > 0, weight=weight)


def _reaching(organization: Organization, now: datetime) -> QuerySet[Authorization]:
    return reaching.authorizations(organization, now, also_deactivated=True).order_by()


def _weight() -> Case:
    cases = (When(scopes__holds_any=_weighing(weight), then=Value(weight)) for weight in WEIGHTS)
    return Case(*cases, default=Value(0))


def _weighing(weight: int) -> list[str]:
    return [s.identifier for s in catalogue.CATALOGUE.values() if int(s.weight) == weight]


def with_scopes(organization: Organization, found: Sequence[Line], now: datetime) -> Sequence[Line]:
    """The same lines, with the permissions that anybody gave each service. One statement."""
    of = {line.app_pk: line for line in found}
    given = _reaching(organization, now).filter(application__in=of).values_list("application_id", "scopes").distinct()
    for pk, scopes in given:
        of[pk].scopes.update(scopes)
    return found


def _use(found: dict[int, Line], organization: Organization, now: datetime, this: Q) -> None:
    lately = Q(day__gt=(now - timedelta(days=DAYS)).date())
    rows = (
        OrganizationUsage.objects.filter(
            this, organization_id=organization.pk, day__gt=(now - timedelta(days=SEEN_DAYS)).date()
        )
        .order_by()
        .values_list("application_id")
        .annotate(recent=Sum("calls", filter=lately, default=0), last=Max("day"))
    )
    for pk, calls, last in rows:
        if (line := found.get(pk)) is not None:
            line.calls, line.last = calls, last


def _named(found: Mapping[int, Line]) -> list[Line]:
    """A list of thousands of keys costs more than to read the names of all services."""
    asked = Application.objects.filter(pk__in=found) if len(found) <= MANY else Application.objects.all()
    rows = asked.values_list("pk", "client_id", "name", "company", "verified_domain", "model")
    for pk, client_id, name, company, domain, model in rows:
        if (line := found.get(pk)) is None:
            continue
        line.client_id, line.name, line.company = client_id, name, company
        line.verified, line.legacy = bool(domain), model == "legacy"
    return list(found.values())


CONDITIONS: dict[Show, Callable[[Line], bool]] = {
    Show.ALL: lambda line: True,
    Show.HIGH_PRIVILEGE: lambda line: line.people > 0 and line.high_privilege,
    Show.UNVERIFIED: lambda line: not line.verified,
    Show.LEGACY: lambda line: line.legacy,
    Show.UNUSED: lambda line: line.is_unused,
    Show.BLOCKED: lambda line: line.blocked,
}


def counts(found: Iterable[Line]) -> dict[Show, int]:
    every = list(found)
    return {show: sum(map(holds, every)) for show, holds in CONDITIONS.items()}


def selected(found: Iterable[Line], show: Show, query: str) -> list[Line]:
    """`query` is searched in the name of the service and of its publisher, whatever the case."""
    shown, wanted = filter(CONDITIONS[show], found), query.casefold()
    return [n for n in shown if not wanted or wanted in n.name.casefold() or wanted in n.company.casefold()]


def ordered(found: Sequence[Line], sort: Sort) -> list[Line]:
    keys: dict[Sort, Callable[[Line], Any]] = {
        Sort.PEOPLE: lambda n: (-n.people,),
        Sort.NAME: lambda n: (),
        Sort.RISK: lambda n: (not n.high_privilege, -n.weight),
        Sort.USED: lambda n: (-n.calls, -(n.last or date.min).toordinal()),
    }
    return sorted(found, key=lambda n: (*keys[sort](n), n.name.casefold(), n.app_pk))
