"""What a policy about personal access tokens would refuse."""

from collections.abc import Collection, Iterator
from dataclasses import replace
from datetime import datetime, timedelta
from itertools import product
from typing import Any
from uuid import UUID

from django.db import connection
from django.db.models import (
    BooleanField,
    Case,
    ExpressionWrapper,
    F,
    FilteredRelation,
    IntegerField,
    Q,
    QuerySet,
    Value,
    When,
)
from django.db.models.functions import Coalesce, Greatest

from accounts import policies
from accounts.models import AccessLevel, Membership, Organization, User
from accounts.policies import TokenCreation
from authorizations.models import PersonalAccessToken, PersonalTokenUsage, reaching
from authorizations.places import place_facts
from authorizations.selectors import personal_facts
from authorizations.services.impact import deciding, lists
from authorizations.services.impact.deciding import allowed
from authorizations.services.impact.figures import DAYS, Impact
from oauthapps import scopes

PACKAGING = scopes.closure(["vso.packaging_manage"])
NOT_FULL = [s for s in deciding.API if s != scopes.FULL_ACCESS]
# Who may make tokens, besides when all may: those on the list, whatever they hold; and all, with packaging alone.
LISTED = (TokenCreation.LISTED, TokenCreation.LISTED_OR_PACKAGING)
ALL_PACKAGING = (TokenCreation.PACKAGING, TokenCreation.LISTED_OR_PACKAGING)
ACTIVE = User(is_active=True)
KINDS = {
    "level": "text", "full_scope": "integer", "everywhere": "integer", "issued": "integer", "used": "integer",
    "lost": "texts", "gained": "texts",
}  # fmt: skip
LAST_USED = Greatest(Coalesce("last_used_at", "issued_at"), F("issued_at"))
Statement = tuple[str, tuple[Any, ...]]


def impact(before: Organization, after: Organization, key: str, at: datetime) -> Impact:
    """One statement. For the policy about making tokens: whose tokens could not be made anew."""
    begun, held = _fates(before, after, key, at)
    calls, more = _calls(before, at).query.sql_with_params()
    statement = f"""
        {begun}, used (id, calls) AS ({calls})
        SELECT (SELECT count(*) FROM fates WHERE lost), (SELECT count(DISTINCT person_id) FROM fates WHERE lost),
               (SELECT coalesce(sum(calls), 0) FROM fates JOIN used ON used.id = fates.id WHERE lost),
               (SELECT count(*) FROM fates WHERE gained), (SELECT count(DISTINCT person_id) FROM fates WHERE gained)
    """  # noqa: S608  (the parts are ours or what the ORM wrote; values are parameters)
    with connection.cursor() as cursor:
        cursor.execute(statement, (*held, *more))
        tokens, people, used, regained, regained_people = map(int, cursor.fetchone())
    return Impact(
        tokens=tokens, people=people, calls=used, regained=regained, regained_people=regained_people,
        creation_only=key == "token_creation",
    )  # fmt: skip


def holders(before: Organization, after: Organization, key: str, at: datetime) -> dict[UUID, int]:
    """Whose tokens would be refused, and how many. The same conditions, one statement."""
    begun, held = _fates(before, after, key, at)
    person = User._meta.pk
    with connection.cursor() as cursor:
        cursor.execute(f"{begun} SELECT person_id, count(*) FROM fates WHERE lost GROUP BY person_id", held)  # noqa: S608
        return {person.to_python(pk): number for pk, number in cursor.fetchall()}


def _fates(before: Organization, after: Organization, key: str, at: datetime) -> Statement:
    """The beginning of a statement: `WITH ... fates (id, person_id, lost, gained)`."""
    if key == "token_creation":
        return _making(before, after, at)
    now, then = (policies.effective(o.policies, at) for o in (before, after))
    limits = [_limits(at, {getattr(p, key) for p in (now, then)}) for key in ("token_days", "token_idle_days")]
    text, kinds = lists.table("kinds", KINDS, _kinds(before, after, limits, at))
    shapes, held = (
        _standing(before, at)
        .annotate(
            full_scope=_flag(Q(scopes__holds_any=[scopes.FULL_ACCESS])), everywhere=_flag(Q(organization=None)),
            issued=_beyond("issued_at", limits[0]), used=_beyond("last", limits[1]),
        )
        .values_list("id", "person_id", "scopes", "level", "full_scope", "everywhere", "issued", "used")
        .query.sql_with_params()
    )  # fmt: skip
    same = " AND ".join(
        f"kinds.{name} = shapes.{name}" for name in ("level", "full_scope", "everywhere", "issued", "used")
    )
    statement = f"""
        WITH {text},
        fates AS MATERIALIZED (
            SELECT shapes.id, shapes.person_id, {lists.sharing("shapes.scopes", "kinds.lost")} AS lost,
                   {lists.sharing("shapes.scopes", "kinds.gained")} AND NOT {lists.sharing("shapes.scopes", "kinds.lost")} AS gained
            FROM ({shapes}) AS shapes LEFT JOIN kinds ON {same}
        )
    """  # noqa: S608
    return statement, (kinds, *held)


