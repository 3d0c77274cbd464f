"""What people are told about their place in an organization."""

from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from authorizations.notifications.kinds import NoticeKind
from authorizations.notifications.models import Notice
from authorizations.notifications.texts.words import Action, Words, writes

# As accounts names them; this layer is below accounts.
LEVELS = {
    "stakeholder": gettext_lazy("Stakeholder"),
    "basic": gettext_lazy("Basic"),
    "basic_test_plans": gettext_lazy("Basic + Test Plans"),
    "visual_studio": gettext_lazy("Visual Studio subscriber"),
}


def _said(notice: Notice) -> dict[str, str]:
    return {"organization": notice.detail["organization"], "by": notice.detail.get("by") or _("Operations")}


def _member(notice: Notice) -> str:
    return _("You are a member of %(organization)s.") % _said(notice)


def _settings(notice: Notice) -> Action:
    return Action(_("See the organization"), f"/{notice.detail['slug']}/_settings/")


def _facts(notice: Notice, *more: tuple[str, str]) -> tuple[tuple[str, str], ...]:
    return ((_("Organization"), notice.detail["organization"]), *more)


def _level(value: Any) -> str:
    return str(LEVELS.get(value, value))


@writes(NoticeKind.ORGANIZATION_JOINED)
def joined(notice: Notice) -> Words:
    said, level = _said(notice), notice.detail.get("access_level")
    if notice.detail.get("owner"):
        return Words(
            _("%(by)s made the organization %(organization)s for you") % said,
            (_("You are its owner: you decide who belongs to it and which services may touch it."),),
            _("You own %(organization)s.") % said,
            _settings(notice),
            _facts(notice),
        )
    return Words(
        _("%(by)s added you to %(organization)s") % said,
        (_("A service that you allowed for all your organizations reaches this one too, with what you may do there."),),
        _member(notice),
        _settings(notice),
        _facts(notice, (_("Access level"), _level(level))),
    )


@writes(NoticeKind.ORGANIZATION_RIGHTS_CHANGED)
def rights_changed(notice: Notice) -> Words:
    after = notice.detail["after"]
    title = _("%(by)s changed your rights in %(organization)s")
    if after.get("administrator") is True:
        title = _("%(by)s made you an administrator of %(organization)s")
    elif after.get("administrator") is False:
        title = _("You are no longer an administrator of %(organization)s")
    return Words(
        title % _said(notice),
        (_("It counts from the next call of each service and tool that acts for you there."),),
        _member(notice),
        _settings(notice),
        _facts(notice, *_changes(notice.detail["before"], after)),
    )


def _changes(before: dict[str, Any], after: dict[str, Any]) -> list[tuple[str, str]]:
    labels = {
        "access_level": _("Access level"),
        "administrator": _("Administrator"),
        "reviewer": _("Answers requests for services"),
        "may_make_tokens": _("May make personal access tokens"),
    }
    return [
        (label, _("%(before)s, now %(after)s") % {"before": _value(before[key]), "after": _value(after[key])})
        for key, label in labels.items()
        if key in after
    ]


def _value(value: Any) -> str:
    return (_("yes") if value else _("no")) if isinstance(value, bool) else _level(value)


@writes(NoticeKind.ORGANIZATION_LEFT)
def left(notice: Notice) -> Words:
    said = _said(notice)
    return Words(
        _("%(by)s removed you from %(organization)s") % said,
        (
            _(
                "Services and personal access tokens that act for you reach nothing there any more. In your other organizations they go on."
            ),
            _("If you think it is a mistake, ask an administrator of the organization to invite you again."),
        ),
        _("You were a member of %(organization)s.") % said,
        Action(_("See what you approved"), "/_usersSettings/authorizations"),
        _facts(notice),
    )


@writes(NoticeKind.ORGANIZATION_OWNER_CHANGED)
def owner_changed(notice: Notice) -> Words:
    said = _said(notice) | {"before": notice.detail["before"], "after": notice.detail["after"]}
    return Words(
        _("%(after)s is now the owner of %(organization)s") % said,
        (
            _("%(before)s was the owner before, and stays an administrator.") % said,
            _("If that was not agreed, talk to each other, or to the operations staff of this portal."),
        ),
        _("You are or were the owner of %(organization)s.") % said,
        _settings(notice),
        _facts(notice, (_("Owner"), said["after"])),
    )


@writes(NoticeKind.INVITATION_ACCEPTED)
def invitation_accepted(notice: Notice) -> Words:
    said = _said(notice) | {"who": notice.detail["who"], "account": notice.detail["account"]}
    lines = [_("The invitation was sent to %(address)s.") % {"address": notice.detail["address"]}]
    if notice.detail.get("another"):
        lines.append(
            _(
                "The account that accepted it has another address. If that is not the person you meant, remove the member."
            )
        )
    return Words(
        _("%(who)s joined %(organization)s") % said,
        tuple(lines),
        _("You had invited them to %(organization)s.") % said,
        Action(_("See the members"), f"/{notice.detail['slug']}/_settings/members"),
        _facts(notice, (_("Account"), said["account"])),
    )
