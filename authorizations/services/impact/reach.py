"""What becomes of each authorization that reaches an organization: asked of the database, a row each.

The policy has been asked about every kind (`deciding.Kind`): which permissions a kind loses, keeps and gains with the
new value. What is left is to find the kind of each authorization, and whether it holds any of them, and that is work for
the database, where the rows are.
"""

from collections.abc import Collection, Iterable, Mapping
from datetime import datetime, timedelta
from itertools import count
from typing import Any

from django.db import connection
from django.db.models import Case, IntegerField, Q, Value, When
from django.db.models.functions import Coalesce

from accounts.models import Membership, Organization, User
from authorizations.models import Authorization, reaching
from authorizations.services.impact import lists
from authorizations.services.impact.deciding import CARRIERS, Kind, carriers, names, others
from oauthapps.models import Application
from oauthapps.rules import Model

Statement = tuple[str, tuple[Any, ...]]


def unruled(verified: bool, legacy: bool) -> int:
    return verified + 2 * legacy


def fates(
    organization: Organization,
    kinds: Iterable[Kind],
    ruled: Statement,
    at: datetime,
    ages: Collection[timedelta],
) -> Statement:
    """The beginning of a statement: `WITH ... fates (id, app, member, lost, kept, gained)`: of each authorization that loses
    or gains something whether something is lost that works now, something kept, something gained. `ruled`: a table of
    apps that the organization has ruled about, `(app, standing)`."""
    given, held = _reaching(organization, at, ages).query.sql_with_params()
    found = list(kinds)
    parts = [part for part in PARTS if any(getattr(kind, part) for kind in found)]
    numbers = {mask: n for n, mask in enumerate({getattr(k, part) for k in found for part in parts} - {0}, start=1)}
    tables = [
        lists.table(
            "masks", {"number": "integer", "others": "list", "carriers": "list"}, map(_mask, numbers, count(1))
        ),
        lists.table("numbered", NUMBERED, (_row(kind, numbers) for kind in found)),
    ]
    columns = "".join(f", {p}, {p}_mask.others AS {p}_others, {p}_mask.carriers AS {p}_carriers" for p in parts)
    joined = " ".join(f"LEFT JOIN masks AS {p}_mask ON {p}_mask.number = numbered.{p}" for p in parts)
    told = ", ".join(f"{_holds(part) if part in parts else '1 = 0'} AS {part}" for part in PARTS)
    apps, sought = _apps(numbers)
    # A kind is looked for with LEFT JOIN, and its absence in a way that the planner does not see through: it cannot know
    # how many there are, and would plan for one.
    statement = f"""
        WITH ruled (app, standing) AS MATERIALIZED ({ruled[0]}), {", ".join(text for text, _ in tables)},
        kinds AS MATERIALIZED (SELECT numbered.standing, numbered.level, numbered.age{columns} FROM numbered {joined}),
        fates AS MATERIALIZED (
            SELECT * FROM (
                SELECT reach.id, reach.application_id AS app, seat.id AS member, {told}
                FROM ({given}) AS reach
                JOIN ({_seats()}) AS seat ON seat.person_id = reach.person_id
                JOIN ({apps}) AS apps ON apps.id = reach.application_id
                LEFT JOIN kinds
                ON kinds.standing = apps.standing AND kinds.level = seat.access_level AND kinds.age = reach.age
                WHERE coalesce(kinds.standing, -1) >= 0 {lists.apart()}
            ) AS every WHERE lost OR gained
        )
    """  # noqa: S608  (the parts are ours or what the ORM wrote; values are parameters)
    place = Membership._meta.get_field("organization").get_db_prep_value(organization.pk, connection)
    return statement, (*ruled[1], *(value for _, value in tables), *held, place, *sought)


def _seats() -> str:
    """Of the people who can sign in. The others are few: it is quicker to leave them out than to look each one up."""
    return f"""
        SELECT seat.id, seat.person_id, seat.access_level FROM {Membership._meta.db_table} AS seat
        WHERE seat.organization_id = %s
        AND NOT EXISTS (SELECT 1 FROM {User._meta.db_table} AS gone WHERE gone.id = seat.person_id AND NOT gone.is_active)
        {lists.apart()}
    """  # noqa: S608


def _apps(masks: Collection[int]) -> tuple[str, list[str]]:
    """What counts of each app. Not opened up by the planner: the lists are put together once an app."""
    registered = lists.both("app.scopes", "app.optional_scopes")
    sought, held = lists.sought(map(carriers, masks))
    statement = f"""
        SELECT id, registered, standing, {lists.witnesses("registered", len(masks))} AS witnesses FROM (
            SELECT app.id, {registered} AS registered,
                   coalesce(ruled.standing, CASE WHEN app.verified_domain <> '' THEN 1 ELSE 0 END
                                            + CASE WHEN app.model = '{Model.LEGACY}' THEN 2 ELSE 0 END) AS standing
            FROM {Application._meta.db_table} AS app LEFT JOIN ruled ON ruled.app = app.id
            WHERE app.disabled_at IS NULL AND app.deleted_at IS NULL {lists.apart()}
        ) AS app CROSS JOIN ({sought}) AS sought {lists.apart()}
    """  # noqa: S608
    return statement, held


PARTS = ("lost", "kept", "gained")
NUMBERED = {"standing": "integer", "level": "text", "age": "integer", **dict.fromkeys(PARTS, "integer")}


def _row(kind: Kind, numbers: Mapping[int, int]) -> list[Any]:
    return [kind.standing, kind.level, kind.age, *(numbers.get(getattr(kind, part)) for part in PARTS)]


def _mask(mask: int, number: int) -> list[Any]:
    """With the permissions that carry none of it, and for each of its own the permissions that carry it."""
    return [number, others(mask), [CARRIERS[name] for name in names(mask)]]


def _holds(part: str) -> str:
    """Whether any permission of this part of the kind is held and registered.

    Mostly its witness is held: a registered permission that carries something of it. Where it is not, and all that is held
    is registered as it is, it is enough to see that something is none of the others. Else (an app now asks for less) each
    permission is looked for with all that carry it.
    """
    return f"""(kinds.{part} IS NOT NULL AND CASE {lists.by_witness("reach.scopes", "apps.witnesses", f"kinds.{part}")}
        WHEN {lists.within("reach.scopes", "apps.registered")} THEN NOT {lists.within("reach.scopes", f"kinds.{part}_others")}
        ELSE {lists.meeting(f"kinds.{part}_carriers", "reach.scopes", "apps.registered")} END)"""


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
