"""What happens to people: sign-in, deactivation."""

from datetime import datetime

from django.db import IntegrityError, transaction

from accounts.entra import Identity
from accounts.models import User
from authorizations.events.kinds import Kind
from authorizations.events.log import record
from authorizations.switches import reading as switches
from authorizations.switches.models import Switch


def apply_identity(person: User, identity: Identity) -> bool:
    """Takes over what the directory says about the person; True when anything changed."""
    before = (person.display_name, person.principal_name, person.email)
    person.display_name = identity.name or person.display_name
    person.principal_name = identity.principal_name or person.principal_name
    person.email = identity.email or (
        identity.principal_name if not person.email and "@" in identity.principal_name else person.email
    )
    return before != (person.display_name, person.principal_name, person.email)


def sign_in(identity: Identity, *, now: datetime) -> User:
    """The person of this (tenant, object), made on the first sign-in. Two first sign-ins at once make one person.

    While the portal is read-only, people who are known sign in as always (they may have to stop a service), and nothing
    of them is changed; somebody new raises NobodyNew."""
    read_only = switches.on(Switch.READ_ONLY, now) is not None
    with transaction.atomic():
        person = _find_or_create(identity, may_create=not read_only)
        if not read_only and apply_identity(person, identity):
            person.save(update_fields=["display_name", "principal_name", "email"])
        kind = Kind.PERSON_SIGNED_IN if person.is_active else Kind.PERSON_SIGN_IN_REFUSED
        record(kind, now=now, actor=person, person=person, subject=("person", person.pk))
    return person


def sign_out(person: User, *, now: datetime) -> None:
    record(Kind.PERSON_SIGNED_OUT, now=now, actor=person, person=person, subject=("person", person.pk))


class NobodyNew(Exception):
    """The portal is read-only: a first sign-in has to wait."""


def _find_or_create(identity: Identity, *, may_create: bool) -> User:
    where = {"tenant_id": identity.tenant_id, "object_id": identity.object_id}
    try:
        return User.objects.get(**where)
    except User.DoesNotExist:
        if not may_create:
            raise NobodyNew from None
    try:
        with transaction.atomic():
            return User.objects.create_person(
                **where, display_name=identity.name, principal_name=identity.principal_name
            )
    except IntegrityError:
        return User.objects.get(**where)


@transaction.atomic
def deactivate(person: User, *, by: User | None, reason: str, now: datetime) -> bool:
    """Everything the person approved is refused from this commit on: each decision reads `is_active`."""
    if not User.objects.filter(pk=person.pk, is_active=True).update(is_active=False, deactivated_at=now):
        return False
    record(
        Kind.PERSON_DEACTIVATED,
        now=now,
        actor=by,
        person=person,
        subject=("person", person.pk),
        detail={"reason": reason},
    )
    return True


@transaction.atomic
def reactivate(person: User, *, by: User | None, now: datetime, reason: str = "") -> bool:
    if not User.objects.filter(pk=person.pk, is_active=False).update(is_active=True, deactivated_at=None):
        return False
    detail = {"reason": reason} if reason else {}
    record(Kind.PERSON_REACTIVATED, now=now, actor=by, person=person, subject=("person", person.pk), detail=detail)
    return True
