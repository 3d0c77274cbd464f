"""How personal access tokens end: by their person, by an administrator, because they leaked, were idle or are over.

One conditional UPDATE each; from its commit on the token is refused. Whoever comes second changes nothing.
"""

from collections.abc import Collection, Iterable
from datetime import datetime
from itertools import islice
from uuid import UUID

from django.db import transaction

from accounts.models import User
from authorizations import personal_format
from authorizations.events.kinds import Kind
from authorizations.events.log import event, record_all
from authorizations.models import PersonalAccessToken
from authorizations.services import personal_telling
from oauthapps.digests import digest

Ended = PersonalAccessToken.Ended
MOST_REPORTED = 100
KINDS = {Ended.LEAKED: Kind.PERSONAL_TOKEN_LEAKED, Ended.EXPIRED: Kind.PERSONAL_TOKEN_EXPIRED}


def revoke(token: PersonalAccessToken, *, by: User | None, now: datetime, reason: str = Ended.REVOKED) -> bool:
    """False when it had ended already; that is fine."""
    return bool(revoke_all([token.pk], by=by, reason=reason, now=now))


@transaction.atomic
def revoke_all(
    ids: Collection[UUID], *, by: User | None, now: datetime, reason: str = Ended.REVOKED
) -> list[PersonalAccessToken]:
    """Ends those that are still in force, and returns them. People who did not do it themselves are told.

    The caller has decided whose tokens these are. `reason`: of `PersonalAccessToken.Ended`.
    """
    ended = _end(ids, by, reason, now)
    personal_telling.ended(ended, by=by, now=now)
    return ended


def end_untold(
    ids: Collection[UUID], *, by: User, now: datetime, reason: str, **detail: object
) -> list[PersonalAccessToken]:
    """As `revoke_all`, in the caller's transaction, which tells the people in words of its own."""
    ended = _end(ids, by, reason, now, **detail)
    personal_telling.lapsed([t.pk for t in ended], now=now)
    return ended


def report_leaked(texts: Iterable[str], *, where: str = "", now: datetime) -> int:
    """Ends every token in force that one of the texts contains; returns how many. `where`: said to their people."""
    values = (value for text in texts for value in personal_format.found_in(text))
    digests = {digest(value) for value in islice(values, MOST_REPORTED)}
    if not digests:
        return 0
    found = PersonalAccessToken.objects.live(now).filter(digest__in=digests)
    return _leaked(list(found.values_list("pk", flat=True)), where, now)


@transaction.atomic
def _leaked(ids: Collection[UUID], where: str, now: datetime) -> int:
    ended = _end(ids, None, Ended.LEAKED, now, where=where)
    for token in ended:
        personal_telling.leaked(token, where, now=now)
    return len(ended)


def _end(
    ids: Collection[UUID], by: User | None, reason: str, now: datetime, **detail: object
) -> list[PersonalAccessToken]:
    """In the caller's transaction. Locked in the order of their keys: two who end the same do not wait crosswise."""
    standing = PersonalAccessToken.objects.select_for_update(of=("self",), no_key=True).filter(revoked_at=None)
    ended = list(standing.filter(pk__in=list(ids)).select_related("person", "organization").order_by("pk"))
    name = str(by)[:200] if by else ""
    PersonalAccessToken.objects.filter(pk__in=[t.pk for t in ended], revoked_at=None).update(
        revoked_at=now, reason=reason, revoked_by_name=name
    )
    for token in ended:
        token.revoked_at, token.reason, token.revoked_by_name = now, reason, name
    record_all(
        event(
            KINDS.get(Ended(reason), Kind.PERSONAL_TOKEN_REVOKED),
            now=now,
            actor=by,
            person=token.person,
            organization=token.organization,
            subject=("personal_token", token.pk),
            detail={"name": token.name, "reason": reason} | detail,
        )
        for token in ended
    )
    return ended
