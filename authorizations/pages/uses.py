"""What was used, in words: permissions with their marks, kinds of calls, organizations."""

from collections.abc import Iterable, Mapping
from datetime import date
from typing import Any

from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as _lazy
from django.utils.translation import ngettext

from authorizations.pages import describe
from authorizations.usage.breaks import Breaks
from authorizations.usage.marks import Mark, PermissionUse
from authorizations.usage.reading import FacetUse
from oauthapps import scopes as catalogue

KINDS = {
    "api": _lazy("Calls of the API"),
    "introspect": _lazy("Checks by another server"),
    "userinfo": _lazy("Looking up who you are"),
    "token": _lazy("Fetching new tokens"),
}
MARKS = {
    Mark.USED: ("ok", "check"),
    Mark.SMALLER: ("ok", "check"),
    Mark.NEVER: ("warning", "moon"),
    Mark.INCLUDED: ("neutral", "link"),
    Mark.UNCOUNTED: ("neutral", "info"),
}


def permission_groups(uses: Mapping[str, PermissionUse]) -> list[dict[str, Any]]:
    """The permissions by category, each with how it was used."""
    groups = describe.groups(uses)
    for group in groups:
        for item in group["items"]:
            item["use"] = mark(uses[item["identifier"]])
    return groups


def mark(use: PermissionUse) -> dict[str, str]:
    tone, icon_name = MARKS[use.mark]
    return {"tone": tone, "icon_name": icon_name, "label": _label(use), "text": _explained(use)}


def _label(use: PermissionUse) -> str:
    return {
        Mark.USED: _("Used"),
        Mark.SMALLER: _("Used in part"),
        Mark.NEVER: _("Never used"),
        Mark.INCLUDED: _("Part of another"),
        Mark.UNCOUNTED: _("Not counted"),
    }[use.mark]


def _explained(use: PermissionUse) -> str:
    if use.mark is Mark.USED:
        return calls_and_last(use.calls, use.last)
    if use.mark is Mark.SMALLER:
        words = {"calls": calls_and_last(use.calls, use.last), "parts": titles(use.parts)}
        return _("%(calls)s; all of it needed only %(parts)s") % words
    if use.mark is Mark.INCLUDED:
        return _("Comes with %(larger)s, which you gave too") % {"larger": titles(use.included_in)}
    if use.mark is Mark.UNCOUNTED:
        return _("It serves to sign you in, which is not counted")
    return _("No call seen here needed it")


def calls_and_last(calls: int, last: date | None) -> str:
    said = ngettext("%(number)s call", "%(number)s calls", calls) % {"number": f"{calls:,}"}
    return _("%(calls)s, last on %(day)s") % {"calls": said, "day": date_format(last, "j M Y")} if last else said


def titles(identifiers: Iterable[str]) -> str:
    return ", ".join(_(catalogue.CATALOGUE[s].title) for s in identifiers if s in catalogue.CATALOGUE)


def kind(value: str) -> str:
    return str(KINDS.get(value, value))


def breaks_card(found: Breaks) -> dict[str, Any]:
    """For `authorizations/_breaks.html`."""
    return {
        "days": found.days,
        "calls": found.calls,
        "total": ngettext("%(number)s call in %(days)s days", "%(number)s calls in %(days)s days", found.calls)
        % {"number": f"{found.calls:,}", "days": found.days},
        "checks": found.checks,
        "connections": found.connections,
        "kinds": [_line(kind(use.value), use) for use in found.kinds],
        "places": [_line(place.name, place.use) for place in found.places],
        "permissions": [_line(titles([use.value]) or use.value, use) for use in found.permissions],
    }


def _line(label: str, use: FacetUse) -> dict[str, Any]:
    return {"label": label, "calls": use.recent, "words": calls_and_last(use.recent, use.last)}
