"""Closes what is over, a batch at a time: one transaction and a constant number of statements each.

Nothing is refused later for it: each decision reads the end itself. Workers pass each other's rows by (SKIP LOCKED),
and a batch whose worker dies is undone whole and found again.
"""

from datetime import datetime
from typing import Any

from django.db import transaction
from django.db.models import QuerySet

from authorizations.events.kinds import Kind
from authorizations.events.log import event, record_all
from authorizations.models import Authorization, AuthorizationCode, Connection
from authorizations.notifications import compose
from authorizations.services import telling

BATCH = 500
WITH_ITS_AUTHORIZATION = "authorization expired"


@transaction.atomic
def expire_authorizations(*, now: datetime, limit: int = BATCH) -> int:
    """Ends up to `limit` authorizations whose time is over, with their connections, and tells the people."""
    over = Authorization.objects.filter(revoked_at=None, expires_at__lte=now).select_related("person", "application")
    batch = list(_ours(over).order_by("expires_at")[:limit])
    ids = [a.pk for a in batch]
    if not ids:
        return 0
    Authorization.objects.filter(pk__in=ids).update(revoked_at=now, reason=Authorization.Ended.EXPIRED)
    AuthorizationCode.objects.filter(authorization_id__in=ids, spent_at=None).update(spent_at=now)
    Connection.objects.filter(authorization_id__in=ids, revoked_at=None).update(
        revoked_at=now, reason=WITH_ITS_AUTHORIZATION
    )
    record_all(
        event(
            Kind.AUTHORIZATION_EXPIRED,
            now=now,
            person=a.person,
            app=a.application,
            subject=("authorization", a.pk),
        )
        for a in batch
    )
    telling.lapsed(ids, now=now)
    compose.tell([telling.expired(a) for a in batch], now=now)
    return len(batch)


@transaction.atomic
def expire_connections(*, now: datetime, limit: int = BATCH) -> int:
    """Closes up to `limit` connections whose time is over. Their authorization stands, so nobody is told."""
    over = Connection.objects.filter(revoked_at=None, expires_at__lte=now)
    batch = list(
        _ours(over.select_related("authorization__person", "authorization__application")).order_by("expires_at")[:limit]
    )
    if not batch:
        return 0
    Connection.objects.filter(pk__in=[c.pk for c in batch]).update(revoked_at=now, reason=Authorization.Ended.EXPIRED)
    record_all(
        event(
            Kind.CONNECTION_EXPIRED,
            now=now,
            person=c.authorization.person,
            app=c.authorization.application,
            subject=("authorization", c.authorization_id),
            detail={"connection": str(c.pk)},
        )
        for c in batch
    )
    return len(batch)


def _ours(found: "QuerySet[Any]") -> "QuerySet[Any]":
    """Locks what another worker has not locked already. SQLite needs it not: its transactions queue."""
    return found.select_for_update(skip_locked=True, of=("self",), no_key=True)
