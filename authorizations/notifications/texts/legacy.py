"""What people and owners are told about the end of the legacy model, its brown-outs, and a move to the new version."""

from datetime import datetime

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from authorizations.notifications.kinds import NoticeKind
from authorizations.notifications.models import Notice
from authorizations.notifications.texts.words import Action, Words, writes

LISTED = 10


def _day(value: str) -> str:
    return f"{datetime.fromisoformat(value):%-d %B %Y, %H:%M} UTC"


def _names(names: list[str]) -> str:
    shown = ", ".join(names[:LISTED])
    more = len(names) - LISTED
    return shown + (_(" and %(count)s more") % {"count": more} if more > 0 else "")


def _left(days: int) -> str:
    return ngettext("in %(days)s day", "in %(days)s days", days) % {"days": days}


def _use(app: dict[str, int | str | None]) -> str:
    calls = int(app["calls"] or 0)
    if not calls:
        return _("not used in the last 30 days")
    return ngettext("%(calls)s call in the last 30 days", "%(calls)s calls in the last 30 days", calls) % {
        "calls": f"{calls:,}"
    }


@writes(NoticeKind.LEGACY_ENDING)
def legacy_ending(notice: Notice) -> Words:
    """`detail`: sunset, days, apps (name, calls of this person in 30 days, whether a new version is there)."""
    apps, days = notice.detail["apps"], int(notice.detail["days"])
    names, ready = [a["name"] for a in apps], [a["name"] for a in apps if a["twin"]]
    title = ngettext(
        "%(names)s stops working for you %(when)s", "%(count)s services stop working for you %(when)s", len(apps)
    )
    paragraphs = [
        _("The way they connect ends on %(day)s. From that moment on they can do nothing for you.")
        % {"day": _day(notice.detail["sunset"])}
    ]
    if ready:
        paragraphs.append(
            _(
                "A new version is ready for: %(names)s. When it asks, continue with one click; you keep what you allowed, and it gets nothing more."
            )
            % {"names": _names(ready)}
        )
    if len(ready) < len(apps):
        paragraphs.append(_("If you depend on one that has no new version yet, ask its makers when it comes."))
    return Words(
        title % {"names": _names(names), "count": len(apps), "when": _left(days)},
        tuple(paragraphs),
        _("You are told because you approved these services, which use the legacy model."),
        Action(_("See your authorizations"), "/_usersSettings/authorizations"),
        tuple((a["name"], _use(a)) for a in apps[:LISTED]),
    )


@writes(NoticeKind.APP_LEGACY_ENDING)
def app_legacy_ending(notice: Notice) -> Words:
    """`detail`: sunset, days, apps (name, people left, calls in 30 days, whether there is a twin)."""
    apps, days = notice.detail["apps"], int(notice.detail["days"])
    title = ngettext("%(names)s ends %(when)s", "%(count)s of your apps end %(when)s", len(apps))
    paragraphs = [
        _(
            "The legacy model ends on %(day)s. From that moment on sign-in, tokens and every call of these apps are refused."
        )
        % {"day": _day(notice.detail["sunset"])},
        _(
            "The migration page of each app lists what to change, makes its new version, and shows how many people have moved."
        ),
    ]
    facts = []
    for app in apps[:LISTED]:
        left = ngettext("%(left)s person left", "%(left)s people left", app["people"]) % {"left": app["people"]}
        facts.append(
            (app["name"], f"{left}, {_use(app)}, {_('new version made') if app['twin'] else _('no new version')}")
        )
    return Words(
        title % {"names": _names([a["name"] for a in apps]), "count": len(apps), "when": _left(days)},
        tuple(paragraphs),
        _("You are told because you are an owner of these apps."),
        Action(_("See your legacy apps"), "/app/legacy"),
        tuple(facts),
    )


def _window(notice: Notice) -> tuple[tuple[str, str], ...]:
    return (
        (_("Starts"), _day(notice.detail["starts_at"])),
        (_("Ends"), _day(notice.detail["ends_at"])),
        (_("Concerns"), _names(notice.detail["apps"])),
    )


def _paused_title(notice: Notice) -> str:
    day = _day(notice.detail["starts_at"])
    if notice.detail["changed"]:
        return _("Changed: the legacy model pauses on %(day)s") % {"day": day}
    return _("The legacy model pauses on %(day)s") % {"day": day}


@writes(NoticeKind.BROWN_OUT_ANNOUNCED)
def brown_out_announced(notice: Notice) -> Words:
    """`detail`: starts_at, ends_at, reason, apps (names), changed."""
    return Words(
        _paused_title(notice),
        (
            notice.detail["reason"],
            _(
                "Services that use the legacy model do not work in this time. Afterwards they work again; you do not need to do anything."
            ),
        ),
        _("You are told because you approved services that use the legacy model."),
        Action(_("See your authorizations"), "/_usersSettings/authorizations"),
        _window(notice),
    )


@writes(NoticeKind.APP_BROWN_OUT_ANNOUNCED)
def app_brown_out_announced(notice: Notice) -> Words:
    return Words(
        _paused_title(notice),
        (
            notice.detail["reason"],
            _(
                "In this time every legacy answer is 503 with Retry-After. Tokens stay good: keep them, wait, and try again. The standard model is not touched."
            ),
        ),
        _("You are told because you are an owner of legacy apps."),
        Action(_("See your legacy apps"), "/app/legacy"),
        _window(notice),
    )


@writes(NoticeKind.LEGACY_MIGRATED)
def legacy_migrated(notice: Notice) -> Words:
    """`detail`: old (name of the legacy app), authorization (the id of the new one)."""
    return Words(
        _("You continue with the new version of %(name)s") % {"name": notice.detail["old"]},
        (
            _("%(name)s may do nothing that the old one could not, in the same places, and no longer than it could.")
            % {"name": notice.app_name},
            _("The old connection has ended. If it was not you who continued, revoke the new one now."),
        ),
        _("You are told because an authorization of yours was moved."),
        Action(_("See your authorizations"), "/_usersSettings/authorizations"),
    )
