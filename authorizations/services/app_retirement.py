"""Deleting an app: what would stop, and the one commit with which everything of it ends."""

from collections.abc import Iterable
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from itertools import islice
from uuid import UUID

from django.db import transaction
from django.db.models import Sum

from accounts.models import User
from authorizations.events.kinds import Kind
from authorizations.events.log import event
from authorizations.events.models import Event
from authorizations.models import AppUsage, Authorization, AuthorizationCode, Connection
from authorizations.notifications import compose
from authorizations.notifications.compose import Draft
from authorizations.notifications.kinds import NoticeKind
from oauthapps.models import Application
from oauthapps.services.retirement import bury, lock_to_delete
from oauthapps.services.telling import tell_owners

CALLS_OF_DAYS = 7
BATCH = 500


@dataclass(frozen=True)
class Stops:
    """What stops with an app. `calls`: of the last 7 days."""

    people: int
    connections: int
    calls: int


def what_stops(app: Application, now: datetime) -> Stops:
    standing = Authorization.objects.live(now).filter(application=app)
    connections = Connection.objects.filter(authorization__in=standing, revoked_at=None, expires_at__gt=now)
    since = now.date() - timedelta(days=CALLS_OF_DAYS - 1)
    calls = AppUsage.objects.filter(application=app, day__gte=since).aggregate(sum=Sum("calls"))["sum"]
    return Stops(standing.count(), connections.count(), calls or 0)


@transaction.atomic
def delete_app(app: Application, *, by: User | None, now: datetime) -> Stops:
    """Everything of the app ends with this commit. Returns what stopped. Raises RegistrationRefused when it is gone.

    What takes long (one event and one notice per person) is written first and the rows that token calls touch are
    changed last, so that calls in flight wait as little as can be.
    """
    locked = lock_to_delete(app)
    stopped = what_stops(locked, now)
    _close_and_tell(locked, by, now)
    about = ("app", locked.client_id)
    detail = {"role": "owner", "by": str(by) if by else "", **asdict(stopped)}
    tell_owners(locked, NoticeKind.APP_DELETED, key=locked.client_id, now=now, about=about, detail=detail)
    bury(locked, by=by, stopped=asdict(stopped), now=now)
    _end_rows(locked, by, now)
    return stopped


def _close_and_tell(app: Application, by: User | None, now: datetime) -> None:
    """One event per authorization and one notice per person who had the app in force."""
    # Locked, so that nobody revokes between the event and the closing. Code exchanges do not wait for this lock.
    standing = (
        Authorization.objects.select_for_update(no_key=True, of=("self",))
        .live(now)
        .filter(application=app)
        .select_related("person")
    )
    rows = standing.iterator(BATCH)
    while batch := list(islice(rows, BATCH)):
        Event.objects.bulk_create([_event(a, app, by, now) for a in batch])
        compose.tell(_drafts((a.person_id for a in batch if a.person.is_active), app), now=now)


def _event(authorization: Authorization, app: Application, by: User | None, now: datetime) -> Event:
    return event(
        Kind.AUTHORIZATION_REVOKED,
        now=now,
        actor=by,
        person=authorization.person,
        app=app,
        subject=("authorization", authorization.pk),
        detail={"reason": Authorization.Ended.APP_DELETED.value},
    )


def _drafts(people: Iterable[UUID], app: Application) -> list[Draft]:
    about, detail = ("app", app.client_id), {"role": "person"}
    key = f"{app.client_id}:person"
    return [Draft(NoticeKind.APP_DELETED, pk, key, app=app, about=about, detail=detail) for pk in people]


def _end_rows(app: Application, by: User | None, now: datetime) -> None:
    """One UPDATE each."""
    reason = Authorization.Ended.APP_DELETED.value
    open_ = Authorization.objects.filter(application=app, revoked_at=None)
    of_app = Authorization.objects.filter(application=app).values("pk")
    Connection.objects.filter(authorization__in=of_app, revoked_at=None).update(revoked_at=now, reason=reason)
    AuthorizationCode.objects.filter(authorization__in=of_app, expires_at__gt=now).update(expires_at=now)
    open_.filter(expires_at__lte=now).update(revoked_at=now, reason=Authorization.Ended.EXPIRED)
    open_.update(revoked_at=now, revoked_by=str(by.pk) if by else "", reason=reason)


def close_stragglers(*, since: datetime, now: datetime) -> int:
    """Authorizations that came to stand again in the very moment their app was deleted (a restore, for one).

    Refused all the while; now they say so. `since`: apps that were deleted later than this are looked at.
    """
    late = Authorization.objects.filter(application__deleted_at__gt=since, revoked_at=None)
    found = list(late.values_list("pk", flat=True)[:BATCH])
    closed = Authorization.objects.filter(pk__in=found, revoked_at=None)
    return closed.update(revoked_at=now, reason=Authorization.Ended.APP_DELETED)
