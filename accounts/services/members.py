"""Members of an organization: who joins, what they may do, how it ends.

Access is read live from these rows, so each of these commits counts with the next call of any token.
"""

from collections.abc import Collection
from dataclasses import asdict, dataclass, replace
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import transaction
from django.utils.translation import gettext as _

from accounts.models import AccessLevel, Membership, Organization, User
from accounts.services import invited, projects
from accounts.services.standing import Refused, Stale, keep_an_administrator, lock, lock_for
from accounts.services.telling import tell
from authorizations.events.kinds import Kind
from authorizations.events.log import record
from authorizations.notifications.kinds import NoticeKind


@dataclass(frozen=True)
class Rights:
    """What a membership gives."""

    access_level: str = AccessLevel.STAKEHOLDER.value
    administrator: bool = False
    reviewer: bool = False
    may_make_tokens: bool = False

    @classmethod
    def of(cls, membership: Membership) -> "Rights":
        return cls(
            str(membership.access_level), membership.administrator, membership.reviewer, membership.may_make_tokens
        )


@transaction.atomic
def add(
    organization: Organization, person: User, rights: Rights, *, by: User, now: datetime, operations: bool = False
) -> Membership:
    """Raises Refused."""
    return enter(lock_for(organization, by, operations=operations), person, rights, (), by=by, now=now)


def enter(
    row: Organization, person: User, rights: Rights, project_ids: Collection[UUID], *, by: User | None, now: datetime
) -> Membership:
    """In the caller's transaction, under its lock. Raises Refused."""
    if row.memberships.filter(person=person).exists():
        raise Refused("person", _("%(who)s is a member already.") % {"who": person})
    made = Membership.objects.create(organization=row, person=person, **asdict(rights))
    entered = projects.enter(row, person, project_ids, now=now)
    detail = asdict(rights) | {"projects": entered}
    _record(Kind.MEMBER_ADDED, row, person, by, now, detail)
    tell(person, NoticeKind.ORGANIZATION_JOINED, row, by=by, now=now, detail={"access_level": rights.access_level})
    return made


@transaction.atomic
def change(
    organization: Organization,
    person: User,
    rights: Rights,
    *,
    was: Rights,
    by: User,
    now: datetime,
    operations: bool = False,
) -> bool:
    """From what the page showed to what was chosen there. Raises Stale when it is not what the page showed, Refused."""
    row = lock_for(organization, by, operations=operations)
    if person.pk == row.owner_id:
        rights = replace(rights, administrator=True)
    if was.administrator and not rights.administrator:
        keep_an_administrator(row, without=person)
    if not row.memberships.filter(person=person, **asdict(was)).update(**asdict(rights)):
        raise Stale
    if rights == was:
        return False
    if was.administrator and not rights.administrator:
        invited.withdraw_of(row, person, by=by, now=now)
    before, after = asdict(was), asdict(rights)
    changed = [key for key in after if before[key] != after[key]]
    detail = {"before": {key: before[key] for key in changed}, "after": {key: after[key] for key in changed}}
    _record(Kind.MEMBER_CHANGED, row, person, by, now, detail)
    tell(person, NoticeKind.ORGANIZATION_RIGHTS_CHANGED, row, by=by, now=now, detail=detail)
    return True


@transaction.atomic
def remove(organization: Organization, person: User, *, by: User, now: datetime, operations: bool = False) -> bool:
    """False when there is no such member any more. Raises Refused."""
    return _end(lock_for(organization, by, operations=operations), person, by=by, now=now)


@transaction.atomic
def leave(organization: Organization, person: User, *, now: datetime) -> bool:
    """Raises Refused."""
    return _end(lock(organization), person, by=person, now=now)


def _end(row: Organization, person: User, *, by: User, now: datetime) -> bool:
    if person.pk == row.owner_id:
        raise Refused("", _("The owner cannot leave or be removed. Hand the organization over first."))
    membership = row.memberships.filter(person=person).first()
    if membership is None:
        return False
    if membership.administrator:
        keep_an_administrator(row, without=person)
    membership.delete()
    left = projects.leave_all(row, person, now=now)
    invited.withdraw_of(row, person, by=by, now=now)
    detail = asdict(Rights.of(membership)) | {"projects": left, "what": "left" if by.pk == person.pk else "removed"}
    _record(Kind.MEMBER_REMOVED, row, person, by, now, detail)
    tell(person, NoticeKind.ORGANIZATION_LEFT, row, by=by, now=now, detail={})
    return True


def _record(
    kind: Kind, row: Organization, person: User, by: User | None, now: datetime, detail: dict[str, Any]
) -> None:
    subject = ("organization", row.pk)
    record(kind, now=now, actor=by, person=person, organization=row, subject=subject, detail=detail)
