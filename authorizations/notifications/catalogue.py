"""What each kind of notice is called, who it is for, and what a person may decide about its mail."""

from collections.abc import Collection
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from django.utils.translation import gettext_lazy as _

from authorizations.notifications.kinds import NoticeKind


class Audience(StrEnum):
    PEOPLE = "people"
    OWNERS = "owners"
    REVIEWERS = "reviewers"
    ORGANIZATIONS = "organizations"


@dataclass(frozen=True)
class About:
    """`always` says why its mail cannot be turned off; `urgent` mails do not wait for a digest."""

    label: Any
    audience: Audience
    urgent: bool = True
    always: Any = ""


ABOUT: dict[NoticeKind, About] = {
    NoticeKind.SERVICE_CONNECTED: About(_("A service connected"), Audience.PEOPLE),
    NoticeKind.PERMISSION_WIDENED: About(_("A service may do more than before"), Audience.PEOPLE),
    NoticeKind.AUTHORIZATION_EXPIRING: About(_("An authorization ends soon"), Audience.PEOPLE),
    NoticeKind.AUTHORIZATION_EXPIRED: About(_("An authorization ended"), Audience.PEOPLE, urgent=False),
    NoticeKind.AUTHORIZATION_REVOKED: About(
        _("Somebody else stopped a service for you"),
        Audience.PEOPLE,
        always=_("You did not do it yourself, so you have to hear about it."),
    ),
    NoticeKind.SERVICE_SWITCHED: About(
        _("A service you approved was stopped or works again"),
        Audience.PEOPLE,
        always=_("You did not do it yourself, so you have to hear about it."),
    ),
    NoticeKind.INCIDENT_TOLD: About(
        _("Something happened that may concern your data"),
        Audience.PEOPLE,
        always=_("It is about the safety of your account, your app or your organization."),
    ),
    NoticeKind.SERVICE_SHUT_OUT: About(
        _("An organization stopped a service for you"),
        Audience.PEOPLE,
        always=_("You did not do it yourself, so you have to hear about it."),
    ),
    NoticeKind.AUTHORIZATION_UNUSED: About(_("A service was not used for 90 days"), Audience.PEOPLE, urgent=False),
    NoticeKind.LEGACY_ENDING: About(_("A service on the old model stops soon"), Audience.PEOPLE, urgent=False),
    NoticeKind.LEGACY_MIGRATED: About(_("A service moved to the new model"), Audience.PEOPLE, urgent=False),
    NoticeKind.BROWN_OUT_ANNOUNCED: About(_("A trial shutdown of a service"), Audience.PEOPLE, urgent=False),
    NoticeKind.APPROVAL_ANSWERED: About(_("A request of yours was answered"), Audience.PEOPLE),
    NoticeKind.SERVICE_LOSING: About(_("The approval of a service you use ends soon"), Audience.PEOPLE, urgent=False),
    NoticeKind.SERVICE_LOST: About(
        _("An organization blocked a service you use, or approves less of it"), Audience.PEOPLE
    ),
    NoticeKind.APPROVAL_ASKED: About(_("Somebody asks to approve a service"), Audience.REVIEWERS),
    NoticeKind.APPROVAL_WAITING: About(_("A request still waits for an answer"), Audience.REVIEWERS),
    NoticeKind.APPROVAL_DENIED_BY_MAIL: About(
        _("A request was denied through a link in a mail to you"),
        Audience.REVIEWERS,
        always=_("Nobody signed in for it, so you have to hear about it."),
    ),
    NoticeKind.APPROVAL_ENDING: About(_("The approval of a service ends soon"), Audience.REVIEWERS, urgent=False),
    NoticeKind.APPROVAL_ENDED: About(_("The approval of a service ended"), Audience.REVIEWERS, urgent=False),
    NoticeKind.POLICY_ANNOUNCED: About(_("An organization will refuse something you use"), Audience.PEOPLE),
    NoticeKind.POLICY_CHANGED: About(
        _("A policy of an organization you administer changed"),
        Audience.PEOPLE,
        always=_("You answer for that organization together with whoever changed it."),
    ),
    NoticeKind.APP_POLICY_ANNOUNCED: About(_("An organization will refuse your app"), Audience.OWNERS),
    NoticeKind.PERSONAL_TOKEN_CHANGED: About(
        _("A personal access token was made or changed"),
        Audience.PEOPLE,
        always=_("Whoever holds a token can act as you."),
    ),
    NoticeKind.PERSONAL_TOKEN_EXPIRING: About(_("A personal access token ends soon"), Audience.PEOPLE),
    NoticeKind.PERSONAL_TOKEN_ENDED: About(_("A personal access token ended"), Audience.PEOPLE, urgent=False),
    NoticeKind.PERSONAL_TOKEN_REVOKED: About(
        _("Somebody else revoked a personal access token of yours"),
        Audience.PEOPLE,
        always=_("You did not do it yourself, so you have to hear about it."),
    ),
    NoticeKind.PERSONAL_TOKEN_LEAKED: About(
        _("A personal access token was found where it must not be"),
        Audience.PEOPLE,
        always=_("Whoever found it could act as you until it ended."),
    ),
    NoticeKind.PERSONAL_TOKEN_STOPPED: About(
        _("An administrator ended a personal token of yours"),
        Audience.PEOPLE,
        always=_("You did not do it yourself, so you have to hear about it."),
    ),
    NoticeKind.REVOCATION_RULE_APPLIED: About(
        _("A rule of an organization stopped services or personal tokens of yours"),
        Audience.PEOPLE,
        always=_("You did not do it yourself, so you have to hear about it."),
    ),
    NoticeKind.SECRET_EXPIRING: About(_("A secret ends soon"), Audience.OWNERS),
    NoticeKind.SECRET_EXPIRED: About(_("A secret ended"), Audience.OWNERS),
    NoticeKind.SECRET_CHANGED: About(
        _("A secret was made, replaced or ended"),
        Audience.OWNERS,
        always=_("Whoever holds a secret can act as your app."),
    ),
    NoticeKind.SECRET_LEAKED: About(
        _("A secret was found where it must not be"),
        Audience.OWNERS,
        always=_("Whoever found it can act as your app until it is replaced."),
    ),
    NoticeKind.OWNER_CHANGED: About(
        _("The owners of an app changed"), Audience.OWNERS, always=_("An owner can change everything about your app.")
    ),
    NoticeKind.APP_LEGACY_ENDING: About(_("The old model of an app ends"), Audience.OWNERS, urgent=False),
    NoticeKind.APP_BROWN_OUT_ANNOUNCED: About(_("A trial shutdown of an app"), Audience.OWNERS),
    NoticeKind.APP_SWITCHED: About(
        _("An app was switched off or on again"),
        Audience.OWNERS,
        always=_("Nothing of your app works while it is off."),
    ),
    NoticeKind.APP_DELETED: About(
        _("An app was deleted"), Audience.OWNERS, always=_("It cannot be undone, so every owner has to hear about it.")
    ),
    NoticeKind.ORGANIZATION_JOINED: About(_("You were added to an organization"), Audience.ORGANIZATIONS),
    NoticeKind.ORGANIZATION_RIGHTS_CHANGED: About(_("Your rights in an organization changed"), Audience.ORGANIZATIONS),
    NoticeKind.ORGANIZATION_LEFT: About(
        _("You were removed from an organization"),
        Audience.ORGANIZATIONS,
        always=_("Services that act for you there stop, so you have to hear about it."),
    ),
    NoticeKind.ORGANIZATION_OWNER_CHANGED: About(
        _("An organization has a new owner"),
        Audience.ORGANIZATIONS,
        always=_("An owner can change everything about an organization."),
    ),
    NoticeKind.INVITATION_ACCEPTED: About(_("Somebody accepted your invitation"), Audience.ORGANIZATIONS),
    NoticeKind.OPERATIONS_ROLE_CHANGED: About(
        _("Your role in the operations of this portal changed"),
        Audience.PEOPLE,
        always=_("Whoever has a role can see or change what is other people's."),
    ),
}
# A kind that nobody described yet is mailed at once, and cannot be turned off.
UNDESCRIBED = About(_("Other"), Audience.PEOPLE, always=_("It concerns your account."))


def about(kind: str) -> About:
    try:
        return ABOUT[NoticeKind(kind)]
    except (ValueError, KeyError):
        return UNDESCRIBED


def can_be_silenced(kind: str) -> bool:
    return not about(kind).always


def is_silenced(kind: str, silenced: Collection[str]) -> bool:
    return kind in silenced and can_be_silenced(kind)
