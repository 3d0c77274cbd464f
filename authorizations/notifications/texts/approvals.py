"""What is said about approvals: to those who review requests, to who asked, and to members whose service loses one."""

from datetime import datetime

from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from authorizations.notifications.kinds import NoticeKind
from authorizations.notifications.models import Notice
from authorizations.notifications.texts.words import Action, Words, writes

MINE = "/_usersSettings/requests"


def _day(instant: str) -> str:
    return date_format(datetime.fromisoformat(instant), "j F Y")


def _names(notice: Notice) -> dict[str, str]:
    said = notice.detail
    return {
        "app": notice.app_name,
        "organization": said["organization"],
        "person": said.get("person", ""),
        "by": said.get("by", ""),
    }


def _titles(notice: Notice, key: str) -> str:
    return ", ".join(_(title) for title in notice.detail.get(key) or [])


def _facts(*pairs: tuple[str, str]) -> tuple[tuple[str, str], ...]:
    return tuple((label, value) for label, value in pairs if value)


def _review(notice: Notice) -> str:
    return f"/{notice.detail['slug']}/_settings/approvals"


def _reviewer(notice: Notice) -> str:
    return _("You review requests for services in %(organization)s.") % _names(notice)


def _request(notice: Notice) -> tuple[tuple[str, str], ...]:
    return _facts(
        (_("Service"), notice.app_name),
        (_("Asked by"), notice.detail["person"]),
        (_("What for"), notice.detail["justification"]),
        (_("Permissions"), _titles(notice, "permissions")),
        (_("Answer until"), _day(notice.detail["expires_at"])),
    )


@writes(NoticeKind.APPROVAL_ASKED)
def approval_asked(notice: Notice) -> Words:
    names = _names(notice)
    return Words(
        title=_("%(person)s asks to approve %(app)s for %(organization)s") % names,
        paragraphs=(
            _("%(app)s can do nothing with these permissions in %(organization)s until somebody approves it.") % names,
            _("Your answer counts for all members. You may approve a part of it, or for some days only."),
        ),
        why=_reviewer(notice),
        action=Action(_("Answer the request"), f"{_review(notice)}/{notice.about_id}"),
        facts=_request(notice),
    )


@writes(NoticeKind.APPROVAL_WAITING)
def approval_waiting(notice: Notice) -> Words:
    names = _names(notice) | {"day": _day(notice.detail["expires_at"]), "asked": _day(notice.detail["asked_at"])}
    return Words(
        title=_("%(person)s still waits for an answer about %(app)s") % names,
        paragraphs=(
            _("The request for %(organization)s was made on %(asked)s. Without an answer it ends on %(day)s.") % names,
        ),
        why=_reviewer(notice),
        action=Action(_("Answer the request"), f"{_review(notice)}/{notice.about_id}"),
        facts=_request(notice),
    )


@writes(NoticeKind.APPROVAL_ANSWERED)
def approval_answered(notice: Notice) -> Words:
    title, first = ANSWERS[notice.detail["state"]]
    names, until = _names(notice), notice.detail.get("until")
    partly = notice.detail["state"] == "approved" and notice.detail.get("left")
    return Words(
        title=str(PARTLY if partly else title) % names,
        paragraphs=(str(first) % names,),
        why=_("You asked for it."),
        action=Action(_("See your requests"), MINE),
        facts=_facts(
            (_("Service"), notice.app_name),
            (_("Approved"), _titles(notice, "approved")),
            (_("Not approved"), _titles(notice, "left") if notice.detail["state"] == "approved" else ""),
            (_("Until"), _day(until) if until else ""),
            (_("Answered by"), names["by"]),
            (_("Answer"), notice.detail.get("answer", "")),
        ),
    )


PARTLY = gettext_lazy("A part of what you asked for %(app)s in %(organization)s is approved")
ANSWERS = {
    "approved": (
        gettext_lazy("%(app)s is approved for %(organization)s"),
        gettext_lazy("The service can use what was approved there from now on, as far as your own access goes."),
    ),
    "denied": (
        gettext_lazy("Your request about %(app)s was denied"),
        gettext_lazy(
            "%(app)s still cannot do in %(organization)s what you asked for. You may ask again with better reasons."
        ),
    ),
    "blocked": (
        gettext_lazy("%(app)s is blocked in %(organization)s"),
        gettext_lazy("Somebody who reviews requests blocked the service. It can do nothing there."),
    ),
    "expired": (
        gettext_lazy("Nobody answered your request about %(app)s"),
        gettext_lazy("%(app)s still cannot do in %(organization)s what you asked for. You may ask again."),
    ),
}


