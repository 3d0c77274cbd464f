"""The timeline of an authorization in plain words: one function per kind of event."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from django.utils.dateparse import parse_datetime
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from authorizations.events.kinds import Kind
from authorizations.events.models import Event
from authorizations.models import Authorization
from authorizations.notifications.models import Notice
from authorizations.notifications.texts import words as words_of
from authorizations.pages.device import device
from authorizations.pages.uses import titles
from authorizations.timeline import Entry
from authorizations.usage.reading import Series


@dataclass(frozen=True)
class Happening:
    icon_name: str
    title: str
    text: str = ""
    alarming: bool = False


Names = Mapping[str, str]  # of organizations, by id
Writer = Callable[[Event, Names], Happening]


def told(entry: Entry, organizations: Names) -> dict[str, Any]:
    """What the template shows of one entry."""
    if entry.event is not None:
        return {"at": entry.event.at, "said": _event(entry.event, organizations)}
    if entry.notice is not None:
        return {"at": entry.notice.created_at, "said": _notice(entry.notice)}
    series = _series(entry.calls)
    return {"at": None, "period": _period(series), "series": series, "said": _calls(series)}


def _series(calls: Sequence[tuple[date, int]]) -> Series:
    """From the first day with a call to the last, those without included."""
    counted, last, first = dict(calls), calls[0][0], calls[-1][0]
    days = [first + timedelta(days=n) for n in range((last - first).days + 1)]
    return Series(last, tuple(counted.get(day, 0) for day in days))


def _period(series: Series) -> str:
    first, last = series.last - timedelta(days=series.days - 1), series.last
    if first == last:
        return date_format(last, "j M Y")
    return _("%(first)s to %(last)s") % {"first": date_format(first, "j"), "last": date_format(last, "j M Y")}


def _event(event: Event, organizations: Names) -> Happening:
    if (writer := WRITERS.get(event.name)) is not None:
        return writer(event, organizations)
    # A kind that nobody has put into words yet is told rather than hidden.
    return Happening("info", event.name.replace(".", " ").replace("_", " ").capitalize())


def _notice(notice: Notice) -> Happening:
    try:
        title = words_of(notice).title
    except (KeyError, TypeError, ValueError):
        title = notice.kind.replace(".", " ").replace("_", " ").capitalize()
    return Happening("info", _("We told you: %(title)s") % {"title": title})


def _calls(series: Series) -> Happening:
    calls = ngettext("%(number)s call", "%(number)s calls", series.total) % {"number": f"{series.total:,}"}
    used = sum(1 for number in series.calls if number)
    days = ngettext("on %(number)s day", "on %(number)s days", used) % {"number": used}
    return Happening("use", f"{calls} {days}")


def _granted(event: Event, _names: Names) -> Happening:
    text = _("It may: %(titles)s") % {"titles": titles(event.detail.get("scopes", []))}
    if event.detail.get("migrated_from"):
        return Happening("check-circle", _("You moved to it from its old version"), text)
    if declined := titles(event.detail.get("declined", [])):
        text += " · " + _("You left out: %(titles)s") % {"titles": declined}
    return Happening("check-circle", _by(event, _("You approved it"), _("%(who)s approved it")), text)


def _widened(event: Event, names: Names) -> Happening:
    if "let_back" in event.detail:
        text = names.get(event.detail["let_back"], event.organization_name)
        return Happening("building", _by(event, _("You let it in again"), _("%(who)s let it in again")), text)
    if "added" not in event.detail:  # an approval of more names the organizations, too
        text = _places(event.detail["organizations"], names)
        return Happening("building", _by(event, _("You let it reach more"), _("%(who)s let it reach more")), text)
    title = _by(event, _("You gave it more permissions"), _("%(who)s gave it more permissions"))
    return Happening("plus", title, titles(event.detail.get("added", [])))


def _narrowed(event: Event, names: Names) -> Happening:
    if "shut_out" in event.detail:
        where = names.get(event.detail["shut_out"], event.organization_name)
        title = _("Administrators of %(organization)s ended what it could do there") % {"organization": where}
        return Happening("building", title, event.detail.get("reference", ""))
    if "organizations" in event.detail:
        text = _places(event.detail["organizations"], names)
        return Happening("building", _by(event, _("You limited where it reaches"), _("%(who)s limited it")), text)
    title = _by(event, _("You dropped permissions"), _("%(who)s dropped permissions"))
    return Happening("cross", title, titles(event.detail.get("dropped", [])))


def _end_moved(longer: bool) -> Writer:
    def write(event: Event, _names: Names) -> Happening:
        ours = _("You extended it") if longer else _("You shortened it")
        theirs = _("%(who)s extended it") if longer else _("%(who)s shortened it")
        ends = _instant(event.detail.get("expires_at"))
        text = _("It ends on %(day)s") % {"day": date_format(ends, "j M Y, H:i")} if ends else ""
        return Happening("clock", _by(event, ours, theirs), text)

    return write


def _revoked(event: Event, _names: Names) -> Happening:
    return Happening("revoke", _by(event, _("You revoked it"), _("%(who)s revoked it")), _reason(event))


def _connected(event: Event, _names: Names) -> Happening:
    text = device(event.user_agent) if event.user_agent else ""
    if event.address:
        text = _("%(device)s, from %(address)s") % {"device": device(event.user_agent), "address": event.address}
    return Happening("link", _("It connected"), text)


def _disconnected(event: Event, _names: Names) -> Happening:
    if event.actor_id and event.actor_id == event.person_id:
        return Happening("cross", _("You ended a connection"))
    reason = REASONS.get(event.detail.get("reason", ""))
    return Happening("cross", _("A connection was ended"), str(reason() if reason else _reason(event)))


def _plain(icon_name: str, title: Callable[[], str], text: Callable[[], str] = str, alarming: bool = False) -> Writer:
    return lambda _event, _names: Happening(icon_name, title(), text(), alarming)


def _by(event: Event, ours: str, theirs: str) -> str:
    if not event.actor_id or event.actor_id == event.person_id:
        return ours if event.actor_id else theirs % {"who": _("This portal")}
    return theirs % {"who": event.actor_name or _("Somebody else")}


def _reason(event: Event) -> str:
    """In words where the reason is one of ours; one that somebody wrote stays as it is."""
    reason = str(event.detail.get("reason", ""))
    if reason == Authorization.Ended.REVOKED:
        return ""
    return str(Authorization.Ended(reason).label) if reason in Authorization.Ended.values else reason


def _places(chosen: list[str] | None, names: Names) -> str:
    if chosen is None:
        return _("All your organizations")
    return ", ".join(sorted(names.get(pk, _("an organization you left")) for pk in chosen))


def _instant(text: Any) -> datetime | None:
    return parse_datetime(text) if isinstance(text, str) else None


REASONS: dict[str, Callable[[], str]] = {
    "refresh token reused": lambda: _("Its refresh token was used twice"),
    "secret ended": lambda: _("The secret that it had signed in with was ended"),
    "authorization code replayed": lambda: _("Its authorization code was used twice"),
}
WRITERS: dict[str, Writer] = {
    Kind.AUTHORIZATION_GRANTED: _granted,
    Kind.AUTHORIZATION_WIDENED: _widened,
    Kind.AUTHORIZATION_NARROWED: _narrowed,
    Kind.AUTHORIZATION_EXTENDED: _end_moved(longer=True),
    Kind.AUTHORIZATION_SHORTENED: _end_moved(longer=False),
    Kind.AUTHORIZATION_NOTED: _plain("pencil", lambda: _("You changed your note")),
    Kind.AUTHORIZATION_REVOKED: _revoked,
    Kind.AUTHORIZATION_EXPIRED: _plain("clock", lambda: _("Its time was over")),
    Kind.AUTHORIZATION_MIGRATED: _plain("refresh", lambda: _("You continued with the new version; this one ended")),
    Kind.AUTHORIZATION_SUNSET: _plain("clock", lambda: _("The legacy model ended")),
    Kind.AUTHORIZATION_RESTORED: _plain("refresh", lambda: _("You took the revocation back")),
    Kind.AUTHORIZATION_MIGRATED: _plain("external", lambda: _("You moved to its new version, and this one ended")),
    Kind.AUTHORIZATION_SUNSET: _plain("clock", lambda: _("The legacy model ended, and this with it")),
    Kind.CONSENT_CONFIRMED: _plain("check-circle", lambda: _("You approved it again")),
    Kind.CONNECTION_EXPIRED: _plain("clock", lambda: _("The time of a connection was over")),
    Kind.CONSENT_REFUSED: _plain("cross", lambda: _("You refused what it asked for")),
    Kind.AUTHORIZATION_REFUSED: _plain("cross", lambda: _("A request of the service was refused")),
    Kind.CONNECTION_CREATED: _connected,
    Kind.CONNECTION_REVOKED: _disconnected,
    Kind.TOKEN_REUSE_DETECTED: _plain(
        "warning",
        lambda: _("An old refresh token was used again"),
        lambda: _("Somebody may have copied it, so the connection was ended."),
        alarming=True,
    ),
    Kind.CODE_REPLAYED: _plain(
        "warning",
        lambda: _("An authorization code was used twice"),
        lambda: _("Somebody may have copied it, so what it had issued was ended."),
        alarming=True,
    ),
}
