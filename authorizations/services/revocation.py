"""Ending things. From the commit that marks an authorization revoked, every token, code and connection of it is refused.

Its codes and connections are closed in the same transaction, too: they are counted for the receipt, and a consent that
is restored later brings none of them back. The order is authorizations, codes, connections. A code that is being
exchanged is waited for, and the connection it made is then seen; one that comes later finds its code closed.
"""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from uuid import UUID

from django.conf import settings
from django.db import transaction

from accounts.models import User
from authorizations import rows
from authorizations.events.kinds import Kind
from authorizations.events.log import event, record, record_all
from authorizations.models import (
    Authorization,
    AuthorizationCode,
    Connection,
    Receipt,
    ReceiptItem,
    RevokedAccessToken,
)
from authorizations.rows import writing
from authorizations.services import receipts, telling
from authorizations.services.access_tokens import AccessToken

BATCH = 500
WITH_ITS_AUTHORIZATION = "authorization revoked"


def revoke_authorization(authorization: Authorization, *, by: User | None, reason: str, now: datetime) -> bool:
    """False when somebody was quicker; that is fine. `receipts` has the proof."""
    receipt = revoke_authorizations(authorization.person, [authorization.pk], by=by, reason=reason, now=now)
    return receipt is not None


def revoke_authorizations(
    person: User,
    ids: Sequence[UUID],
    *,
    by: User | None,
    reason: str,
    now: datetime,
    what: Receipt.What = Receipt.What.SERVICE,
    selection: str = "",
) -> Receipt | None:
    """Ends those of the person's authorizations that still stand: one transaction per batch, one receipt for all.

    None when there was nothing left to end.
    """
    receipt: Receipt | None = None
    for at in range(0, len(ids), BATCH):
        with transaction.atomic():
            stopped = _stop(person, ids[at : at + BATCH], by, reason, now)
            if stopped.items:
                receipt = receipt or receipts.start(person, what, by=by, reason=reason, now=now, selection=selection)
                receipts.add(receipt, stopped.items, fresh=stopped.fresh, ends=stopped.ends)
                _record(person, stopped, receipt, by, reason, now)
                telling.stopped(person, stopped.authorizations, by=by, reason=reason, now=now)
    return receipt


@dataclass
class Stopped:
    """What one batch ended."""

    authorizations: list[Authorization] = field(default_factory=list)
    items: list[ReceiptItem] = field(default_factory=list)
    fresh: int = 0
    ends: datetime | None = None


def _stop(person: User, ids: Sequence[UUID], by: User | None, reason: str, now: datetime) -> Stopped:
    # Locked in the order of their keys, as the writer of last-used times does, and not against foreign key checks:
    # a code exchange that inserts its connection must be able to finish.
    standing = list(
        Authorization.objects.select_for_update(of=("self",), no_key=True)
        .select_related("application")
        .filter(person=person, pk__in=ids, revoked_at=None)
        .order_by("pk")
    )
    if not standing:
        return Stopped()
    found = [a.pk for a in standing]
    Authorization.objects.filter(pk__in=found).update(
        revoked_at=now, revoked_by=str(by.pk) if by else "", reason=reason
    )
    codes = close_codes(found, now=now)
    ended = close_connections(found, now=now)
    return _counted(standing, codes, ended, now)


def close_codes(authorizations: Sequence[UUID], *, now: datetime) -> Counter[UUID]:
    """Closes the codes nobody exchanged; counts those that could still have been. In the caller's transaction."""
    waiting = AuthorizationCode.objects.filter(authorization_id__in=authorizations, spent_at=None)
    # Locked first: an exchange under way commits its connection before we look for connections.
    rows = list(
        waiting.select_for_update(no_key=True).order_by("pk").values_list("pk", "authorization_id", "expires_at")
    )
    waiting.update(spent_at=now)
    return Counter(authorization_id for _, authorization_id, expires_at in rows if expires_at > now)


def close_connections(authorizations: Sequence[UUID], *, now: datetime) -> list[Connection]:
    """Closes the open connections; returns those that were not over anyway. In the caller's transaction."""
    standing = Connection.objects.filter(authorization_id__in=authorizations, revoked_at=None)
    rows = list(standing.select_for_update(no_key=True).order_by("pk"))
    standing.update(revoked_at=now, reason=WITH_ITS_AUTHORIZATION)
    return [c for c in rows if c.expires_at > now]