@writes(NoticeKind.APPROVAL_DENIED_BY_MAIL)
def approval_denied_by_mail(notice: Notice) -> Words:
    names = _names(notice)
    return Words(
        title=_("A request was denied through a link in a mail to you"),
        paragraphs=(
            _("The request of %(person)s about %(app)s in %(organization)s was denied without signing in.") % names,
            _(
                "Was it you? Then there is nothing to do. If not, you can approve the service, and look after your mailbox."
            ),
        ),
        why=_reviewer(notice),
        action=Action(_("See the request"), f"{_review(notice)}/{notice.about_id}"),
    )


@writes(NoticeKind.APPROVAL_ENDING)
def approval_ending(notice: Notice) -> Words:
    names = _names(notice) | {"day": _day(notice.detail["ends_at"])}
    return Words(
        title=_("The approval of %(app)s in %(organization)s ends on %(day)s") % names,
        paragraphs=(_("To keep the service working there, extend the approval. To let it end, do nothing."),),
        why=_reviewer(notice),
        action=Action(_("Look at the approval"), f"{_review(notice)}/services/{notice.app_id}"),
        facts=_facts((_("Service"), notice.app_name), (_("Ends"), _titles(notice, "permissions"))),
    )


@writes(NoticeKind.APPROVAL_ENDED)
def approval_ended(notice: Notice) -> Words:
    return Words(
        title=_("The approval of %(app)s in %(organization)s ended") % _names(notice),
        paragraphs=(_("Its time is over. The service cannot use these permissions there until it is approved again."),),
        why=_reviewer(notice),
        action=Action(_("Look at the approval"), f"{_review(notice)}/services/{notice.app_id}"),
        facts=_facts((_("Service"), notice.app_name), (_("Ended"), _titles(notice, "permissions"))),
    )


def _uses(notice: Notice) -> str:
    return _("You are told because you approved %(app)s and belong to %(organization)s.") % _names(notice)


@writes(NoticeKind.SERVICE_LOSING)
def service_losing(notice: Notice) -> Words:
    names = _names(notice) | {"day": _day(notice.detail["ends_at"])}
    return Words(
        title=_("%(app)s may stop working in %(organization)s on %(day)s") % names,
        paragraphs=(
            _("The approval of %(organization)s for the service ends that day. Those who review requests know it too.")
            % names,
            _("If you need the service there, ask them to extend it."),
        ),
        why=_uses(notice),
        action=Action(_("See the service"), f"/_usersSettings/authorizations/{notice.about_id}"),
        facts=_facts((_("Service"), notice.app_name), (_("Ends"), _titles(notice, "permissions"))),
    )


@writes(NoticeKind.SERVICE_LOST)
def service_lost(notice: Notice) -> Words:
    title, first = LOST[notice.detail["how"]]
    names = _names(notice)
    return Words(
        title=str(title) % names,
        paragraphs=(str(first) % names, _("What you approved stays as it is, and works in your other organizations.")),
        why=_uses(notice),
        action=Action(_("See the service"), f"/_usersSettings/authorizations/{notice.about_id}"),
        facts=_facts(
            (_("Service"), notice.app_name),
            (_("No longer there"), _titles(notice, "permissions")),
            (_("Reason"), notice.detail.get("why", "")),
        ),
    )


LOST = {
    "blocked": (
        gettext_lazy("%(app)s was blocked in %(organization)s"),
        gettext_lazy("%(organization)s blocked the service. Its calls there are refused."),
    ),
    "ended": (
        gettext_lazy("%(app)s can do less in %(organization)s"),
        gettext_lazy("%(organization)s took back its approval, in whole or in part. Calls that need it are refused."),
    ),
    "expired": (
        gettext_lazy("%(app)s can do less in %(organization)s"),
        gettext_lazy("The approval of %(organization)s is over, in whole or in part. Calls that need it are refused."),
    ),
}
