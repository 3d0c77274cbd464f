"""Which groups of authorizations reach an organization: asked of the database in one statement.

A group has one service, one access level, one set of permissions, and one answer to "is the consent too old".
"""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from django.db import connection
from django.db.models import Case, Count, Exists, F, FilteredRelation, IntegerField, OuterRef, Q, Sum, Value, When
from django.db.models.functions import Coalesce
from django.utils.dateparse import parse_datetime

from accounts.models import Organization
from authorizations.models import Authorization, AuthorizationUsage, Connection, Exclusion, holding  # noqa: F401  (`holds_any`)
from authorizations.services.impact.figures import DAYS


@dataclass(frozen=True, slots=True)
class Group:
    application_id: int
    level: str
    scopes: str  # JSON
    age: int
    given_at: datetime  # of the oldest one: those of one age are decided alike
    size: int
    members: list[int]
    connections: int
    calls: int


def groups(organization: Organization, at: datetime, ages: set[timedelta]) -> Iterator[Group]:
    """`ages`: how old a consent may be, now and with the new value."""
    (reach, held), (opened, more), (used, most) = (
        query.query.sql_with_params()
        for query in (_reaching(organization, at, ages), _connections(at), _calls(organization, at))
    )
    gather = "array_agg" if connection.vendor == "postgresql" else "json_group_array"
    statement = f"""
        WITH reach (id, application_id, level, member, scopes, given, age) AS ({reach}),
             opened (id, number) AS ({opened}), used (id, number) AS ({used})
        SELECT application_id, level, scopes, age, min(given), count(*), {gather}(member),
               sum(coalesce(opened.number, 0)), sum(coalesce(used.number, 0))
        FROM reach LEFT JOIN opened ON opened.id = reach.id LEFT JOIN used ON used.id = reach.id
        GROUP BY application_id, level, scopes, age
    """  # noqa: S608  (the parts are what the ORM wrote; values are parameters)
    with connection.cursor() as cursor:
        cursor.execute(statement, (*held, *more, *most))
        rows = cursor.fetchall()
    for application_id, level, scopes, age, given, size, members, connections, calls in rows:
        yield Group(
            application_id, level, scopes, age, _instant(given), size, _list(members), int(connections), int(calls)
        )


def _reaching(organization: Organization, at: datetime, ages: set[timedelta]) -> Any:
    """What the policy would refuse anyway is left out here: it is refused before and after."""
    here = Q(organizations__isnull=True) | Q(organizations__holds_any=[str(organization.pk)])
    return (
        Authorization.objects.live(at)
        .annotate(
            seat=FilteredRelation("person__memberships", condition=Q(person__memberships__organization=organization)),
            given=Coalesce("confirmed_at", "granted_at"),
        )
        .filter(
            here,
            ~Exists(
                Exclusion.objects.filter(
                    person=OuterRef("person_id"), application=OuterRef("application_id"), organization=organization
                )
            ),
            seat__isnull=False,
            person__is_active=True,
            application__disabled_at=None,
            application__deleted_at=None,
        )
        .annotate(level=F("seat__access_level"), member=F("seat__pk"), age=_age(at, ages))
        .order_by()
        .values_list("pk", "application_id", "level", "member", "scopes", "given", "age")
    )


def _age(at: datetime, ages: set[timedelta]) -> Any:
    """The number of the limits that it is beyond: consents with the same number are decided alike."""
    longest_first = sorted(ages, reverse=True)
    cases = [When(given__lte=at - age, then=Value(len(ages) - n)) for n, age in enumerate(longest_first)]
    return Case(*cases, default=Value(0), output_field=IntegerField())


def _connections(at: datetime) -> Any:
    live = Connection.objects.filter(revoked_at=None, expires_at__gt=at).order_by()
    return live.values("authorization_id").annotate(number=Count("*")).values_list("authorization_id", "number")


def _calls(organization: Organization, at: datetime) -> Any:
    found = AuthorizationUsage.objects.filter(
        facet=AuthorizationUsage.Facet.ORGANIZATION,
        value=str(organization.pk),
        day__gt=at.date() - timedelta(days=DAYS),
        day__lte=at.date(),
    ).order_by()
    return found.values("authorization_id").annotate(number=Sum("calls")).values_list("authorization_id", "number")


def _instant(value: Any) -> datetime:
    """SQLite has texts."""
    found = parse_datetime(value) if isinstance(value, str) else value
    assert isinstance(found, datetime)  # noqa: S101
    return found if found.tzinfo else found.replace(tzinfo=UTC)


def _list(value: Any) -> list[int]:
    return json.loads(value) if isinstance(value, str) else value
