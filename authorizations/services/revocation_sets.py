"""Ends the authorizations or connections of many people at once: as `revocation` does for one, with a constant number of
statements for any batch. Everything is in the caller's transaction, so that a batch is done whole or not at all.
"""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import groupby
from typing import Any
from uuid import UUID

from accounts.models import User
from authorizations.events.kinds import Kind
from authorizations.events.log import event, record_all
from authorizations.models import Authorization, Connection, Receipt, ReceiptItem
from authorizations.services import receipts, telling
from authorizations.services.revocation import access_token_ends, close_codes, close_connections, item_of
from oauthapps.models import Application


@dataclass(frozen=True)
class Ended:
    """One thing that this call ended, and its receipt."""

    pk: UUID
    authorization: Authorization
    receipt: str
    connections: int


def revoke(ids: Sequence[UUID], *, by: User, reason: str, now: datetime, detail: dict[str, Any]) -> list[Ended]:
    """Those of the ids that were still standing. `detail` is added to each event. One receipt per person."""
    standing = _locked(ids)
    if not standing:
        return []
    found = [a.pk for a in standing]
    Authorization.objects.filter(pk__in=found).update(revoked_at=now, revoked_by=str(by.pk), reason=reason)
    codes = close_codes(found, now=now)
    closed = close_connections(found, now=now)
    per = Counter(c.authorization_id for c in closed)
    items = {a.pk: item_of(a, connections=per[a.pk], codes=codes[a.pk], last_used_at=a.last_used_at) for a in standing}
    tokens = _token_ends(closed, {a.pk: a for a in standing})
    references = _receipts(standing, items, tokens, by, reason, now)
    record_all(
        event(
            Kind.AUTHORIZATION_REVOKED,
            now=now,
            actor=by,
            person=a.person,
            app=a.application,
            subject=("authorization", a.pk),
            detail={
                "reason": reason,
                "receipt": references[a.person_id],
                "connections": items[a.pk].connections,
                "codes": items[a.pk].codes,
            }
            | detail,
        )
        for a in standing
    )
    telling.stopped_for_many(standing, by=by, reason=reason, now=now)
    return [Ended(a.pk, a, references[a.person_id], per[a.pk]) for a in standing]


def disconnect(ids: Sequence[UUID], *, by: User, reason: str, now: datetime, detail: dict[str, Any]) -> list[Ended]:
    """Ends connections; their authorizations go on. One receipt per person."""
    open_ = Connection.objects.filter(pk__in=ids, revoked_at=None)
    ended = list(
        open_.select_for_update(no_key=True, of=("self",))
        .select_related("authorization__person", "authorization__application")
        .order_by("pk")
    )
    if not ended:
        return []
    Connection.objects.filter(pk__in=[c.pk for c in ended]).update(revoked_at=now, reason=reason)
    items = {
        c.pk: item_of(
            c.authorization,
            connection_id=c.pk,
            device=c.user_agent,
            connections=1,
            codes=0,
            last_used_at=c.last_used_at,
        )
        for c in ended
    }
    references: dict[UUID, str] = {}
    written = []
    for _, group in groupby(sorted(ended, key=_person_of), key=_person_of):
        rows = list(group)
        tokens = [access_token_ends(c, c.authorization.expires_at) for c in rows]
        receipt = receipts.made(rows[0].authorization.person, Receipt.What.CONNECTION, by=by, reason=reason, now=now)
        written.append((receipt, [items[c.pk] for c in rows], [t for t in tokens if t > now]))
        references |= {c.pk: receipt.reference for c in rows}
    receipts.write_all(written)
    record_all(
        event(
            Kind.CONNECTION_REVOKED,
            now=now,
            actor=by,
            person=c.authorization.person,
            app=c.authorization.application,
            subject=("authorization", c.authorization_id),
            detail={"connection": str(c.pk), "reason": reason, "receipt": references[c.pk]} | detail,
        )
        for c in ended
    )
    telling.disconnected(ended, by=by, reason=reason, now=now)
    return [Ended(c.pk, c.authorization, references[c.pk], 1) for c in ended]


def _person_of(connection: Connection) -> str:
    return str(connection.authorization.person_id)


def _locked(ids: Sequence[UUID]) -> list[Authorization]:
    """In the order of their keys, as everybody locks them, and not against foreign key checks (see `revocation`)."""
    found = Authorization.objects.select_for_update(no_key=True).filter(pk__in=ids, revoked_at=None).order_by("pk")
    standing = list(found.only("person_id", "application_id", "expires_at", "last_used_at"))
    # Read once each, not once per row: a batch is mostly of one app.
    people = User.objects.only("display_name", "principal_name", "principal").in_bulk({a.person_id for a in standing})
    apps = Application.objects.only("client_id", "name", "company").in_bulk({a.application_id for a in standing})
    for a in standing:
        a.person, a.application = people[a.person_id], apps[a.application_id]
    return standing


def _token_ends(closed: Sequence[Connection], of: dict[UUID, Authorization]) -> dict[UUID, list[datetime]]:
    ends: dict[UUID, list[datetime]] = {}
    for c in closed:
        authorization = of[c.authorization_id]
        ends.setdefault(authorization.person_id, []).append(access_token_ends(c, authorization.expires_at))
    return ends


def _receipts(
    standing: Sequence[Authorization],
    items: dict[UUID, ReceiptItem],
    tokens: dict[UUID, list[datetime]],
    by: User,
    reason: str,
    now: datetime,
) -> dict[UUID, str]:
    """Writes them; returns the reference of each person's."""
    references, written = {}, []
    for person_id, group in groupby(sorted(standing, key=lambda a: str(a.person_id)), key=lambda a: a.person_id):
        rows = list(group)
        what = Receipt.What.SERVICE if len(rows) == 1 else Receipt.What.SET
        receipt = receipts.made(rows[0].person, what, by=by, reason=reason, now=now)
        written.append((receipt, [items[a.pk] for a in rows], [t for t in tokens.get(person_id, ()) if t > now]))
        references[person_id] = receipt.reference
    receipts.write_all(written)
    return references
