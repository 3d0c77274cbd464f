"""What people and owners are told about acts of operations and about incidents."""

from datetime import datetime

from django.utils.formats import date_format
from django.utils.translation import gettext as _

from authorizations.notifications.kinds import NoticeKind
from authorizations.notifications.models import Notice
from authorizations.notifications.texts.words import Action, Words, writes

LIST = "/_usersSettings/authorizations"
Facts = tuple[tuple[str, str], ...]


def _when(instant: datetime) -> str:
    return f"{date_format(instant, 'j F Y, H:i')} UTC"


def _facts(notice: Notice, name: str) -> Facts:
    pairs = (
        (name, notice.app_name),
        (_("When"), _when(notice.created_at)),
        (_("Reason"), notice.detail.get("reason", "")),
    )
    return tuple((label, value) for label, value in pairs if value)


@writes(NoticeKind.SERVICE_SWITCHED)
def service_switched(notice: Notice) -> Words:
    """`detail`: what (off, on, secret, disconnected), reason."""
    app = {"app": notice.app_name}
    title, said = {
        "off": (
            _("%(app)s was switched off"),
            _(
                "Operations switched %(app)s off. All its calls are refused. Your approval is kept for the case that it is switched on again."
            ),
        ),
        "on": (
            _("%(app)s was switched on again"),
            _("Operations switched %(app)s on again. What you approved before holds: it may act for you as before."),
        ),
        "secret": (
            _("%(app)s has to connect anew"),
            _(
                "Operations ended the secret with which %(app)s had connected. Your approval stands; it connects again once its owners have replaced the secret."
            ),
        ),
        "disconnected": (
            _("%(app)s was disconnected"),
            _(
                "Operations ended connections of %(app)s to your account. Your approval stands; it asks you to sign in when it connects again."
            ),
        ),
    }[notice.detail["what"]]
    return Words(
        title=title % app,
        paragraphs=(said % app, _("There is nothing to do. If you no longer want the service, revoke it.")),
        why=_("You are told because you approved %(app)s.") % app,
        action=Action(_("See what it may do"), f"{LIST}/{notice.about_id}"),
        facts=_facts(notice, _("Service")),
    )


@writes(NoticeKind.APP_SWITCHED)
def app_switched(notice: Notice) -> Words:
    """`detail`: what (off, on), reason."""
    app = {"app": notice.app_name}
    if notice.detail["what"] == "off":
        title = _("Your app %(app)s was switched off")
        said = _(
            "Operations switched %(app)s off. Every call of it is refused until it is switched on again; nothing of it is lost."
        )
    else:
        title = _("Your app %(app)s was switched on again")
        said = _("Operations switched %(app)s on again. What people approved before holds.")
    return Words(
        title % app,
        (said % app,),
        _("You are an owner of %(app)s.") % app,
        Action(_("See your app"), f"/app/{notice.app_id}"),
        _facts(notice, _("App")),
    )


@writes(NoticeKind.INCIDENT_TOLD)
def incident_told(notice: Notice) -> Words:
    """`detail`: role (person, owner, administrator), subject, since, until, done, text, reference, organization."""
    said = notice.detail
    role, subject = said["role"], said["subject"]
    since, until = datetime.fromisoformat(said["since"]), datetime.fromisoformat(said["until"])
    words = {"subject": subject, "organization": said.get("organization", "")}
    concerns = {
        "person": _("It may have been used to reach what you can reach here."),
        "owner": _("You are an owner of it, so you can do most about it."),
        "administrator": _(
            "People of %(organization)s use it, so what belongs to %(organization)s may have been reached."
        )
        % words,
    }[role]
    why = {
        "person": _("You are told because you used it, or could be reached through it, in that time."),
        "owner": _("You are an owner of the app."),
        "administrator": _("You administer %(organization)s.") % words,
    }[role]
    happened = _("Between %(since)s and %(until)s somebody who should not have may have used %(subject)s.") % (
        words | {"since": _when(since), "until": _when(until)}
    )
    action = (
        Action(_("See your app"), f"/app/{notice.app_id}")
        if role == "owner" and notice.app_id
        else Action(_("See your authorizations"), LIST)
    )
    facts: list[tuple[str, str]] = [(_("Reference"), said["reference"])]
    facts += [(_("Done about it"), "; ".join(said["done"]))] if said.get("done") else []
    return Words(
        _("Security notice about %(subject)s") % words,
        (happened, concerns, *(p for p in said.get("text", "").split("\n\n") if p.strip())),
        why,
        action,
        tuple(facts),
    )
