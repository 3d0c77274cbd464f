"""Somebody is invited into an organization: a mail with a link for one use, kept as a digest.

The link's value is derived from the invitation with the server's key when the mail is written, so it stands nowhere.
"""

from collections.abc import Collection
from datetime import datetime, timedelta
from uuid import UUID

from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.db import transaction
from django.db.models import Q
from django.utils.translation import gettext as _

from accounts.models import Organization, OrganizationInvitation, User
from accounts.services import invited, members
from accounts.services.members import Rights
from accounts.services.standing import Refused, administrators, lock, lock_for
from accounts.services.telling import tell
from authorizations.events.kinds import Kind
from authorizations.events.log import record
from authorizations.notifications import letters, links
from authorizations.notifications.kinds import NoticeKind
from oauthapps.digests import digest

LIFETIME = timedelta(days=14)
MOST_OPEN = 500
AGAIN_AFTER = timedelta(minutes=10)  # an address is not flooded with mails


class InvitationOver(Exception):
    """Used, withdrawn, run out, or never made: no difference is told."""


class AlreadyMember(Exception):
    """The link stays good for the person it is meant for."""


@transaction.atomic
def invite(
    organization: Organization, *, email: str, level: str, project_ids: Collection[UUID], by: User, now: datetime
) -> tuple[OrganizationInvitation, str]:
    """The invitation and its link, which is also mailed. Raises Refused."""
    row, email = lock_for(organization, by), _address(email)
    _not_there_yet(row, email, now)
    if row.invitations.open(now).count() >= MOST_OPEN:
        raise Refused("email", _("%(most)s invitations are open. Withdraw some first.") % {"most": MOST_OPEN})
    # One that ran out is replaced.
    invited.withdraw_all(row, row.invitations.waiting().filter(email=email), by=by, now=now)
    ids = [str(pk) for pk in row.projects.filter(pk__in=project_ids).values_list("pk", flat=True)]
    made = OrganizationInvitation(
        organization=row,
        email=email,
        access_level=level,
        projects=ids,
        invited_by=by,
        invited_by_name=str(by)[:200],
        created_at=now,
        expires_at=now + LIFETIME,
    )
    made.digest = digest(links.invitation_value(invited.seed(made)))
    made.save(force_insert=True)
    detail = {"address": email, "access_level": level, "projects": len(ids)}
    _record(Kind.MEMBER_INVITED, made, by, now, detail)
    return made, _send(made, now)


def _address(email: str) -> str:
    email = email.strip().lower()
    try:
        validate_email(email)
    except ValidationError:
        raise Refused("email", _("Write an e-mail address, like name@example.com.")) from None
    if len(email) > 320:
        raise Refused("email", _("The address is too long."))
    return email


def _not_there_yet(row: Organization, email: str, now: datetime) -> None:
    if row.memberships.filter(Q(person__email__iexact=email) | Q(person__principal_name__iexact=email)).exists():
        raise Refused("email", _("A member has this address already."))
    if row.invitations.open(now).filter(email=email).exists():
        raise Refused("email", _("This address is invited already. Send that invitation again, or withdraw it."))


def _send(invitation: OrganizationInvitation, now: datetime) -> str:
    row, seed = invitation.organization, invited.seed(invitation)
    said = {
        "seed": seed,
        "organization": row.name,
        "by": invitation.invited_by_name,
        "access_level": invitation.access_level,
        "expires_at": invitation.expires_at.isoformat(),
    }
    letters.send(invitation.email, letters.ORGANIZATION_INVITATION, said, key=invited.letter_key(invitation), now=now)
    return links.invitation(seed)


@transaction.atomic
def send_again(invitation: OrganizationInvitation, *, by: User, now: datetime) -> str:
    """A new link for as long as a new invitation; the one before works no more. Raises Refused, InvitationOver."""
    row = lock_for(invitation.organization, by)
    found = row.invitations.waiting().filter(pk=invitation.pk).first()
    if found is None:
        raise InvitationOver
    if found.expires_at > now + LIFETIME - AGAIN_AFTER:
        raise Refused("", _("It was sent less than ten minutes ago. Wait a little before you send it again."))
    letters.withdraw(invited.letter_key(found), now=now)
    found.organization, found.expires_at, found.invited_by, found.invited_by_name = row, now + LIFETIME, by, str(by)
    found.digest = digest(links.invitation_value(invited.seed(found)))
    found.save(update_fields=["digest", "expires_at", "invited_by", "invited_by_name"])
    _record(Kind.MEMBER_INVITED, found, by, now, {"address": found.email, "again": True})
    return _send(found, now)


@transaction.atomic
def revoke(invitation: OrganizationInvitation, *, by: User, now: datetime) -> bool:
    """Raises Refused. False when it was over."""
    row = lock_for(invitation.organization, by)
    return bool(invited.withdraw_all(row, row.invitations.waiting().filter(pk=invitation.pk), by=by, now=now))


def find(value: str, now: datetime) -> OrganizationInvitation:
    """The open invitation of a link, while whoever made it may still invite. Raises InvitationOver."""
    found = (
        OrganizationInvitation.objects.open(now)
        .select_related("organization", "invited_by")
        .filter(digest=digest(value))
        .first()
    )
    if found is None or not administrators(found.organization).filter(person=found.invited_by).exists():
        raise InvitationOver
    return found


@transaction.atomic
def accept(value: str, *, person: User, now: datetime) -> Organization:
    """Of two who use one link at once, one joins. Raises InvitationOver, AlreadyMember."""
    invitation = find(value, now)
    row = lock(invitation.organization)
    if row.memberships.filter(person=person).exists():
        raise AlreadyMember
    taken = OrganizationInvitation.objects.open(now).filter(pk=invitation.pk, digest=invitation.digest)
    if not taken.update(accepted_at=now, accepted_by=person):
        raise InvitationOver
    if not administrators(row).filter(person=invitation.invited_by).exists():
        raise InvitationOver
    rights = Rights(access_level=invitation.access_level)
    project_ids = [UUID(pk) for pk in invitation.projects]
    members.enter(row, person, rights, project_ids, by=person, now=now)
    said = {
        "who": str(person),
        "account": person.principal_name,
        "address": invitation.email,
        "another": not meant_for(invitation, person),
    }
    tell(
        invitation.invited_by,
        NoticeKind.INVITATION_ACCEPTED,
        row,
        by=person,
        now=now,
        detail=said,
        key=str(invitation.pk),
    )
    return row


def meant_for(invitation: OrganizationInvitation, person: User) -> bool:
    """Whether the account has the address. A reminder, never a check: directories do not prove addresses."""
    return invitation.email in {person.email.lower(), person.principal_name.lower()}


def _record(kind: Kind, invitation: OrganizationInvitation, by: User, now: datetime, detail: dict[str, object]) -> None:
    row = invitation.organization
    record(kind, now=now, actor=by, organization=row, subject=("invitation", invitation.pk), detail=detail)
