"""Organizations: made, renamed, handed over."""

from datetime import datetime

from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _

from accounts import addresses
from accounts.models import AccessLevel, Membership, Organization, User
from accounts.services.standing import NoRight, Refused, lock, lock_for, shown_name
from accounts.services.telling import tell
from authorizations.events.kinds import Kind
from authorizations.events.log import record
from authorizations.notifications.kinds import NoticeKind

MOST_OWNED = 50


@transaction.atomic
def create(*, name: str, slug: str, owner: User, by: User, now: datetime) -> Organization:
    """With its owner as first member and administrator. Raises Refused."""
    name, slug = shown_name(name), _address(slug)
    if owner.owned_organizations.count() >= MOST_OWNED:
        raise Refused("", _("One person owns at most %(most)s organizations.") % {"most": MOST_OWNED})
    try:
        with transaction.atomic():
            made = Organization.objects.create(name=name, slug=slug, owner=owner)
    except IntegrityError:
        raise Refused("slug", _("“%(slug)s” is taken. Choose another.") % {"slug": slug}) from None
    Membership.objects.create(organization=made, person=owner, access_level=AccessLevel.BASIC, administrator=True)
    detail = {"name": name, "slug": slug}
    subject = ("organization", made.pk)
    record(
        Kind.ORGANIZATION_CREATED, now=now, actor=by, person=owner, organization=made, subject=subject, detail=detail
    )
    tell(owner, NoticeKind.ORGANIZATION_JOINED, made, by=by, now=now, detail={"owner": True})
    return made


def _address(slug: str) -> str:
    try:
        return addresses.checked(slug)
    except addresses.WrongAddress as problem:
        raise Refused("slug", str(problem)) from None


@transaction.atomic
def rename(organization: Organization, name: str, *, by: User, now: datetime, operations: bool = False) -> bool:
    """The address name stays: links and programs hold it. Raises Refused."""
    row, name = lock_for(organization, by, operations=operations), shown_name(name)
    if not Organization.objects.filter(pk=row.pk).exclude(name=name).update(name=name):
        return False
    detail, row.name = {"before": {"name": row.name}, "after": {"name": name}}, name
    subject = ("organization", row.pk)
    record(Kind.ORGANIZATION_CHANGED, now=now, actor=by, organization=row, subject=subject, detail=detail)
    return True


@transaction.atomic
def transfer(organization: Organization, to: User, *, by: User, now: datetime, operations: bool = False) -> None:
    """The owner makes another member the owner, and stays an administrator. Raises Refused."""
    row = lock(organization)
    if not operations and row.owner_id != by.pk:
        raise NoRight
    before = row.owner
    member = Membership.objects.filter(organization=row, person=to, person__is_active=True)
    if before.pk == to.pk or not member.exists():
        raise Refused("", _("Only another member who can sign in can become the owner."))
    Organization.objects.filter(pk=row.pk, owner=before).update(owner=to)
    row.memberships.filter(person__in=[before, to]).update(administrator=True)
    detail = {"before": {"owner": str(before), "owner_id": str(before.pk)}}
    subject = ("organization", row.pk)
    record(
        Kind.ORGANIZATION_OWNER_CHANGED, now=now, actor=by, person=to, organization=row, subject=subject, detail=detail
    )
    said = {"before": str(before), "after": str(to)}
    for person in (before, to):  # both, also the one who did it: a hand-over nobody meant has to be noticed
        tell(person, NoticeKind.ORGANIZATION_OWNER_CHANGED, row, by=None, now=now, detail=said)
