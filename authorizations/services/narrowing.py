"""Changing a consent without revoking it: fewer permissions, other organizations, another end, a note.

Each change is one conditional UPDATE against what the person saw, with its event in the same transaction. Tokens,
refreshes and introspection read the record live, so they narrow with that commit.
"""

from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Any

from django.conf import settings
from django.db import transaction
from django.db.models import Q

from accounts.models import Membership, User
from authorizations.events.kinds import Kind
from authorizations.events.log import record
from authorizations.models import Authorization
from authorizations.notifications import compose
from authorizations.notifications.kinds import NoticeKind
from oauthapps import scopes as catalogue

LONGEST_NOTE = 500


class NotChanged(Exception):
    """Nothing was changed; each kind says why."""


class Stale(NotChanged):
    """The authorization is no longer as the person saw it, or it has ended."""


class LastPermission(NotChanged):
    """Nothing would remain: that is a revocation, which has its own page."""


class StillIncluded(NotChanged):
    """A permission that remains carries the dropped ones with it, so that dropping them would change nothing."""


class NoOrganization(NotChanged):
    """Not one organization was chosen, or one that the person does not belong to."""


class EndOutOfRange(NotChanged):
    """The new end is not in the future, or later than a fresh consent could last."""


def drop_permissions(
    authorization: Authorization, dropped: Collection[str], *, seen: Sequence[str], by: User, now: datetime
) -> bool:
    """False when they were gone already, so that a double click is fine. Raises NotChanged.

    Not undone here: a service that wants them back has to ask the person on the approval page.
    """
    gone = [s for s in seen if s in dropped]
    remaining = [s for s in seen if s not in dropped]
    if authorization.scopes == remaining:
        return False
    if authorization.scopes != list(seen) or not gone:
        raise Stale
    if not remaining:
        raise LastPermission
    if catalogue.closure(remaining) & set(gone):
        raise StillIncluded
    # An optional permission that was dropped counts as left out: the next sign-in does not ask for it again.
    optional = [s for s in gone if s in authorization.application.optional_scopes]
    changed = {"scopes": remaining, "declined": list(dict.fromkeys([*authorization.declined, *optional]))}
    seen_so = Q(scopes=list(seen), declined=authorization.declined)
    _change(authorization, seen_so, changed, Kind.AUTHORIZATION_NARROWED, {"dropped": gone}, by, now)
    return True


def set_organizations(
    authorization: Authorization, chosen: Sequence[str] | None, *, seen: Sequence[str] | None, by: User, now: datetime
) -> bool:
    """`chosen`: ids of organizations, or None for every one of the person's. False when it is so already. Raises
    NotChanged."""
    wanted = None if chosen is None else sorted(set(chosen))
    if _same(authorization.organizations, wanted):
        return False
    if wanted is not None and not (wanted and set(wanted) <= _organizations_of(authorization.person_id)):
        raise NoOrganization
    if not _same(authorization.organizations, seen):
        raise Stale
    wider = wanted is None or (seen is not None and bool(set(wanted) - set(seen)))
    kind = Kind.AUTHORIZATION_WIDENED if wider else Kind.AUTHORIZATION_NARROWED
    before = authorization.organizations
    seen_so = Q(organizations__isnull=True) if before is None else Q(organizations=before)
    detail = {"organizations": wanted, "before": before}
    _change(authorization, seen_so, {"organizations": wanted}, kind, detail, by, now)
    return True


def set_end(
    authorization: Authorization, expires_at: datetime, *, seen: datetime | None, by: User, now: datetime
) -> bool:
    """False when it ends then already. Raises NotChanged."""
    if authorization.expires_at == expires_at:
        return False
    if not now < expires_at <= now + settings.AUTHORIZATION_LIFETIME:
        raise EndOutOfRange
    if authorization.expires_at != seen:
        raise Stale
    longer = seen is not None and expires_at > seen
    kind = Kind.AUTHORIZATION_EXTENDED if longer else Kind.AUTHORIZATION_SHORTENED
    detail = {"expires_at": expires_at.isoformat(), "before": seen.isoformat() if seen else None}
    with transaction.atomic():
        said_yes = {"confirmed_at": now} if longer else {}
        _change(authorization, Q(expires_at=seen), {"expires_at": expires_at, **said_yes}, kind, detail, by, now)
        # What was said about the old end is no longer so; the job that tells of ends tells of the new one in time.
        compose.cancel([NoticeKind.AUTHORIZATION_EXPIRING], about=("authorization", authorization.pk), now=now)
    return True


def set_note(authorization: Authorization, note: str, *, seen: str, by: User, now: datetime) -> bool:
    """The event does not repeat the words: they are for the person alone. Raises NotChanged."""
    words = note.replace("\x00", "").strip()[:LONGEST_NOTE]
    if authorization.note == words:
        return False
    if authorization.note != seen:
        raise Stale
    _change(authorization, Q(note=seen), {"note": words}, Kind.AUTHORIZATION_NOTED, {}, by, now)
    return True


@transaction.atomic
def _change(
    authorization: Authorization,
    seen_so: Q,
    changed: dict[str, Any],
    kind: Kind,
    detail: dict[str, Any],
    by: User,
    now: datetime,
) -> None:
    # The condition is what the person saw: somebody who was quicker (a refresh does not count, a fresh approval does)
    # makes this find nothing.
    if not Authorization.objects.live(now).filter(seen_so, pk=authorization.pk).update(**changed):
        raise Stale
    record(
        kind,
        now=now,
        actor=by,
        person=authorization.person,
        app=authorization.application,
        subject=("authorization", authorization.pk),
        detail=detail,
    )
    for name, value in changed.items():
        setattr(authorization, name, value)


def _same(one: Sequence[str] | None, other: Sequence[str] | None) -> bool:
    if one is None or other is None:
        return one is other
    return set(one) == set(other)


def _organizations_of(person_id: Any) -> set[str]:
    mine = Membership.objects.filter(person=person_id).values_list("organization_id", flat=True)
    return {str(pk) for pk in mine}


def together(scopes: Sequence[str], wanted: Collection[str]) -> tuple[str, ...]:
    """What has to go so that `wanted` really goes: these, and those of `scopes` that carry one of them."""
    asked = {s for s in wanted if s in scopes}
    return tuple(s for s in scopes if s in asked or catalogue.closure([s]) & asked)
