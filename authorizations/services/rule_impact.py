"""Whom a revocation rule stops: counted before it is made, and told afterwards.

The same conditions do both. They ask the database what `policy.no_revocation_rule_matches` asks of one token.
"""

from collections import defaultdict
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from django.db import connection, transaction
from django.db.models import BooleanField, ExpressionWrapper, Q, QuerySet

from accounts.models import Organization
from authorizations.models import Connection, PersonalAccessToken, RevocationRule, reaching
from authorizations.notifications import compose
from authorizations.notifications.compose import Draft
from authorizations.notifications.kinds import NoticeKind
from authorizations.services import telling

BATCH = 500
LATELY = timedelta(days=30)
MOST_NAMES = 10


@dataclass(frozen=True)
class Impact:
    people: int
    services: int
    connections: int
    used_connections: int  # in the last 30 days
    tokens: int
    used_tokens: int

    @property
    def nothing(self) -> bool:
        return not (self.connections or self.tokens)


def connections(
    organization: Organization, scopes: Collection[str], before: datetime, now: datetime
) -> QuerySet[Connection]:
    return reaching.connections(organization, now).filter(reaching.holding_any(scopes), created_at__lt=before)


def tokens(
    organization: Organization, scopes: Collection[str], before: datetime, now: datetime
) -> QuerySet[PersonalAccessToken]:
    return reaching.personal_tokens(organization, now).filter(
        reaching.holding_any(scopes), ~reaching.DEACTIVATED, issued_at__lt=before
    )


def impact(organization: Organization, scopes: Collection[str], before: datetime, now: datetime) -> Impact:
    """One statement, however many there are: what is stopped is looked for once, and counted in several ways."""
    lately = ExpressionWrapper(Q(last_used_at__gt=now - LATELY), output_field=BooleanField())
    reached, where = _sql(reaching.authorizations(organization, now).values_list("pk", "person", "application"))
    opened, held = _sql(
        reaching.open_connections(now)
        .filter(reaching.holding_any(scopes), created_at__lt=before)
        .values_list("authorization", lately)
    )
    ended, more = _sql(tokens(organization, scopes, before, now).values_list("person", lately))
    statement = f"""
        WITH reached (id, person, service) AS ({reached}), opened (id, used) AS ({opened}),
             stopped (person, service, used) AS MATERIALIZED (
                 SELECT reached.person, reached.service, opened.used FROM reached JOIN opened ON opened.id = reached.id
             ),
             ended (person, used) AS ({ended})
        SELECT (SELECT count(*) FROM (SELECT person FROM stopped UNION SELECT person FROM ended) AS people),
               (SELECT count(*) FROM (SELECT DISTINCT service FROM stopped) AS services),
               (SELECT count(*) FROM stopped), (SELECT count(*) FROM stopped WHERE used),
               (SELECT count(*) FROM ended), (SELECT count(*) FROM ended WHERE used)
    """  # noqa: S608  (the parts are what the ORM wrote; values are parameters)
    with connection.cursor() as cursor:
        cursor.execute(statement, (*where, *held, *more))
        return Impact(*cursor.fetchone())


def _sql(rows: "QuerySet[Any, Any]") -> tuple[str, tuple[Any, ...]]:
    return rows.order_by().query.sql_with_params()


def tell_of_rules(*, now: datetime) -> int:
    """Tells the people whom new rules stopped, a batch at a time; returns how many. Twice is once."""
    told = 0
    for rule in RevocationRule.objects.filter(told_at=None).select_related("organization").order_by("made_at"):
        last: UUID | None = None
        while people := _people(rule, last, now):
            if not _tell(rule, people, now):
                break
            told, last = told + len(people), people[-1]
        RevocationRule.objects.filter(pk=rule.pk, told_at=None).update(told_at=now)
    return told


def _people(rule: RevocationRule, last: UUID | None, now: datetime) -> list[UUID]:
    """By key and never by offset: rows that come or go meanwhile skip nobody."""
    facts = (rule.organization, rule.scopes, rule.created_before, now)
    stopped, ended = connections(*facts), tokens(*facts)
    if last:
        stopped, ended = stopped.filter(authorization__person__gt=last), ended.filter(person__gt=last)
    people = stopped.order_by().values_list("authorization__person").union(ended.order_by().values_list("person"))
    return [pk for (pk,) in people.order_by("authorization__person")[:BATCH]]


@transaction.atomic
def _tell(rule: RevocationRule, people: Sequence[UUID], now: datetime) -> bool:
    """False when the rule was withdrawn meanwhile: its withdrawal waits for this, or this sees it."""
    if not RevocationRule.objects.standing().select_for_update(no_key=True).filter(pk=rule.pk).first():
        return False
    facts = (rule.organization, rule.scopes, rule.created_before, now)
    services = _names(
        connections(*facts)
        .filter(authorization__person__in=people)
        .values_list("authorization__person", "authorization__application__name")
    )
    named = _names(tokens(*facts).filter(person__in=people).values_list("person", "name"))
    compose.tell([_draft(rule, pk, services[pk], named[pk]) for pk in people], now=now)
    return True


def _names(
    rows: "QuerySet[Connection, tuple[UUID, str]] | QuerySet[PersonalAccessToken, tuple[UUID, str]]",
) -> defaultdict[UUID, list[str]]:
    found: defaultdict[UUID, list[str]] = defaultdict(list)
    for person, name in rows.order_by().distinct():
        found[person].append(name)
    return found


def _draft(rule: RevocationRule, person: UUID, services: list[str], tokens: list[str]) -> Draft:
    return Draft(
        NoticeKind.REVOCATION_RULE_APPLIED,
        person,
        str(rule.pk),
        about=("revocation_rule", rule.pk),
        detail={
            "organization": rule.organization.name,
            "before": rule.created_before.isoformat(),
            "permissions": telling.titles(rule.scopes),
            "services": sorted(services)[:MOST_NAMES],
            "more_services": max(0, len(services) - MOST_NAMES),
            "tokens": sorted(tokens)[:MOST_NAMES],
            "more_tokens": max(0, len(tokens) - MOST_NAMES),
            "why": rule.why,
            "by": rule.made_by_name,
        },
    )
