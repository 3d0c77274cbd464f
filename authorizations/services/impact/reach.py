"""Which authorizations reach an organization, each with what its use here is: asked of the database in one statement."""

from collections.abc import Collection
from datetime import datetime, timedelta
from typing import Any

from django.db import connection
from django.db.models import Case, Count, Exists, F, FilteredRelation, IntegerField, OuterRef, Q, Sum, Value, When
from django.db.models.functions import Coalesce

from accounts.models import Organization
from authorizations.models import Authorization, AuthorizationUsage, Connection, Exclusion, holding  # noqa: F401  (`holds_any`)
from authorizations.services.impact.figures import DAYS


def reaching(
    organization: Organization, at: datetime, ages: Collection[timedelta]
) -> list[tuple[int, str, str, int, int, int, int]]:
    """(service, access level, scopes as JSON, age, membership, connections, calls): plain rows, for there are many, and
    few are alike. `ages`: how old a consent may be, now and with the new value; the age is how many it is beyond."""
    (reach, held), (opened, more), (used, most) = (
        query.query.sql_with_params()
        for query in (_reaching(organization, at, ages), _connections(at), _calls(organization, at))
    )
    statement = f"""
        WITH reach (id, application_id, level, member, scopes, age) AS ({reach}),
             opened (id, number) AS ({opened}), used (id, number) AS ({used})
        SELECT application_id, level, scopes, age, member, coalesce(opened.number, 0),
               cast(coalesce(used.number, 0) AS bigint)
        FROM reach LEFT JOIN opened ON opened.id = reach.id LEFT JOIN used ON used.id = reach.id
    """  # noqa: S608  (the parts are what the ORM wrote; values are parameters)
    with connection.cursor() as cursor:
        cursor.execute(statement, (*held, *more, *most))
        return cursor.fetchall()


def _reaching(organization: Organization, at: datetime, ages: Collection[timedelta]) -> Any:
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
        .values_list("pk", "application_id", "level", "member", "scopes", "age")
    )


def _age(at: datetime, ages: Collection[timedelta]) -> Any:
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
