"""Words for people with personal access tokens."""

from datetime import datetime

from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from authorizations.notifications.kinds import NoticeKind
from authorizations.notifications.models import Notice
from authorizations.notifications.texts.words import Action, Words, writes

LIST = "/_usersSettings/tokens"


def _named(notice: Notice) -> dict[str, str]:
    return {"name": str(notice.detail.get("name", "")), "day": _day(notice, "expires_at")}


def _day(notice: Notice, key: str) -> str:
    value = notice.detail.get(key)
    return date_format(datetime.fromisoformat(value), "j F Y") if value else ""


def _facts(notice: Notice, *more: tuple[str, str]) -> tuple[tuple[str, str], ...]:
    place = str(notice.detail.get("organization") or _("All of your organizations"))
    always = ((_("Token"), _named(notice)["name"]), (_("Organization"), place))
    return (*always, *((label, value) for label, value in more if value))


def _why() -> str:
    return _("You are told because the token acts as you.")


def _tokens(label: str, query: str = "") -> Action:
    return Action(label, f"{LIST}{query}")


def _used(notice: Notice) -> tuple[str, str]:
    return (_("Last used"), _day(notice, "last_used_at") or _("never"))


@writes(NoticeKind.PERSONAL_TOKEN_CHANGED)
def changed(notice: Notice) -> Words:
    said = {
        "made": (
            _("A personal access token was made: “%(name)s”"),
            _("It was made with your account. Until %(day)s, whoever has it can act as you."),
        ),
        "regenerated": (
            _("The personal access token “%(name)s” has a new value"),
            _("The value before is refused from now on. The new one is good until %(day)s."),
        ),
        "changed": (
            _("The personal access token “%(name)s” was changed"),
            _("What it may do, where, or for how long is not what it was. It ends on %(day)s."),
        ),
    }
    title, first = said[notice.detail["what"]]
    return Words(
        title=title % _named(notice),
        paragraphs=(
            first % _named(notice),
            _("Was it you? Then there is nothing to do. If not, revoke it: its next call is refused."),
        ),
        why=_why(),
        action=_tokens(_("See your tokens")),
        facts=_facts(
            notice,
            (_("May"), ", ".join(_(title) for title in notice.detail.get("permissions", []))),
            (_("When"), f"{date_format(notice.created_at, 'j F Y, H:i')} UTC"),
            (_("From address"), notice.detail.get("address", "")),
            (_("Program"), notice.detail.get("program", "")),
        ),
    )


@writes(NoticeKind.PERSONAL_TOKEN_EXPIRING)
def expiring(notice: Notice) -> Words:
    days = int(notice.detail["days"])
    left = ngettext("in %(days)s day", "in %(days)s days", days) % {"days": days}
    return Words(
        title=_("The personal access token “%(name)s” ends %(left)s") % (_named(notice) | {"left": left}),
        paragraphs=(
            _("It ends on %(day)s. From then on the tools that use it are refused.") % _named(notice),
            _("To go on, regenerate it and put the new value into those tools. To let it end, do nothing."),
        ),
        why=_why(),
        action=_tokens(_("Regenerate it")),
        facts=_facts(notice, _used(notice)),
    )


@writes(NoticeKind.PERSONAL_TOKEN_ENDED)
def ended(notice: Notice) -> Words:
    if notice.detail.get("because") == "idle":
        first = _("It was not used for longer than its organization accepts, so it was ended.")
    else:
        first = _("Its time is over.")
    return Words(
        title=_("The personal access token “%(name)s” has ended") % _named(notice),
        paragraphs=(
            f"{first} {_('Tools that still use it are refused.')}",
            _("If you still need it, make a new one."),
        ),
        why=_why(),
        action=_tokens(_("Make a new token"), "/new"),
        facts=_facts(notice, _used(notice)),
    )


@writes(NoticeKind.PERSONAL_TOKEN_REVOKED)
def revoked(notice: Notice) -> Words:
    by = str(notice.detail.get("by") or "")
    return Words(
        title=_("Your personal access token “%(name)s” was revoked") % _named(notice),
        paragraphs=(
            _("Somebody other than you ended it. Tools that use it are refused from now on."),
            _("There is nothing to do. If you still need it, ask those who look after your organization first."),
        ),
        why=_why(),
        action=_tokens(_("See your tokens"), "?state=revoked"),
        facts=_facts(notice, (_("By"), by), (_("When"), f"{date_format(notice.created_at, 'j F Y, H:i')} UTC")),
    )


@writes(NoticeKind.PERSONAL_TOKEN_LEAKED)
def leaked(notice: Notice) -> Words:
    return Words(
        title=_("Your personal access token “%(name)s” was found in the open and revoked") % _named(notice),
        paragraphs=(
            _("Somebody who found its value reported it. It was ended at once, and tools that use it are refused."),
            _(
                "Make a new one, keep it where only you can read it, and look for what was done with the old one "
                "since it was last in your hands alone."
            ),
        ),
        why=_why(),
        action=_tokens(_("Make a new token"), "/new"),
        facts=_facts(notice, (_("Found at"), notice.detail.get("where", "")), _used(notice)),
    )
