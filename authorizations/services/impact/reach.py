"""What becomes of each authorization that reaches an organization: asked of the database, a row each.

The policy has been asked about every kind (`deciding.Kind`): which permissions a kind loses, keeps and gains with the
new value. What is left is to find the kind of each authorization, and whether it holds any of them, and that is work for
the database, where the rows are.
"""

from collections.abc import Collection, Iterable, Mapping
from datetime import datetime, timedelta
from typing import Any

from django.db import connection
from django.db.models import Case, IntegerField, Q, Value, When
from django.db.models.functions import Coalesce

from accounts.models import Membership, Organization, User
from authorizations.models import Authorization, reaching
from authorizations.services.impact import lists
from authorizations.services.impact.deciding import CARRIERS, Kind, names, others
from oauthapps.models import Application
from oauthapps.rules import Model

Statement = tuple[str, tuple[Any, ...]]


def unruled(verified: bool, legacy: bool) -> int:
    return verified + 2 * legacy


def fates(
    organization: Organization,
    kinds: Iterable[Kind],
    ruled: Mapping[int, int],
    at: datetime,
    ages: Collection[timedelta],
) -> Statement:
    """The beginning of a statement: `WITH ... fates (id, app, member, lost, kept, gained)`: whether something is lost that
    works now, something kept, something gained. `ruled`: the standings of services that the organization has ruled about."""
    given, held = _reaching(organization, at, ages).query.sql_with_params()
    found = list(kinds)
    masks = {mask for kind in found for mask in (kind.lost, kind.kept, kind.gained) if mask}
    tables = [
        lists.table("ruled", {"app": "integer", "standing": "integer"}, ruled.items()),
        lists.table("masks", {"mask": "text", "others": "list", "carriers": "list"}, map(_mask, masks)),
        lists.table("numbered", NUMBERED, [_row(kind) for kind in found]),
    ]
    parts = ("lost", "kept", "gained")
    columns = ", ".join(f"{p}.others AS {p}_others, {p}.carriers AS {p}_carriers" for p in parts)
    joined = " ".join(f"LEFT JOIN masks AS {p} ON {p}.mask = numbered.{p}" for p in parts)
    # A kind is looked for with LEFT JOIN, and its absence in a way that the planner does not see through: it cannot know
    # how many there are, and would plan for one.
    statement = f"""
        WITH {", ".join(text for text, _ in tables)},
        kinds AS MATERIALIZED (
            SELECT numbered.standing, numbered.level, numbered.age, {columns}
            FROM numbered {joined}
        ),
        fates AS MATERIALIZED (
            SELECT id, app, member, {", ".join(f"{_holds(p)} AS {p}" for p in parts)}
            FROM (
                SELECT reach.id, reach.application_id AS app, seat.id AS member, reach.scopes, apps.registered, kinds.*,
                       {lists.within("reach.scopes", "apps.registered")} AS as_registered
                FROM ({given}) AS reach
                JOIN ({_seats()}) AS seat ON seat.person_id = reach.person_id
                JOIN ({_apps()}) AS apps ON apps.id = reach.application_id
                LEFT JOIN kinds
                ON kinds.standing = apps.standing AND kinds.level = seat.access_level AND kinds.age = reach.age
                WHERE coalesce(kinds.standing, -1) >= 0 {lists.apart()}
            ) AS each_one
        )
    """  # noqa: S608  (the parts are ours or what the ORM wrote; values are parameters)
    place = Membership._meta.get_field("organization").get_db_prep_value(organization.pk, connection)
    return statement, (*(value for _, value in tables), *held, place)


def _seats() -> str:
    """Of the people who can sign in. The others are few: it is quicker to leave them out than to look each one up."""
    return f"""
        SELECT seat.id, seat.person_id, seat.access_level FROM {Membership._meta.db_table} AS seat
        WHERE seat.organization_id = %s
        AND NOT EXISTS (SELECT 1 FROM {User._meta.db_table} AS gone WHERE gone.id = seat.person_id AND NOT gone.is_active)
        {lists.apart()}
    """  # noqa: S608


def _apps() -> str:
    """What counts of each app. Not opened up by the planner: the lists are put together once an app."""
    registered = lists.both("app.scopes", "app.optional_scopes")
    return f"""
        SELECT app.id, {registered} AS registered,
               coalesce(ruled.standing, CASE WHEN app.verified_domain <> '' THEN 1 ELSE 0 END
                                        + CASE WHEN app.model = '{Model.LEGACY}' THEN 2 ELSE 0 END) AS standing
        FROM {Application._meta.db_table} AS app LEFT JOIN ruled ON ruled.app = app.id
        WHERE app.disabled_at IS NULL AND app.deleted_at IS NULL {lists.apart()}
    """  # noqa: S608


NUMBERED = {"standing": "integer", "level": "text", "age": "integer", "lost": "text", "kept": "text", "gained": "text"}


def _row(kind: Kind) -> list[Any]:
    return [kind.standing, kind.level, kind.age, *(f"{mask:x}" for mask in (kind.lost, kind.kept, kind.gained))]


def _mask(mask: int) -> list[Any]:
    """With the permissions that carry none of it, and for each of its own the permissions that carry it."""
    return [f"{mask:x}", others(mask), [CARRIERS[name] for name in names(mask)]]


def _holds(part: str) -> str:
    """Whether any permission of this part of the kind is held and registered.

    Mostly all that is held is registered as it is, and it is enough to see that something is none of the others. Else (an
    app now asks for less) each permission is looked for with all that carry it.
    """
    return f"""({part}_others IS NOT NULL AND CASE
        WHEN as_registered THEN NOT {lists.within("scopes", f"{part}_others")}
        ELSE {lists.meeting(f"{part}_carriers", "scopes", "registered")} END)"""


def _reaching(organization: Organization, at: datetime, ages: Collection[timedelta]) -> Any:
    """What the policy would refuse anyway is left out: it is refused before and after."""
    here = Q(organizations__isnull=True) | Q(organizations__holds_any=[str(organization.pk)])
    found = Authorization.objects.live(at).filter(here, reaching.not_shut_out(organization))
    found = found.annotate(given=Coalesce("confirmed_at", "granted_at")).annotate(age=_age(at, ages))
    return found.order_by().values_list("id", "application_id", "person_id", "scopes", "age")


def _age(at: datetime, ages: Collection[timedelta]) -> Any:
    """The number of the limits that it is beyond: consents with the same number are decided alike."""
    longest_first = sorted(ages, reverse=True)
    cases = [When(given__lte=at - age, then=Value(len(ages) - n)) for n, age in enumerate(longest_first)]
    return Case(*cases, default=Value(0), output_field=IntegerField())
