"""Whom the end of the legacy model touches, a batch at a time: people who approved such apps, and their owners."""

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db.models import Exists, OuterRef, QuerySet

from accounts.models import User
from authorizations.models import Authorization
from authorizations.notifications.kinds import NoticeKind
from authorizations.notifications.models import Notice
from oauthapps.models import Application

BATCH = 500


@dataclass(frozen=True)
class Told:
    """Who has this notice already is left out, so that a job that runs again does next to nothing."""

    kind: NoticeKind
    about: tuple[str, str]

    def filter(self, people: QuerySet[User]) -> QuerySet[User]:
        there = Notice.objects.filter(
            person=OuterRef("pk"), kind=self.kind, about_type=self.about[0], about_id=self.about[1]
        )
        return people.filter(~Exists(there))


@dataclass(frozen=True)
class Touched:
    person_id: UUID
    apps: list[Application]
    authorizations: list[Authorization]


def legacy_apps() -> QuerySet[Application]:
    return Application.objects.standing().filter(model="legacy", disabled_at=None)


def people(now: datetime, *, since: datetime | None = None, but: Told | None = None) -> Iterator[list[Touched]]:
    """Active people with a live authorization of a legacy app. Two statements per batch, memory for one batch."""
    mine = Authorization.objects.live(now).filter(application__in=legacy_apps())
    if since:
        mine = mine.filter(granted_at__gt=since)
    for ids in _batches(mine.filter(person=OuterRef("pk")), but):
        found: dict[UUID, list[Authorization]] = defaultdict(list)
        for authorization in mine.filter(person__in=ids).select_related("application").order_by("application__name"):
            found[authorization.person_id].append(authorization)
        yield [Touched(pk, [a.application for a in found[pk]], found[pk]) for pk in ids if found[pk]]


def owners(*, since: datetime | None = None, but: Told | None = None) -> Iterator[list[Touched]]:
    """Active owners of legacy apps. `since`: only of apps that came after it."""
    apps = legacy_apps().filter(registered_at__gt=since) if since else legacy_apps()
    owning = Application.owners.through.objects.filter(application__in=apps)
    for ids in _batches(owning.filter(user=OuterRef("pk")), but):
        found: dict[UUID, list[Application]] = defaultdict(list)
        rows = owning.filter(user__in=ids).select_related("application").order_by("application__name")
        for row in rows:
            found[row.user_id].append(row.application)
        yield [Touched(pk, found[pk], []) for pk in ids if found[pk]]


def _batches(touching: QuerySet[Any], but: Told | None) -> Iterator[list[UUID]]:
    """By key and never by offset: rows that come or go meanwhile skip nobody."""
    active = User.objects.filter(Exists(touching), is_active=True).order_by("pk")
    if but:
        active = but.filter(active)
    last = None
    while ids := list((active.filter(pk__gt=last) if last else active).values_list("pk", flat=True)[:BATCH]):
        yield ids
        last = ids[-1]
