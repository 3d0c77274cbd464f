"""Who may change an organization: asked again inside the transaction, under the lock of the organization's row.

Changes of one organization wait for each other there, so that two administrators who act at once cannot both be the
last but one, and nobody changes anything with a right that ended a moment ago.
"""

from typing import Any

from django.db.models import Q, QuerySet
from django.utils.translation import gettext as _

from accounts.models import Membership, Organization, User
from oauthapps.names import NameProblem, check_text


class Refused(Exception):
    """`field`: the form's field that it is about, empty for none. The text says what is wrong and what to do."""

    def __init__(self, field: str, message: str) -> None:
        super().__init__(message)
        self.field = field


class NoRight(Refused):
    def __init__(self) -> None:
        super().__init__("", _("You are no longer an administrator of this organization. Nothing was changed."))


class LastAdministrator(Refused):
    def __init__(self) -> None:
        super().__init__("", _("An organization always has an administrator. Make somebody else one first."))


class Stale(Refused):
    """Somebody was quicker: what the page showed is not so any more."""

    def __init__(self) -> None:
        super().__init__(
            "", _("Somebody changed this meanwhile. It is shown as it is now; nothing of yours was saved.")
        )


def lock(organization: Organization) -> Organization:
    """The row as it is now. Takes no key lock: rows that only point to it are written meanwhile."""
    return Organization.objects.select_for_update(no_key=True).get(pk=organization.pk)


def lock_for(organization: Organization, by: User, *, operations: bool = False) -> Organization:
    """`operations`: staff act from the admin and need not be members. Raises NoRight."""
    row = lock(organization)
    if not operations and not administrators(row).filter(person=by).exists():
        raise NoRight
    return row


def administrators(organization: Organization) -> QuerySet[Membership]:
    """The memberships that administer and whose people can sign in. The owner always administers."""
    return organization.memberships.filter(
        Q(administrator=True) | Q(person=organization.owner_id), person__is_active=True
    )


def keep_an_administrator(organization: Organization, *, without: User) -> None:
    """Raises LastAdministrator when nobody who can sign in would be left."""
    if not administrators(organization).exclude(person=without).exists():
        raise LastAdministrator


def shown_name(text: str, field: str = "name", *, most: int = 64) -> str:
    """A name in any script, on one line. Raises Refused."""
    name = " ".join(text.split())
    if not any(character.isalnum() for character in name):
        raise Refused(field, _("Use letters or digits, so that people can see and say it."))
    if "://" in name:
        raise Refused(field, _("A name is no web address. It stands in mails, where an address would mislead."))
    return _checked(name, field, most=most)


def shown_text(text: str, field: str, *, most: int) -> str:
    """Several lines. Raises Refused."""
    return _checked(text.replace("\r\n", "\n").strip(), field, most=most, lines=True)


def _checked(text: str, field: str, **rules: Any) -> str:
    try:
        return check_text(text, **rules)
    except NameProblem as problem:
        raise Refused(field, str(problem)) from None
