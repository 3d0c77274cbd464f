"""Words for people whose tokens an administrator of an organization stopped there."""

from datetime import datetime
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from authorizations.notifications.kinds import NoticeKind
from authorizations.notifications.models import Notice
from authorizations.notifications.texts.people import LIST, _facts, _minute, _permissions
from authorizations.notifications.texts.words import Action, Words, writes


def _listed(notice: Notice, key: str) -> str:
    """Names, and how many more there are."""
    named, more = ", ".join(notice.detail.get(key, [])), notice.detail.get(f"more_{key}", 0)
    return _("%(names)s and %(count)s more") % {"names": named, "count": more} if named and more else named


def _who(notice: Notice) -> dict[str, Any]:
    return {"organization": notice.detail["organization"], "by": notice.detail["by"]}


def _member(notice: Notice) -> str:
    return _("You are told because you belong to %(organization)s.") % _who(notice)


@writes(NoticeKind.PERSONAL_TOKEN_STOPPED)
def personal_token_stopped(notice: Notice) -> Words:
    names, elsewhere = notice.detail["names"], notice.detail.get("elsewhere")
    who = _who(notice)
    title = ngettext(
        "Your personal token “%(name)s” no longer works in %(organization)s",
        "%(number)s of your personal tokens no longer work in %(organization)s",
        len(names),
    ) % (who | {"name": names[0], "number": len(names)})
    said = _("%(by)s, who administers %(organization)s, ended it. Calls with it are refused there from now on.") % who
    more = (
        _("A token that you made for all your organizations goes on in the others.")
        if elsewhere
        else _("It is over for good. If a tool still needs one, make a new one.")
    )
    return Words(
        title=title,
        paragraphs=(said, more),
        why=_member(notice),
        facts=_facts(
            (_("Personal tokens"), ", ".join(names)),
            (_("Organization"), notice.detail["organization"]),
            (_("When"), _minute(notice.created_at)),
            (_("Reason"), notice.detail.get("why", "")),
        ),
    )


@writes(NoticeKind.REVOCATION_RULE_APPLIED)
def revocation_rule_applied(notice: Notice) -> Words:
    who, before = _who(notice), _minute(datetime.fromisoformat(notice.detail["before"]))
    return Words(
        title=_("%(organization)s no longer accepts some of your services or tokens") % who,
        paragraphs=(
            _(
                "%(by)s made a rule in %(organization)s: it refuses everything that was begun before %(before)s and "
                "has one of the permissions below."
            )
            % (who | {"before": before}),
            _(
                "To go on, connect the service again from its own pages and approve it anew, or make the personal "
                "token anew. Nothing changes in other organizations."
            ),
        ),
        why=_member(notice),
        action=Action(_("See your authorizations"), LIST) if notice.detail.get("services") else None,
        facts=_facts(
            (_("Services"), _listed(notice, "services")),
            (_("Personal tokens"), _listed(notice, "tokens")),
            (_("Permissions"), _permissions(notice)),
            (_("Organization"), notice.detail["organization"]),
            (_("Reason"), notice.detail.get("why", "")),
        ),
    )
