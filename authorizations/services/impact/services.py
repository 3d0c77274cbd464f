"""What a policy about services would refuse."""

from datetime import datetime, timedelta
from typing import Any

from django.db import connection

from accounts import policies
from accounts.models import Organization
from authorizations.models import AuthorizationUsage, Connection
from authorizations.services.impact import deciding, lists, reach
from authorizations.services.impact.deciding import Standing
from authorizations.services.impact.figures import DAYS, MOST_NAMED, Impact, ServiceFigures
from oauthapps.models import Application
from oauthapps.rules import Model


def impact(before: Organization, after: Organization, at: datetime) -> Impact:
    """Two statements, however many members and services there are."""
    begun, held = _fates(before, after, at)
    (opened, more), (used, most) = (q.query.sql_with_params() for q in (_connections(at), _calls(before, at)))
    statement = f"""
        {begun},
        regained (member) AS MATERIALIZED (SELECT member FROM fates WHERE gained AND NOT lost),
        opened (id) AS ({opened}), used (id, calls) AS ({used}),
        people (app, people, partly) AS (
            SELECT app, count(*), count(CASE WHEN kept THEN 1 END) FROM fates WHERE lost GROUP BY app
        ),
        connections (app, number) AS (
            SELECT app, count(*) FROM fates JOIN opened ON opened.id = fates.id WHERE lost GROUP BY app
        ),
        calls (app, number) AS (
            SELECT app, sum(calls) FROM fates JOIN used ON used.id = fates.id WHERE lost GROUP BY app
        ),
        per_app AS MATERIALIZED (
            SELECT people.*, coalesce(connections.number, 0) AS connections, coalesce(calls.number, 0) AS calls
            FROM people LEFT JOIN connections ON connections.app = people.app LEFT JOIN calls ON calls.app = people.app
        )
        SELECT (SELECT count(*) FROM (SELECT DISTINCT member FROM fates WHERE fates.lost) AS stopped),
               (SELECT count(*) FROM regained), (SELECT count(DISTINCT member) FROM regained),
               every.*, most.*
        FROM (SELECT count(*), sum(people), sum(partly), sum(connections), sum(calls) FROM per_app) AS every
        LEFT JOIN (
            SELECT first.*, app.name, app.client_id, app.company
            FROM (SELECT * FROM per_app ORDER BY people DESC, calls DESC, app LIMIT {MOST_NAMED}) AS first
            JOIN {Application._meta.db_table} AS app ON app.id = first.app
        ) AS most ON 1 = 1
        ORDER BY most.people DESC, most.calls DESC, most.app
    """  # noqa: S608  (the parts are ours or what the ORM wrote; values are parameters)
    with connection.cursor() as cursor:
        cursor.execute(statement, (*held, *more, *most))
        return _read(cursor.fetchall())


def _read(rows: list[tuple[Any, ...]]) -> Impact:
    people, regained, regained_people, services, *sums = rows[0][:8]
    authorizations, partly, connections, calls = (int(n or 0) for n in sums)
    return Impact(
        people=people,
        services=services,
        authorizations=authorizations,
        partly=partly,
        connections=connections,
        calls=calls,
        regained=regained,
        regained_people=regained_people,
        named=[_service(row[8:]) for row in rows if row[8] is not None],
    )


def _service(row: tuple[Any, ...]) -> ServiceFigures:
    app, people, partly, connections, calls, name, client_id, company = row
    return ServiceFigures(app, people, partly, connections, int(calls), name, client_id, company)


def pairs(before: Organization, after: Organization, at: datetime) -> dict[int, set[int]]:
    """Who would be refused, and with which service: the memberships of each app. The same conditions, two statements."""
    begun, held = _fates(before, after, at)
    found: dict[int, set[int]] = {}
    with connection.cursor() as cursor:
        cursor.execute(f"{begun} SELECT app, member FROM fates WHERE fates.lost", held)  # noqa: S608
        for app, member in cursor.fetchall():
            found.setdefault(app, set()).add(member)
    return found


def _fates(before: Organization, after: Organization, at: datetime) -> reach.Statement:
    ages = _ages(before, after, at)
    numbers, ruled = _standings(before, at)
    return reach.fates(before, deciding.kinds(before, after, numbers, at, ages), ruled, at, ages)


def _ages(before: Organization, after: Organization, at: datetime) -> set[timedelta]:
    days = {policies.effective(o.policies, at).authorization_days for o in (before, after)}
    return {timedelta(days=d) for d in days if d is not None}


def _standings(organization: Organization, at: datetime) -> tuple[dict[Standing, int], reach.Statement]:
    """What the numbers of standings mean, and the table of apps that the organization has ruled about with the number of
    each. One statement. Of the other apps there are few kinds, and the database tells them apart (`reach.unruled`)."""
    numbers = {
        Standing(verified, model, deciding.NO_RULING): reach.unruled(verified, model == Model.LEGACY)
        for verified in (False, True)
        for model in Model
    }
    found = [
        (shape, numbers.setdefault(standing, len(numbers))) for shape, standing in deciding.shapes(organization, at)
    ]
    shapes, numbered = lists.rows({"shape": "text", "standing": "integer"}, found)
    ruled, held = deciding.rulings(organization, at).values_list("application_id", "shape").query.sql_with_params()
    statement = f"""
        SELECT ruled.app, shapes.standing FROM (SELECT application_id AS app, shape FROM ({ruled}) AS every) AS ruled
        JOIN ({shapes}) AS shapes ON shapes.shape = ruled.shape
    """  # noqa: S608  (the parts are ours or what the ORM wrote; values are parameters)
    return numbers, (statement, (*held, numbered))


def _connections(at: datetime) -> Any:
    return Connection.objects.filter(revoked_at=None, expires_at__gt=at).order_by().values_list("authorization_id")


def _calls(organization: Organization, at: datetime) -> Any:
    found = AuthorizationUsage.objects.filter(
        facet=AuthorizationUsage.Facet.ORGANIZATION,
        value=str(organization.pk),
        day__gt=at.date() - timedelta(days=DAYS),
        day__lte=at.date(),
    )
    return found.order_by().values_list("authorization_id", "calls")
