"""Mails to an address instead of a person: somebody who may never have been here. In the same outbox as all others."""

import uuid
from datetime import datetime
from typing import Any

from django.utils.formats import date_format
from django.utils.translation import gettext as _

from authorizations.notifications import links
from authorizations.notifications.compose import NAMESPACE
from authorizations.notifications.models import Message
from authorizations.notifications.texts.words import Action, Words

ORGANIZATION_INVITATION = "organization.invitation"


def _id(key: str) -> uuid.UUID:
    return uuid.uuid5(NAMESPACE, f"letter\x00{key}")


def send(address: str, kind: str, said: dict[str, Any], *, key: str, now: datetime) -> None:
    """Once per key, inside the caller's transaction. `said` holds no token, code or secret."""
    message = Message(
        id=_id(key),
        channel=Message.Channel.MAIL,
        address=address,
        payload=said | {"letter": kind},
        created_at=now,
        due_at=now,
    )
    Message.objects.bulk_create([message], ignore_conflicts=True)


def withdraw(key: str, *, now: datetime) -> bool:
    """If it still waits, it is not sent."""
    waiting = Message.objects.filter(pk=_id(key), sent_at=None, dropped_at=None)
    return bool(waiting.update(dropped_at=now, problem="no longer so"))


def words(payload: dict[str, Any]) -> Words:
    """KeyError for a letter that nobody has written."""
    return {ORGANIZATION_INVITATION: _invitation}[payload["letter"]](payload)


def _invitation(payload: dict[str, Any]) -> Words:
    said = {"organization": payload["organization"], "by": payload["by"]}
    ends = datetime.fromisoformat(payload["expires_at"])
    return Words(
        _("%(by)s invites you to %(organization)s") % said,
        (
            _("%(by)s invites you to become a member of the organization %(organization)s.") % said,
            _("Open the link and sign in with your personal Microsoft account or your work account. It works once."),
        ),
        _(
            "You get this mail because somebody wrote your address into an invitation. If you do not know them, ignore it: nothing happens."
        ),
        Action(_("See the invitation"), links.invitation_path(payload["seed"])),
        ((_("Organization"), payload["organization"]), (_("Ends"), f"{date_format(ends, 'j F Y, H:i')} UTC")),
    )