def _counted(standing: list[Authorization], codes: Counter[UUID], ended: list[Connection], now: datetime) -> Stopped:
    per = Counter(c.authorization_id for c in ended)
    limits = {a.pk: a.expires_at for a in standing}
    tokens = [t for c in ended if (t := access_token_ends(c, limits[c.authorization_id])) > now]
    items = [item_of(a, connections=per[a.pk], codes=codes[a.pk], last_used_at=a.last_used_at) for a in standing]
    return Stopped(standing, items, len(tokens), max(tokens, default=None))


def item_of(authorization: Authorization, **facts: object) -> ReceiptItem:
    """What a receipt keeps of a service, with the facts of this end."""
    app = authorization.application
    return ReceiptItem(
        authorization=authorization, app_id=app.client_id, app_name=app.name, publisher=app.company, **facts
    )


def access_token_ends(connection: Connection, limit: datetime | None) -> datetime:
    """When the youngest access token of the connection ends by itself, at the latest."""
    issued = connection.rotated_at or connection.created_at
    return min(issued + settings.ACCESS_TOKEN_LIFETIME, connection.expires_at, limit or connection.expires_at)


def _record(person: User, stopped: Stopped, receipt: Receipt, by: User | None, reason: str, now: datetime) -> None:
    record_all(
        event(
            Kind.AUTHORIZATION_REVOKED,
            now=now,
            actor=by,
            person=person,
            app=authorization.application,
            subject=("authorization", authorization.pk),
            detail={
                "reason": reason,
                "receipt": receipt.reference,
                "connections": item.connections,
                "codes": item.codes,
            },
        )
        for authorization, item in zip(stopped.authorizations, stopped.items, strict=True)
    )


def revoke_connection(connection: Connection, *, by: User | None, reason: str, now: datetime) -> bool:
    """False when it was over already. Ended by somebody, it has a receipt."""
    if by is None and rows.quick():
        return writing.end_connection(connection, reason, now)
    return bool(revoke_connections(connection.authorization, [connection.pk], by=by, reason=reason, now=now))


@transaction.atomic
def revoke_connections(
    authorization: Authorization, ids: Sequence[UUID], *, by: User | None, reason: str, now: datetime
) -> list[Connection]:
    """Ends these connections of one authorization, which goes on. Returns those that were still open."""
    standing = Connection.objects.filter(authorization=authorization, pk__in=ids, revoked_at=None)
    ended = list(standing.select_for_update(no_key=True).order_by("pk"))
    if not ended:
        return []
    standing.update(revoked_at=now, reason=reason)
    if by is not None:
        _receipt_of_connections(authorization, ended, by, reason, now)
    record_all(
        event(
            Kind.CONNECTION_REVOKED,
            now=now,
            actor=by,
            person=authorization.person,
            app=authorization.application,
            subject=("authorization", authorization.pk),
            detail={"connection": str(connection.pk), "reason": reason},
        )
        for connection in ended
    )
    return ended


def _receipt_of_connections(
    authorization: Authorization, ended: list[Connection], by: User, reason: str, now: datetime
) -> Receipt:
    tokens = [t for c in ended if (t := access_token_ends(c, authorization.expires_at)) > now]
    items = [
        item_of(
            authorization, connection_id=c.pk, device=c.user_agent, connections=1, codes=0, last_used_at=c.last_used_at
        )
        for c in ended
    ]
    receipt = receipts.start(authorization.person, Receipt.What.CONNECTION, by=by, reason=reason, now=now)
    receipts.add(receipt, items, fresh=len(tokens), ends=max(tokens, default=None))
    return receipt


@transaction.atomic
def revoke_access_token(token: AccessToken, *, now: datetime) -> None:
    """Remembers the token until it would have ended anyway. Twice is once."""
    _, new = RevokedAccessToken.objects.get_or_create(jti=token.jti, defaults={"expires_at": token.expires})
    if not new:
        return
    subject = ("connection", token.connection_id) if token.connection_id else ("app", token.client_id)
    record(Kind.TOKEN_REVOKED, now=now, subject=subject, detail={"jti": str(token.jti), "client_id": token.client_id})
