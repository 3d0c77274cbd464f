"""What owners of apps are told about their secrets, about each other, and about the end of an app."""

from datetime import datetime

from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from authorizations.notifications.kinds import NoticeKind
from authorizations.notifications.models import Notice
from authorizations.notifications.texts.words import Action, Words, writes


def _why(notice: Notice) -> str:
    return _("You are an owner of %(app)s.") % {"app": notice.app_name}


def _slot(notice: Notice) -> str:
    return _("alternative secret") if notice.detail.get("slot") == "alternative" else _("primary secret")


def _ends(notice: Notice) -> str:
    at = datetime.fromisoformat(notice.detail["expires_at"])
    return _("%(day)s at %(time)s UTC") % {"day": date_format(at, "j F Y"), "time": date_format(at, "H:i")}


def _secrets(notice: Notice) -> Action:
    return Action(_("Look after the secrets"), f"/app/{notice.app_id}/secrets")


def _connections(number: int) -> str:
    return ngettext("%(number)s connection", "%(number)s connections", number) % {"number": number}


def _facts(notice: Notice, *more: tuple[str, str]) -> tuple[tuple[str, str], ...]:
    key = (_("Secret"), _("%(slot)s, begins with %(key)s") % {"slot": _slot(notice), "key": notice.detail["key_id"]})
    return ((_("App"), notice.app_name), key, *more)


def _about(notice: Notice) -> dict[str, str]:
    return {"app": notice.app_name, "slot": _slot(notice), "by": notice.detail.get("by") or _("the portal")}


@writes(NoticeKind.SECRET_EXPIRING)
def secret_expiring(notice: Notice) -> Words:
    days, connections = notice.detail["days"], notice.detail.get("connections", 0)
    words = _about(notice) | {"when": _ends(notice)}
    if days:
        title = ngettext(
            "The %(slot)s of %(app)s ends in %(days)s day",
            "The %(slot)s of %(app)s ends in %(days)s days",
            days,
        ) % (words | {"days": days})
    else:
        title = _("The %(slot)s of %(app)s ends today") % words
    depends = (
        _("Today %(connections)s would end with it.") % {"connections": _connections(connections)}
        if connections
        else _("No connection depends on it at the moment.")
    )
    return Words(
        title,
        (
            _("It ends on %(when)s. From that moment it is refused, and everything that was connected with it.")
            % words,
            depends,
            _("Make a secret in the other slot, move your service to it, and nothing stops."),
        ),
        _why(notice),
        _secrets(notice),
        _facts(notice, (_("Ends"), _ends(notice))),
    )


@writes(NoticeKind.SECRET_EXPIRED)
def secret_expired(notice: Notice) -> Words:
    number = notice.detail.get("connections", 0)
    ended = (
        _("%(connections)s ended with it. People whose connection ended connect anew.")
        % {"connections": _connections(number)}
        if number
        else _("No connection depended on it.")
    )
    return Words(
        _("The %(slot)s of %(app)s has ended") % _about(notice),
        (_("It ended on %(when)s and is refused since.") % {"when": _ends(notice)}, ended),
        _why(notice),
        _secrets(notice),
        _facts(notice, (_("Ended"), _ends(notice))),
    )


@writes(NoticeKind.SECRET_CHANGED)
def secret_changed(notice: Notice) -> Words:
    titles = {
        "made": _("%(by)s made a new secret for %(app)s"),
        "regenerated": _("%(by)s regenerated the %(slot)s of %(app)s"),
        "ended": _("%(by)s ended the %(slot)s of %(app)s"),
    }
    number = notice.detail.get("connections", 0)
    said = {
        "made": _("The secrets that were there before go on working."),
        "regenerated": _("The secret that was in this slot before is refused from now on."),
        "ended": _("It is refused from now on."),
    }[notice.detail["what"]]
    ended = (_("%(connections)s ended with it.") % {"connections": _connections(number)},) if number else ()
    return Words(
        titles[notice.detail["what"]] % _about(notice),
        (said, *ended, _("If that was not agreed, look at the owners of the app and end the secret.")),
        _why(notice),
        _secrets(notice),
        _facts(notice, *((_("Reason"), said) for said in [notice.detail.get("reason", "")] if said)),
    )


@writes(NoticeKind.SECRET_LEAKED)
def secret_leaked(notice: Notice) -> Words:
    number, where = notice.detail.get("connections", 0), notice.detail.get("where", "")
    found = ((_("Found at"), where),) if where else ()
    return Words(
        _("A secret of %(app)s was found in the open and ended") % _about(notice),
        (
            _("Somebody reported the %(slot)s of %(app)s: they had its value. It was ended at once.") % _about(notice),
            _("%(connections)s ended with it.") % {"connections": _connections(number)},
            _(
                "Make a new secret, put it where only your service can read it, and look for what was done with the old one."
            ),
        ),
        _why(notice),
        _secrets(notice),
        _facts(notice, *found),
    )


@writes(NoticeKind.OWNER_CHANGED)
def owner_changed(notice: Notice) -> Words:
    what = notice.detail["what"]
    words = {"app": notice.app_name, "who": notice.detail["who"], "by": notice.detail.get("by") or _("Operations")}
    titles = {
        "joined": _("%(who)s is now an owner of %(app)s"),
        "took_over": _("%(who)s took over %(app)s from %(by)s"),
        "left": _("%(who)s is no longer an owner of %(app)s"),
        "removed": _("%(by)s removed %(who)s from the owners of %(app)s"),
        "assigned": _("Operations made %(who)s an owner of %(app)s"),
    }
    said = {
        "joined": _("%(by)s had invited them."),
        "took_over": _("%(by)s handed the app over and is no longer an owner."),
        "left": _("They left by themselves."),
        "removed": _("They can no longer see or change the app. Secrets they know go on working until you end them."),
        "assigned": _("The reason given: %(reason)s"),
    }
    words["reason"] = notice.detail.get("reason", "")
    mine = str(notice.person_id) == notice.detail.get("person")
    gone = mine and what in {"removed", "left"}
    return Words(
        titles[what] % words,
        (said[what] % words,),
        _("You were an owner of %(app)s.") % words if gone else _why(notice),
        None if gone else Action(_("See the owners"), f"/app/{notice.app_id}/owners"),
        ((_("App"), notice.app_name),),
    )


@writes(NoticeKind.APP_DELETED)
def app_deleted(notice: Notice) -> Words:
    words = {"app": notice.app_name, "by": notice.detail.get("by") or _("Operations")}
    if notice.detail.get("role") == "person":
        return Words(
            _("%(app)s was deleted by its owners") % words,
            (
                _("It can do nothing more for you: what you had allowed it ended at once."),
                _("What it copied before stays with its makers; ask them if you want it removed."),
            ),
            _("You had approved %(app)s.") % words,
            Action(_("See what you approved"), "/_usersSettings/authorizations"),
            ((_("Service"), notice.app_name),),
        )
    people, connections = notice.detail.get("people", 0), notice.detail.get("connections", 0)
    stopped = ngettext(
        "It stopped for %(people)s person, with %(connections)s.",
        "It stopped for %(people)s people, with %(connections)s.",
        people,
    ) % {"people": people, "connections": _connections(connections)}
    return Words(
        _("%(by)s deleted %(app)s") % words,
        (stopped, _("This cannot be undone: its app ID is never given out again.")),
        _("You were an owner of %(app)s.") % words,
        None,
        ((_("App"), notice.app_name), (_("App ID"), notice.app_id)),
    )
