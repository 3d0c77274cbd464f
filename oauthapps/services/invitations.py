"""Somebody is asked to own an app too: one link, for one person, for a week."""

from datetime import datetime, timedelta

from django.db import transaction

from accounts.models import User
from authorizations.events.kinds import Kind
from authorizations.events.log import record
from oauthapps.digests import digest, random_value
from oauthapps.models import Application, OwnerInvitation
from oauthapps.services.owners import add_owner, drop_owner
from oauthapps.services.registration import RegistrationRefused
from oauthapps.services.secrets import lock_standing

LIFETIME = timedelta(days=7)
MOST_OPEN = 20
MOST_OWNERS = 50


class InvitationOver(Exception):
    """Used, withdrawn, run out, or never made: no difference is told."""


@transaction.atomic
def invite(
    app: Application, *, by: User, note: str, hands_over: bool = False, now: datetime
) -> tuple[OwnerInvitation, str]:
    """The invitation and its token, shown once. Raises RegistrationRefused."""
    lock_standing(app)
    if len(note) > 100 or "\x00" in note:
        raise RegistrationRefused("note", "At most 100 characters.")
    if app.invitations.open(now).count() >= MOST_OPEN:
        raise RegistrationRefused("note", f"{MOST_OPEN} invitations are open. Withdraw one first.")
    token = random_value()
    made = OwnerInvitation.objects.create(
        application=app,
        digest=digest(token),
        note=note.strip(),
        hands_over=hands_over,
        invited_by=by,
        created_at=now,
        expires_at=now + LIFETIME,
    )
    detail = {"invitation": made.pk, "hands_over": hands_over}
    record(Kind.OWNER_INVITED, now=now, actor=by, app=app, subject=("app", app.client_id), detail=detail)
    return made, token


def find(token: str, now: datetime) -> OwnerInvitation:
    """The open invitation of a token. Raises InvitationOver."""
    found = (
        OwnerInvitation.objects.open(now)
        .select_related("application", "invited_by")
        .filter(digest=digest(token), application__deleted_at=None, invited_by__is_active=True)
        .first()
    )
    if found is None:
        raise InvitationOver
    return found


@transaction.atomic
def accept(token: str, *, person: User, now: datetime) -> Application:
    """The person becomes an owner; of two who use one link at once, one does. Raises InvitationOver, RegistrationRefused."""
    invitation = find(token, now)
    app, inviter = invitation.application, invitation.invited_by
    lock_standing(app)
    if app.owners.count() >= MOST_OWNERS:
        raise RegistrationRefused("owners", f"An app has at most {MOST_OWNERS} owners.")
    if app.owners.filter(pk=person.pk).exists():
        raise RegistrationRefused("owners", "You are an owner of this app already.")
    used = OwnerInvitation.objects.open(now).filter(pk=invitation.pk).update(accepted_at=now, accepted_by=person)
    # An inviter who stopped being an owner meanwhile can give nothing any more.
    if not used or not app.owners.filter(pk=inviter.pk).exists():
        raise InvitationOver
    handed_over = invitation.hands_over
    add_owner(app, person, by=inviter, what="took_over" if handed_over else "joined", now=now)
    if handed_over:
        drop_owner(app, inviter, by=inviter, now=now)
    return app


@transaction.atomic
def revoke(invitation: OwnerInvitation, *, by: User, now: datetime) -> bool:
    if not OwnerInvitation.objects.open(now).filter(pk=invitation.pk).update(revoked_at=now):
        return False
    app = invitation.application
    detail = {"invitation": invitation.pk}
    record(Kind.OWNER_INVITATION_REVOKED, now=now, actor=by, app=app, subject=("app", app.client_id), detail=detail)
    return True