def _kinds(
    before: Organization, after: Organization, limits: list[list[datetime]], at: datetime
) -> Iterator[list[Any]]:
    """Full or not, for one organization or all, on the same sides of each limit: such tokens are decided alike, and the
    answer is laid over what each holds. Those for which it changes."""
    for full, everywhere, issued, used in product((0, 1), (0, 1), *(range(len(found) + 1) for found in limits)):
        last = _instant(limits[1], used, at)
        made = min(_instant(limits[0], issued, at), last)  # nothing was used before it was made
        token = _token([scopes.FULL_ACCESS] if full else NOT_FULL, before, bool(everywhere), made, last, at)
        if sum(made <= limit for limit in limits[0]) != issued:
            continue  # there can be none
        for level in AccessLevel.values:
            now, then = _usable(token, before, level, at), _usable(token, after, level, at)
            if now != then:
                yield [
                    level,
                    full,
                    everywhere,
                    issued,
                    used,
                    *(deciding.carriers(m) for m in (now & ~then, then & ~now)),
                ]


def _token(
    held: list[str], place: Organization, everywhere: bool, issued: datetime, used: datetime, at: datetime
) -> PersonalAccessToken:
    return PersonalAccessToken(
        scopes=held, organization_id=None if everywhere else place.pk, issued_at=issued, last_used_at=used,
        expires_at=at + timedelta(days=1), person=ACTIVE,
    )  # fmt: skip


def _usable(token: PersonalAccessToken, organization: Organization, level: str, at: datetime) -> int:
    """Without the revocation rules: what they end was left out (`_standing`)."""
    place = place_facts(Membership(organization=organization, access_level=level), None, True, at)
    facts = personal_facts(token, at, replace(place, ruled_out=()))
    return deciding.bits(allowed(scopes.closure(token.scopes), facts))


def _limits(at: datetime, days: Collection[int | None]) -> list[datetime]:
    """The instants up to which a token is over the limits, the latest first."""
    return sorted((at - timedelta(days=d) for d in days if d is not None), reverse=True)


def _instant(limits: list[datetime], beyond: int, at: datetime) -> datetime:
    """The latest instant that is beyond so many of the limits."""
    return limits[beyond - 1] if beyond else at


def _beyond(name: str, limits: list[datetime]) -> Case:
    cases = [When(**{f"{name}__lte": limit}, then=Value(len(limits) - n)) for n, limit in enumerate(reversed(limits))]
    return Case(*cases, default=Value(0), output_field=IntegerField())


def _flag(condition: Q) -> Case:
    return Case(When(condition, then=Value(1)), default=Value(0), output_field=IntegerField())


def _making(before: Organization, after: Organization, at: datetime) -> Statement:
    """Whether its person may make such a token."""
    now, then = (_makes(TokenCreation(policies.effective(o.policies, at).token_creation)) for o in (before, after))
    found = _reaching(before, at).annotate(lost=_truth(now & ~then), gained=_truth(then & ~now))
    text, held = found.values_list("id", "person_id", "lost", "gained").query.sql_with_params()
    return f"WITH fates AS MATERIALIZED ({text})", held


def _makes(creation: TokenCreation) -> Q:
    everybody, nobody = Q(person__isnull=False), Q(person__isnull=True)
    if creation is TokenCreation.ALL:
        return everybody
    on_the_list = Q(listed=True) if creation in LISTED else nobody
    beyond = [s for s in scopes.CATALOGUE if s not in PACKAGING]
    return on_the_list | (~Q(scopes__holds_any=beyond) if creation in ALL_PACKAGING else nobody)


def _truth(condition: Q) -> "ExpressionWrapper[Any]":
    return ExpressionWrapper(condition, output_field=BooleanField())


def _standing(organization: Organization, at: datetime) -> "QuerySet[PersonalAccessToken]":
    """Those that no revocation rule ends: what it ends is refused before and after."""
    found = _reaching(organization, at).annotate(last=LAST_USED)
    place = place_facts(Membership(organization=organization, access_level=AccessLevel.BASIC), None, True, at)
    for before, ruled in place.ruled_out:
        found = found.exclude(issued_at__lt=before, scopes__holds_any=reaching.carriers(ruled))
    return found


def _reaching(organization: Organization, at: datetime) -> "QuerySet[PersonalAccessToken]":
    seat = FilteredRelation("person__memberships", condition=Q(person__memberships__organization=organization))
    live = PersonalAccessToken.objects.live(at).reaching(organization)
    live = live.filter(~Q(shut_out__holds_any=[str(organization.pk)]), person__is_active=True)
    return (
        live.annotate(seat=seat, level=F("seat__access_level"), listed=F("seat__may_make_tokens"))
        .filter(seat__isnull=False)
        .order_by()
    )


def _calls(organization: Organization, at: datetime) -> Any:
    since = at.date() - timedelta(days=DAYS)
    found = PersonalTokenUsage.objects.filter(place=str(organization.pk), day__gt=since, day__lte=at.date())
    return found.order_by().values_list("token_id", "calls")
