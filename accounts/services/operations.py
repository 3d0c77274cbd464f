"""Who has which role in the operations of this portal. Each change has a reason, is in the event log, and is told."""

from datetime import datetime
from uuid import UUID

from django.db import transaction
from django.utils.translation import gettext as _

from accounts.models import User
from accounts.roles import Role, at_least, columns
from accounts.services.standing import Refused
from authorizations.events.kinds import Kind
from authorizations.events.log import record
from authorizations.notifications import compose
from authorizations.notifications.compose import Draft
from authorizations.notifications.kinds import NoticeKind

MOST = 300


@transaction.atomic
def change_role(person: User, role: Role, *, by: User | None, reason: str, now: datetime) -> bool:
    """False when the person has the role already. `by`: None for the command on the server. Raises Refused."""
    why = reason.strip()
    if not why:
        raise Refused("reason", _("Say why. It is kept in the event log and told to the person."))
    if len(why) > MOST:
        raise Refused("reason", _("The reason has at most %(most)s characters.") % {"most": MOST})
    # Administrators are held, so that two who act at once cannot both be the last but one.
    held = User.objects.select_for_update().order_by("pk")
    administrators = {a.pk: a for a in held.filter(role=Role.ADMINISTRATOR)}
    row = held.get(pk=person.pk)
    if by is not None:
        _may(administrators.get(by.pk), row)
    _can(row, role, administrators)
    was = row.role
    if not User.objects.filter(pk=row.pk).exclude(role=role).update(**columns(role)):
        return False
    record(
        Kind.OPERATIONS_ROLE_CHANGED,
        now=now,
        actor=by,
        person=row,
        subject=("person", row.pk),
        detail={"was": was, "role": str(role), "reason": why},
    )
    said = {"was": was, "role": str(role), "why": why, "by": str(by) if by else ""}
    compose.tell([Draft(NoticeKind.OPERATIONS_ROLE_CHANGED, row.pk, now.isoformat(), detail=said)], now=now)
    for name, value in columns(role).items():
        setattr(person, name, value)
    return True


def _may(by: User | None, person: User) -> None:
    """As it is now, in this transaction: the right may have ended since the page was shown."""
    if by is None or not at_least(by, Role.ADMINISTRATOR):
        raise Refused("", _("Only an administrator of this portal gives and takes roles. Nothing was changed."))
    if by.pk == person.pk:
        raise Refused("", _("Nobody changes their own role. Ask another administrator."))


def _can(person: User, role: Role, administrators: dict[UUID, User]) -> None:
    if role == Role.NONE:
        pass  # a role can be taken from anybody
    elif person.is_personal:
        raise Refused("role", _("A personal account cannot have a role: choose the person's work account."))
    elif not person.is_active:
        raise Refused("role", _("This person is deactivated. Reactivate them first."))
    others = [a for a in administrators.values() if a.pk != person.pk and at_least(a, Role.ADMINISTRATOR)]
    if person.pk in administrators and role != Role.ADMINISTRATOR and not others:
        raise Refused("role", _("This is the last administrator. Make somebody else one first."))
