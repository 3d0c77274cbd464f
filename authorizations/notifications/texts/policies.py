"""What people are told about the policies of their organizations: before they are refused, and as administrators."""

from datetime import datetime
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from authorizations.notifications.kinds import NoticeKind
from authorizations.notifications.models import Notice
from authorizations.notifications.texts.words import Action, Words, writes

LISTED = 10
CHOICES = {
    "all": "All members",
    "listed": "Members on the allow-list",
    "packaging": "All members, with packaging permissions alone",
    "listed_or_packaging": "Members on the allow-list; others with packaging permissions alone",
    "none": "Nobody",
}


def value_words(value: Any) -> str:
    """A value of a policy for people."""
    if isinstance(value, bool):
        return _("On") if value else _("Off")
    if value is None:
        return _("No limit")
    if isinstance(value, int):
        return ngettext("%(n)s day", "%(n)s days", value) % {"n": value}
    return _(CHOICES[value]) if value in CHOICES else str(value)


def _minute(instant: str) -> str:
    return f"{datetime.fromisoformat(instant):%-d %B %Y, %H:%M} UTC"


def _names(names: list[str], total: int) -> str:
    more = total - len(names[:LISTED])
    return ", ".join(names[:LISTED]) + (_(" and %(count)s more") % {"count": more} if more > 0 else "")


def _about(notice: Notice) -> dict[str, str]:
    said = notice.detail
    return {
        "organization": said["organization"],
        "policy": _(said["title"]),
        "day": _minute(said["effective_at"]),
        "by": said.get("by", ""),
    }


def _facts(notice: Notice, *more: tuple[str, str]) -> tuple[tuple[str, str], ...]:
    said = notice.detail
    facts = (
        (_("Organization"), said["organization"]),
        (_("Policy"), _(said["title"])),
        (_("Before"), value_words(said["old"])),
        (_("After"), value_words(said["new"])),
        *more,
        (_("From"), _minute(said["effective_at"])),
        (_("Reason"), said["why"]),
    )
    return tuple((label, value) for label, value in facts if value)


def _title(notice: Notice, begun: str, coming: str, back: str) -> str:
    if notice.detail.get("recalled"):
        return back % _about(notice)
    later = datetime.fromisoformat(notice.detail["effective_at"]) > notice.created_at
    return (coming if later else begun) % _about(notice)


@writes(NoticeKind.POLICY_ANNOUNCED)
def policy_announced(notice: Notice) -> Words:
    """`detail`: what a change is, services (names), number of them, tokens (number), recalled."""
    said = notice.detail
    title = _title(
        notice,
        _("%(organization)s now refuses something you use"),
        _("%(organization)s will refuse something you use from %(day)s"),
        _("%(organization)s took back what was announced"),
    )
    told: tuple[str, ...]
    if said.get("recalled"):
        told = (
            _("What was announced about “%(policy)s” does not hold any more. There is nothing to do.") % _about(notice),
        )
    else:
        told = (
            _("An administrator of %(organization)s changed “%(policy)s”. What does not fit it is refused there.")
            % _about(notice),
            _("Nothing changes in your other organizations, and nothing you approved is lost."),
            _("If you need it there, ask the administrators of the organization, or have the service approved."),
        )
    services = _names(said.get("services", []), said.get("number", 0))
    tokens = str(said["tokens"]) if said.get("tokens") else ""
    return Words(
        title,
        told,
        _("You are told because you use it in %(organization)s.") % _about(notice),
        Action(_("See your authorizations"), "/_usersSettings/authorizations"),
        _facts(notice, (_("Services"), services), (_("Personal access tokens"), tokens)),
    )


@writes(NoticeKind.APP_POLICY_ANNOUNCED)
def app_policy_announced(notice: Notice) -> Words:
    """`detail`: what a change is, services (names of the owner's apps), number of them, recalled."""
    said = notice.detail
    title = _title(
        notice,
        _("%(organization)s now refuses your app"),
        _("%(organization)s will refuse your app from %(day)s"),
        _("%(organization)s took back what was announced about your app"),
    )
    told: tuple[str, ...]
    if said.get("recalled"):
        told = (
            _("What was announced about “%(policy)s” does not hold any more. There is nothing to do.") % _about(notice),
        )
    else:
        told = (
            _(
                "An administrator of %(organization)s changed “%(policy)s”. Calls that do not fit it are answered with 403."
            )
            % _about(notice),
            _("Tokens stay good elsewhere: keep them, and tell the people of your app what happens there."),
            _(
                "What may help: verify a domain of your company, ask for fewer permissions, or have the app approved there."
            ),
        )
    return Words(
        title,
        told,
        _("You are told because you are an owner of this app."),
        Action(_("See your apps"), "/app/"),
        _facts(notice, (_("Apps"), _names(said.get("services", []), said.get("number", 0)))),
    )


@writes(NoticeKind.POLICY_CHANGED)
def policy_changed(notice: Notice) -> Words:
    """`detail`: what a change is, what (the event), by."""
    titles = {
        "policy.changed": _("%(by)s changed a policy of %(organization)s: %(policy)s"),
        "policy.scheduled": _("%(by)s planned a change of a policy of %(organization)s: %(policy)s"),
        "policy.cancelled": _("%(by)s cancelled a planned change of a policy of %(organization)s: %(policy)s"),
    }
    return Words(
        titles[notice.detail["what"]] % _about(notice),
        (_("You see what it means, who is affected and the way back on the page of the policies."),),
        _("You are told because you are an administrator of %(organization)s.") % _about(notice),
        Action(_("See the policies"), f"/{notice.detail['slug']}/_settings/policies"),
        _facts(notice),
    )
