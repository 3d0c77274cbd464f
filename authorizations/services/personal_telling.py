"""What people are told about their personal access tokens. Call inside the transaction of the change."""

from collections.abc import Collection, Iterable
from datetime import datetime
from uuid import UUID

from accounts.models import User
from authorizations.events.context import current
from authorizations.models import PersonalAccessToken
from authorizations.notifications import compose
from authorizations.notifications.compose import Draft
from authorizations.notifications.kinds import NoticeKind
from authorizations.services.telling import titles

ABOUT = "personal_token"


def draft(kind: NoticeKind, token: PersonalAccessToken, key: str, **detail: object) -> Draft:
    """Reads the token's organization."""
    facts = {
        "name": token.name,
        "organization": token.organization.name if token.organization else "",
        "expires_at": token.expires_at.isoformat(),
        "last_used_at": token.last_used_at.isoformat() if token.last_used_at else "",
    }
    return Draft(kind, token.person_id, f"{token.pk}:{key}", about=(ABOUT, token.pk), detail=facts | detail)


def made(token: PersonalAccessToken, what: str, *, now: datetime) -> None:
    """`what`: made, regenerated or changed. The person hears of it, and from where: it may have been somebody else."""
    place = current()
    detail = {
        "what": what,
        "permissions": titles(token.scopes),
        "address": place.address,
        "program": place.user_agent[:80],
    }
    lapsed([token.pk], now=now)
    compose.tell([draft(NoticeKind.PERSONAL_TOKEN_CHANGED, token, f"{what}:{now.isoformat()}", **detail)], now=now)


def expiring(token: PersonalAccessToken, days: int) -> Draft:
    return draft(
        NoticeKind.PERSONAL_TOKEN_EXPIRING, token, f"expiring:{token.expires_at.isoformat()}:{days}", days=days
    )


def ended(tokens: Iterable[PersonalAccessToken], *, by: User | None, now: datetime) -> None:
    """They ended: reminders lapse, and people who did not do it themselves are told."""
    found = list(tokens)
    lapsed([t.pk for t in found], now=now)
    compose.tell([_of_the_end(t, by) for t in found if by is None or by.pk != t.person_id], now=now)


def _of_the_end(token: PersonalAccessToken, by: User | None) -> Draft:
    over = {PersonalAccessToken.Ended.EXPIRED, PersonalAccessToken.Ended.IDLE}
    kind = NoticeKind.PERSONAL_TOKEN_ENDED if token.reason in over else NoticeKind.PERSONAL_TOKEN_REVOKED
    return draft(kind, token, "ended", because=token.reason, by=str(by) if by else "")


def leaked(token: PersonalAccessToken, where: str, *, now: datetime) -> None:
    """`where`: said to the person, when whoever found it said so."""
    lapsed([token.pk], now=now)
    compose.tell([draft(NoticeKind.PERSONAL_TOKEN_LEAKED, token, "ended", where=where)], now=now)


def lapsed(tokens: Collection[UUID], *, now: datetime) -> None:
    compose.cancel_all([NoticeKind.PERSONAL_TOKEN_EXPIRING], about_type=ABOUT, ids=tokens, now=now)
