"""Words for people who approve services."""

from datetime import datetime

from django.utils.formats import date_format
from django.utils.translation import gettext as _

from authorizations.notifications.kinds import NoticeKind
from authorizations.notifications.models import Notice
from authorizations.notifications.texts.words import Action, Words, writes

LIST = "/_usersSettings/authorizations"


def _page(notice: Notice) -> str:
    return f"{LIST}/{notice.about_id}"


def _day(instant: str) -> str:
    return date_format(datetime.fromisoformat(instant), "j F Y")


def _minute(instant: datetime) -> str:
    return f"{date_format(instant, 'j F Y, H:i')} UTC"


def _permissions(notice: Notice, key: str = "permissions") -> str:
    return ", ".join(_(title) for title in notice.detail.get(key, []))


def _facts(*pairs: tuple[str, str]) -> tuple[tuple[str, str], ...]:
    return tuple((label, value) for label, value in pairs if value)


def _approved(notice: Notice) -> str:
    return _("You are told because you approved %(app)s.") % {"app": notice.app_name}


@writes(NoticeKind.SERVICE_CONNECTED)
def service_connected(notice: Notice) -> Words:
    app = {"app": notice.app_name}
    if notice.detail.get("first"):
        title = _("%(app)s is connected to your account") % app
        said = _("You approved %(app)s, and it connected for the first time. It may now act for you.") % app
    else:
        title = _("%(app)s connected from somewhere new") % app
        said = _("%(app)s, which you approved before, connected from a program it had not used until now.") % app
    return Words(
        title=title,
        paragraphs=(said, _("Was it you? Then there is nothing to do. If not, stop it: its next call is refused.")),
        why=_approved(notice),
        action=Action(_("See what it may do"), _page(notice)),
        facts=_facts(
            (_("Service"), notice.app_name),
            (_("May"), _permissions(notice)),
            (_("When"), _minute(datetime.fromisoformat(notice.detail["at"]))),
            (_("From address"), notice.detail.get("address", "")),
            (_("Program"), notice.detail.get("program", "")),
        ),
    )


@writes(NoticeKind.PERMISSION_WIDENED)
def permission_widened(notice: Notice) -> Words:
    app = {"app": notice.app_name}
    return Words(
        title=_("%(app)s may now do more for you") % app,
        paragraphs=(
            _("On the approval page you gave %(app)s permissions that it did not have before.") % app,
            _("Was it you? Then there is nothing to do. If not, stop it: its next call is refused."),
        ),
        why=_approved(notice),
        action=Action(_("See what it may do"), _page(notice)),
        facts=_facts(
            (_("Service"), notice.app_name),
            (_("New"), _permissions(notice, "added")),
            (_("When"), _minute(notice.created_at)),
        ),
    )


@writes(NoticeKind.AUTHORIZATION_EXPIRING)
def authorization_expiring(notice: Notice) -> Words:
    day = _day(notice.detail["expires_at"])
    return Words(
        title=_("%(app)s stops acting for you on %(day)s") % {"app": notice.app_name, "day": day},
        paragraphs=(
            _("Your approval of %(app)s ends on %(day)s. From then on its calls are refused.")
            % {"app": notice.app_name, "day": day},
            _("To keep it, renew it before that day. To let it end, do nothing."),
        ),
        why=_approved(notice),
        action=Action(_("Renew it"), f"{_page(notice)}/renew"),
        facts=_facts((_("Service"), notice.app_name), (_("Last used"), _last_used(notice))),
    )


def _last_used(notice: Notice) -> str:
    used = notice.detail.get("last_used_at")
    return _day(used) if used else _("never")


@writes(NoticeKind.AUTHORIZATION_EXPIRED)
def authorization_expired(notice: Notice) -> Words:
    app = {"app": notice.app_name}
    return Words(
        title=_("%(app)s no longer acts for you") % app,
        paragraphs=(
            _("The time for which you approved %(app)s is over. Its calls are refused.") % app,
            _("To use it again, connect it again from its own pages and approve it anew."),
        ),
        why=_approved(notice),
        action=Action(_("See your authorizations"), LIST),
    )


@writes(NoticeKind.AUTHORIZATION_REVOKED)
def authorization_revoked(notice: Notice) -> Words:
    app, reason = {"app": notice.app_name}, notice.detail.get("reason", "")
    return Words(
        title=_("%(app)s was stopped") % app,
        paragraphs=(
            _("Somebody other than you ended your approval of %(app)s. Its calls are refused from now on.") % app,
            _("There is nothing to do. If you still need it, ask those who look after it, or approve it again."),
        ),
        why=_approved(notice),
        action=Action(_("See your authorizations"), LIST),
        facts=_facts(
            (_("Service"), notice.app_name),
            (_("When"), _minute(notice.created_at)),
            (_("Reason"), _(reason) if reason else ""),
        ),
    )


@writes(NoticeKind.SERVICE_SHUT_OUT)
def service_shut_out(notice: Notice) -> Words:
    """`detail`: organization (its name), why."""
    words = {"app": notice.app_name, "organization": notice.detail["organization"]}
    return Words(
        title=_("%(app)s may do nothing more for you in %(organization)s") % words,
        paragraphs=(
            _("An administrator of %(organization)s ended what %(app)s could do there for you.") % words,
            _("In your other organizations it goes on as before, and you can still sign in to it."),
            _("If you still need it there, ask your administrators first; then let it in again on its page."),
        ),
        why=_approved(notice),
        action=Action(_("See where it may act"), f"{_page(notice)}/organizations"),
        facts=_facts(
            (_("Service"), notice.app_name),
            (_("Organization"), notice.detail["organization"]),
            (_("When"), _minute(notice.created_at)),
            (_("Reason"), notice.detail["why"]),
        ),
    )


@writes(NoticeKind.AUTHORIZATION_UNUSED)
def authorization_unused(notice: Notice) -> Words:
    used, app = notice.detail.get("last_used_at"), notice.app_name
    if used:
        said = _("%(app)s was last used on %(day)s, more than 90 days ago. It may still act for you.")
        first = said % {"app": app, "day": _day(used)}
    else:
        first = _("%(app)s was not used since you approved it more than 90 days ago. It may still act for you.") % {
            "app": app
        }
    return Words(
        title=_("Do you still need %(app)s?") % {"app": app},
        paragraphs=(first, _("If you no longer need it, revoke it. You can approve it again at any time.")),
        why=_approved(notice),
        action=Action(_("See what it may do"), _page(notice)),
    )
