"""Every service that reaches an organization, a line each: how many people, how mighty, how it is used here.

The database counts, chooses and orders the lines, and sends those of one page: a constant number of statements, and work
of ours that does not grow with members or services. Only the organization's own numbers: nothing of what happens in
others.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from enum import StrEnum
from typing import Any

from django.db import connection
from django.db.models import Case, Count, Max, Q, QuerySet, Sum, Value, When
from django.utils.dateparse import parse_date

from accounts.models import Organization
from authorizations.models import Authorization, OrganizationUsage, ServiceRuling, reaching, standing
from authorizations.services.impact import lists
from oauthapps import scopes as catalogue
from oauthapps.models import Application
from oauthapps.rules import Model

DAYS = 30
SEEN_DAYS = standing.UNUSED_DAYS


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


@dataclass(frozen=True)
class Found:
    counts: dict[Show, int]  # of all
    matching: int  # how many the filter and the search leave
    lines: list[Line]  # of these, the ones of the page


WEIGHTS = sorted({int(s.weight) for s in catalogue.CATALOGUE.values()}, reverse=True)
# Of a row of `lines`, below. What is_unused and blocked say of a Line.
CONDITIONS = {
    Show.ALL: "1 = 1",
    Show.HIGH_PRIVILEGE: "mighty > 0",
    Show.UNVERIFIED: "domain = ''",
    Show.LEGACY: f"model = '{Model.LEGACY}'",
    Show.UNUSED: "people > 0 AND last IS NULL AND lately = 0",
    Show.BLOCKED: f"decision = '{ServiceRuling.Decision.BLOCKED}'",
}
ORDERS = {
    Sort.PEOPLE: "people DESC, ",
    Sort.NAME: "",
    Sort.RISK: "CASE WHEN mighty > 0 THEN 0 ELSE 1 END, weight DESC, ",
    Sort.USED: "calls DESC, CASE WHEN last IS NULL THEN 1 ELSE 0 END, last DESC, ",
}


def page(
    organization: Organization, now: datetime, *, show: Show, query: str, sort: Sort, first: int, number: int
) -> Found:
    """So many lines from the first (counted from 0) of those that the filter and the search leave; if there are not so
    many, the last ones that begin at a multiple of the number. One statement, and one more to search.
    """
    begun, held = _lines(organization, now, weighed=sort is Sort.RISK)
    chosen = CONDITIONS[show]
    if query:
        named, apps = lists.table("named", {"app": "integer"}, _named(query))
        begun, held, chosen = f"{begun}, {named}", (*held, apps), f"{chosen} AND app IN (SELECT named.app FROM named)"  # noqa: S608
    counted = ", ".join(f"count(CASE WHEN {condition} THEN 1 END)" for condition in CONDITIONS.values())
    statement = f"""
        {begun},
        chosen AS (SELECT *, row_number() OVER (ORDER BY {ORDERS[sort]}lower(name), app) - 1 AS place FROM lines WHERE {chosen}),
        matching (number) AS (SELECT count(*) FROM chosen)
        SELECT every.*, matching.number, shown.* FROM (SELECT {counted} FROM lines) AS every CROSS JOIN matching
        LEFT JOIN (SELECT {COLUMNS}, place FROM chosen) AS shown
        ON shown.place >= CASE WHEN %s < matching.number THEN %s ELSE (matching.number - 1) / %s * %s END
        AND shown.place < CASE WHEN %s < matching.number THEN %s ELSE matching.number END
        ORDER BY shown.place
    """  # noqa: S608  (the parts are ours or what the ORM wrote; values are parameters)
    with connection.cursor() as cursor:
        cursor.execute(statement, (*held, first, first, number, number, first, first + number))
        rows = cursor.fetchall()
    shows = len(CONDITIONS)
    lines = [_line(row[shows + 1 : -1]) for row in rows if row[-1] is not None]
    return Found(dict(zip(CONDITIONS, rows[0], strict=False)), rows[0][shows], lines)


def one(organization: Organization, app: Application, now: datetime) -> Line | None:
    """With its permissions. None for a service that nobody here uses and that was neither approved nor blocked."""
    begun, held = _lines(organization, now, Q(application=app.pk))
    with connection.cursor() as cursor:
        cursor.execute(f"{begun} SELECT {COLUMNS} FROM lines", held)  # noqa: S608
        row = cursor.fetchone()
    return with_scopes(organization, [_line(row)], now)[0] if row else None


COLUMNS = "app, client_id, name, company, domain, model, people, mighty, lately, calls, last, decision"


def _line(row: Sequence[Any]) -> Line:
    app, client_id, name, company, domain, model, people, mighty, lately, calls, last, decision = row
    return Line(
        app, client_id, name, company, bool(domain), model == Model.LEGACY, people, mighty > 0, lately > 0, int(calls),
        parse_date(last) if isinstance(last, str) else last, decision or "",
    )  # fmt: skip


def _lines(
    organization: Organization, now: datetime, this: Q | None = None, *, weighed: bool = False
) -> tuple[str, tuple[Any, ...]]:
    """The beginning of a statement: `WITH ... lines`: the services that reach the organization, and those it has approved
    or blocked. `this`: of which app."""
    this = this or Q()
    ruled = ServiceRuling.objects.filter(this, organization=organization).exclude(decision=ServiceRuling.Decision.ENDED)
    parts = {
        "consents (app, people, lately, mighty, weight)": _consents(organization, now, this, weighed),
        "ruled (app, decision)": ruled.values_list("application_id", "decision"),
        "used (app, calls, last)": _use(organization, now, this),
    }
    written = [(name, *found.order_by().query.sql_with_params()) for name, found in parts.items()]
    text = ", ".join(f"{name} AS ({sql})" for name, sql, _ in written)
    lines = f"""
        SELECT app.id AS app, app.client_id, app.name, app.company, app.verified_domain AS domain, app.model,
               coalesce(people, 0) AS people, coalesce(lately, 0) AS lately, coalesce(mighty, 0) AS mighty,
               coalesce(weight, 0) AS weight, coalesce(calls, 0) AS calls, last, decision
        FROM {Application._meta.db_table} AS app LEFT JOIN consents ON consents.app = app.id
        LEFT JOIN ruled ON ruled.app = app.id LEFT JOIN used ON used.app = app.id
        WHERE coalesce(people, 0) > 0 OR decision IS NOT NULL
    """  # noqa: S608
    return f"WITH {text}, lines AS MATERIALIZED ({lines})", tuple(value for *_, held in written for value in held)


def _consents(organization: Organization, now: datetime, this: Q, weighed: bool) -> "QuerySet[Authorization, Any]":
    """The database looks for a few permissions in each list, and need not compare or send the lists."""
    return (
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


def _reaching(organization: Organization, now: datetime) -> QuerySet[Authorization]:
    return reaching.authorizations(organization, now, also_deactivated=True).order_by()


def _weight() -> Case:
    cases = (When(scopes__holds_any=_weighing(weight), then=Value(weight)) for weight in WEIGHTS)
    return Case(*cases, default=Value(0))


def _weighing(weight: int) -> list[str]:
    return [s.identifier for s in catalogue.CATALOGUE.values() if int(s.weight) == weight]


def _use(organization: Organization, now: datetime, this: Q) -> "QuerySet[OrganizationUsage, Any]":
    lately = Q(day__gt=(now - timedelta(days=DAYS)).date())
    return (
        OrganizationUsage.objects.filter(
            this, organization_id=organization.pk, day__gt=(now - timedelta(days=SEEN_DAYS)).date()
        )
        .values_list("application_id")
        .annotate(recent=Sum("calls", filter=lately, default=0), last=Max("day"))
    )


def _named(query: str) -> Iterator[tuple[int]]:
    """Services with this in their name or that of their publisher, whatever the case: SQLite compares so in ASCII alone."""
    wanted = query.casefold()
    rows: Iterable[tuple[int, str, str]] = Application.objects.values_list("pk", "name", "company")
    return ((pk,) for pk, name, company in rows if wanted in name.casefold() or wanted in company.casefold())


def with_scopes(organization: Organization, found: Sequence[Line], now: datetime) -> Sequence[Line]:
    """The same lines, with the permissions that anybody gave each service. One statement."""
    of = {line.app_pk: line for line in found}
    given = _reaching(organization, now).filter(application__in=of).values_list("application_id", "scopes").distinct()
    for pk, scopes in given:
        of[pk].scopes.update(scopes)
    return found
