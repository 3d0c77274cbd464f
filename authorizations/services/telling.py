"""What people are told about their authorizations. Call inside the transaction of the change."""

from collections.abc import Collection, Iterable, Sequence
from datetime import datetime
from uuid import UUID

from accounts.models import User
from authorizations.models import Authorization, Connection
from authorizations.notifications import compose
from authorizations.notifications.compose import Draft
from authorizations.notifications.kinds import NoticeKind
from oauthapps import scopes as catalogue

# What these say is over when the authorization is.
ABOUT_A_STANDING_ONE = (NoticeKind.AUTHORIZATION_EXPIRING, NoticeKind.AUTHORIZATION_UNUSED)


def draft(kind: NoticeKind, authorization: Authorization, key: str, **detail: object) -> Draft:
    return Draft(
        kind,
        authorization.person_id,
        f"{authorization.pk}:{key}",
        app=authorization.application,
        about=("authorization", authorization.pk),
        detail=detail,
    )


def titles(identifiers: Iterable[str]) -> list[str]:
    """Names of permissions, to be translated where they are shown; those that others carry with them are left out."""
    known = [s for s in identifiers if s in catalogue.CATALOGUE]
    return [catalogue.CATALOGUE[s].title for s in catalogue.minimal(known)]


def connected(connection: Connection, *, first: bool) -> Draft:
    authorization = connection.authorization
    return draft(
        NoticeKind.SERVICE_CONNECTED,
        authorization,
        str(connection.pk),
        first=first,
        at=connection.created_at.isoformat(),
        permissions=titles(authorization.scopes),
        address=connection.address,
        program=connection.user_agent[:80],
    )


def widened(authorization: Authorization, added: Sequence[str], *, now: datetime) -> None:
    told = draft(NoticeKind.PERMISSION_WIDENED, authorization, now.isoformat(), added=titles(added))
    compose.tell([told], now=now)


def expired(authorization: Authorization) -> Draft:
    return draft(NoticeKind.AUTHORIZATION_EXPIRED, authorization, "expired")


def lapsed(authorizations: Collection[UUID], *, now: datetime) -> None:
    """They ended: reminders about them are no longer so."""
    compose.cancel_all(ABOUT_A_STANDING_ONE, about_type="authorization", ids=authorizations, now=now)


def stopped(
    person: User, authorizations: Sequence[Authorization], *, by: User | None, reason: str, now: datetime
) -> None:
    """Revoked: reminders lapse, and a person who did not do it is told."""
    lapsed([a.pk for a in authorizations], now=now)
    if by is not None and by.pk == person.pk:
        return
    because = "" if reason == Authorization.Ended.REVOKED else reason
    compose.tell(
        [draft(NoticeKind.AUTHORIZATION_REVOKED, a, now.isoformat(), reason=because) for a in authorizations], now=now
    )


def stopped_for_many(authorizations: Sequence[Authorization], *, by: User, reason: str, now: datetime) -> None:
    """As `stopped`, for people of whom none did it (but for the one who acted, who knows)."""
    lapsed([a.pk for a in authorizations], now=now)
    others = (a for a in authorizations if a.person_id != by.pk)
    compose.tell([draft(NoticeKind.AUTHORIZATION_REVOKED, a, now.isoformat(), reason=reason) for a in others], now=now)


def disconnected(connections: Iterable[Connection], *, by: User, reason: str, now: datetime) -> None:
    """Once per service, however many of its connections ended. Its approval stands."""
    found = {c.authorization_id: c.authorization for c in connections if c.authorization.person_id != by.pk}
    switched(found.values(), "disconnected", key=now.isoformat(), reason=reason, now=now)


def switched(authorizations: Iterable[Authorization], what: str, *, key: str, reason: str, now: datetime) -> None:
    """`what`: off, on, secret or disconnected: the approval stands, and the service works no longer, or works again."""
    kind = NoticeKind.SERVICE_SWITCHED
    compose.tell([draft(kind, a, f"{what}:{key}", what=what, reason=reason) for a in authorizations], now=now)
