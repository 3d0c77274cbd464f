"""What ends an invitation besides its use: it is withdrawn, or the right of whoever made it ended."""

from collections.abc import Iterable
from datetime import datetime

from accounts.models import Organization, OrganizationInvitation, User
from authorizations.events.kinds import Kind
from authorizations.events.log import event, record_all
from authorizations.notifications import letters


def withdraw_of(row: Organization, person: User, *, by: User, now: datetime) -> int:
    """Those the person made: nobody invites with a right that ended. In the caller's transaction."""
    return withdraw_all(row, row.invitations.waiting().filter(invited_by=person), by=by, now=now)


def withdraw_all(row: Organization, found: Iterable[OrganizationInvitation], *, by: User, now: datetime) -> int:
    """In the caller's transaction, under its lock."""
    ended = [i for i in found if OrganizationInvitation.objects.waiting().filter(pk=i.pk).update(revoked_at=now)]
    for invitation in ended:
        letters.withdraw(letter_key(invitation), now=now)
    record_all(
        event(
            Kind.MEMBER_INVITATION_REVOKED,
            now=now,
            actor=by,
            organization=row,
            subject=("invitation", i.pk),
            detail={"address": i.email},
        )
        for i in ended
    )
    return len(ended)


def letter_key(invitation: OrganizationInvitation) -> str:
    """The mail of this sending. Sent again, the invitation ends later and has another link."""
    return seed(invitation)


def seed(invitation: OrganizationInvitation) -> str:
    """What the link's value is derived from; without the server's key it is worth nothing."""
    return f"{invitation.pk}:{int(invitation.expires_at.timestamp() * 1_000_000)}"
