"""Words for operations staff of this portal."""

from django.utils.translation import gettext as _

from authorizations.notifications.kinds import NoticeKind
from authorizations.notifications.models import Notice
from authorizations.notifications.texts.people import _facts, _minute
from authorizations.notifications.texts.words import Action, Words, writes


@writes(NoticeKind.OPERATIONS_ROLE_CHANGED)
def operations_role_changed(notice: Notice) -> Words:
    by = notice.detail["by"] or _("Somebody with access to the server")
    if role := notice.detail["role"]:
        title = _("You have a role in the operations of this portal: %(role)s") % {"role": _short(role)}
        means = {
            "auditor": _("You can read everything on the operations pages, and change nothing."),
            "operator": _("You can read everything on the operations pages, and act on services and people."),
            "administrator": _("You can read and change everything on the operations pages, and give roles."),
        }[role]
    else:
        title, means = (
            _("You no longer have a role in the operations of this portal"),
            _("The operations pages are closed to you from now on."),
        )
    return Words(
        title=title,
        paragraphs=(_("%(by)s changed it.") % {"by": by}, means),
        why=_("You are told because it is about what you may do here."),
        action=Action(_("Open the operations pages"), "/admin/") if role else None,
        facts=_facts(
            (_("Before"), _short(notice.detail["was"]) if notice.detail["was"] else _("none")),
            (_("Reason"), notice.detail["why"]),
            (_("When"), _minute(notice.created_at)),
        ),
    )


def _short(role: str) -> str:
    return {"auditor": _("auditor"), "operator": _("operator"), "administrator": _("administrator")}[role]
