"""Who owns an app: they join, leave and are removed, and never is an app left without one.

Each change locks the app's row first, so that two owners who leave at once cannot both be the last but one.
"""

from collections.abc import Iterable
from datetime import datetime

from django.db import transaction

from accounts.models import User
from authorizations.events.kinds import Kind
from authorizations.events.log import record
from authorizations.notifications.kinds import NoticeKind
from oauthapps.models import Application, OwnerInvitation
from oauthapps.services.registration import RegistrationRefused
from oauthapps.services.secrets import lock_standing
from oauthapps.services.telling import tell_owners


class LastOwner(RegistrationRefused):
    def __init__(self) -> None:
        super().__init__("owners", "An app always has an owner. Invite somebody or hand the app over first.")


@transaction.atomic
def leave(app: Application, *, person: User, now: datetime) -> bool:
    """Raises LastOwner. False when the person is no owner."""
    return _end(app, person, by=person, what="left", now=now)


@transaction.atomic
def remove(app: Application, person: User, *, by: User, now: datetime) -> bool:
    """One owner removes another. Raises LastOwner. False when the person is no owner, or `by` stopped being one."""
    lock_standing(app)
    if not app.owners.filter(pk=by.pk).exists():
        return False
    return _end(app, person, by=by, what="left" if by.pk == person.pk else "removed", now=now)


@transaction.atomic
def assign(app: Application, person: User, *, by: User | None, reason: str, now: datetime) -> bool:
    """Operations give an app an owner, with a reason. Raises RegistrationRefused. False when the person is one."""
    lock_standing(app)
    if not reason.strip():
        raise RegistrationRefused("reason", "Say why; it is kept in the event log.")
    if not person.is_active:
        raise RegistrationRefused("person", f"{person} is deactivated.")
    if app.owners.filter(pk=person.pk).exists():
        return False
    add_owner(app, person, by=by, what="assigned", reason=reason.strip()[:300], now=now)
    return True


@transaction.atomic
def replace(app: Application, people: Iterable[User], *, reason: str, now: datetime) -> None:
    """Automation says who the owners are. Raises LastOwner when none of them is active."""
    lock_standing(app)
    wanted, standing = {p.pk: p for p in people}, {p.pk: p for p in app.owners.all()}
    if not any(p.is_active for p in wanted.values()):
        raise LastOwner
    for person in (p for pk, p in wanted.items() if pk not in standing):
        assign(app, person, by=None, reason=reason, now=now)
    for person in (p for pk, p in standing.items() if pk not in wanted):
        drop_owner(app, person, by=None, now=now)
        _tell(app, person, None, "removed", now, also=(person,))


def _end(app: Application, person: User, *, by: User, what: str, now: datetime) -> bool:
    lock_standing(app)
    if not app.owners.filter(pk=person.pk).exists():
        return False
    # Somebody who cannot sign in looks after nothing.
    if not app.owners.filter(is_active=True).exclude(pk=person.pk).exists():
        raise LastOwner
    drop_owner(app, person, by=by, now=now)
    _tell(app, person, by, what, now, also=(person,))
    return True


def add_owner(app: Application, person: User, *, by: User | None, what: str, now: datetime, reason: str = "") -> None:
    """In the caller's transaction, under its lock."""
    app.owners.add(person)
    detail = {"what": what} | ({"reason": reason} if reason else {})
    _record(Kind.OWNER_ADDED, app, person, by, now, detail)
    also = (by,) if by is not None and what == "took_over" else ()
    _tell(app, person, by, what, now, also=also, reason=reason)


def drop_owner(app: Application, person: User, *, by: User | None, now: datetime) -> None:
    """In the caller's transaction, under its lock. What the person had invited ends with their ownership."""
    app.owners.remove(person)
    OwnerInvitation.objects.open(now).filter(application=app, invited_by=person).update(revoked_at=now)
    _record(Kind.OWNER_REMOVED, app, person, by, now, {})


def _record(kind: Kind, app: Application, person: User, by: User | None, now: datetime, detail: dict[str, str]) -> None:
    record(kind, now=now, actor=by, person=person, app=app, subject=("app", app.client_id), detail=detail)


def _tell(
    app: Application,
    person: User,
    by: User | None,
    what: str,
    now: datetime,
    *,
    also: tuple[User, ...] = (),
    reason: str = "",
) -> None:
    detail = {
        "what": what,
        "who": str(person),
        "person": str(person.pk),
        "by": str(by) if by and what != "assigned" else "",
        "reason": reason,
    }
    key = f"{app.client_id}:{person.pk}:{what}:{now.isoformat()}"
    about = ("app", app.client_id)
    tell_owners(app, NoticeKind.OWNER_CHANGED, key=key, now=now, about=about, detail=detail, also=also)
