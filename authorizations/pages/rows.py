"""One row of the Authorizations page: what a service may do, how it is used, until when, and what stands out."""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from authorizations.models import Authorization, standing
from authorizations.pages import describe
from authorizations.services.sunset import days_left
from authorizations.usage.reading import Series
from oauthapps import scopes as catalogue

MOST_LINES = 3
MOST_NAMES = 2


def row(
    authorization: Authorization, series: Series, organizations: Mapping[str, str], now: datetime
) -> dict[str, Any]:
    """`organizations`: names of the person's organizations by id."""
    return {
        "id": authorization.pk,
        "app": describe.app_card(authorization.application),
        "powers": powers(authorization.scopes),
        "where": where(authorization.organizations, organizations),
        "limited": authorization.organizations is not None,
        "granted_at": authorization.granted_at,
        "page_version": authorization.page_version,
        "last_used_at": authorization.last_used_at,
        "expires_at": authorization.expires_at,
        "since": since(authorization),
        "series": series,
        "note": authorization.note,
        "badges": badges(authorization, now),
    }


def since(authorization: Authorization) -> list[str]:
    """By which page it was approved, and what hangs on it."""
    number = getattr(authorization, "live_connections", 0) or 0
    connections = ngettext("%(n)s connection", "%(n)s connections", number) % {"n": f"{number:,}"}
    lines = [connections if number else _("Not connected")]
    if authorization.page_version:
        lines.insert(0, _("on page version %(version)s") % {"version": authorization.page_version})
    return lines


def powers(identifiers: Sequence[str]) -> list[dict[str, Any]]:
    """The rights in a few lines, the heaviest first: [Manage] Code, Build. Signing in comes last."""
    known = catalogue.minimal(s for s in identifiers if s in catalogue.CATALOGUE)
    lines: dict[tuple[bool, int], dict[str, Any]] = {}
    for scope in (catalogue.CATALOGUE[s] for s in known):
        sign_in = scope.category == describe.SIGN_IN
        weight = scope.weight.name.lower()
        line = lines.setdefault(
            (sign_in, -(0 if sign_in else scope.weight)),
            {"weight": weight, "label": _(describe.WEIGHTS[weight]), "names": [], "sign_in": sign_in},
        )
        if (name := _(scope.category)) not in line["names"]:
            line["names"].append(name)
    return [_counted(line) for _key, line in sorted(lines.items(), key=lambda item: item[0])]


def _counted(line: dict[str, Any]) -> dict[str, Any]:
    names, more = line["names"][:MOST_NAMES], len(line["names"]) - MOST_NAMES
    text = ", ".join(names) + (_(" and %(count)s more") % {"count": more} if more > 0 else "")
    return line | {"text": _("Sign you in") if line["sign_in"] else text}


def where(chosen: Sequence[str] | None, organizations: Mapping[str, str]) -> str:
    if chosen is None:
        return _("All your organizations")
    names = sorted(organizations[pk] for pk in chosen if pk in organizations)
    if not names:
        return _("None of your organizations")
    more = len(names) - MOST_NAMES
    text = ", ".join(names[:MOST_NAMES]) + (_(" and %(count)s more") % {"count": more} if more > 0 else "")
    return _("Only %(names)s") % {"names": text}


def badges(authorization: Authorization, now: datetime) -> list[dict[str, str]]:
    """What stands out: a word and an icon each, never colour alone."""
    found = []
    if catalogue.high_privilege(s for s in authorization.scopes if s in catalogue.CATALOGUE):
        found.append({"tone": "danger", "icon_name": "warning", "label": _("High privilege")})
    if authorization.application.is_legacy:
        found.append({"tone": "warning", "icon_name": "clock", "label": legacy_label(now)})
    if is_unused(authorization, now):
        words = _("Unused for %(days)s days") % {"days": standing.UNUSED_DAYS}
        label = words if authorization.last_used_at else _("Never used")
        found.append({"tone": "neutral", "icon_name": "moon", "label": label})
    if ends_soon(authorization, now):
        found.append({"tone": "warning", "icon_name": "clock", "label": _("Ends soon")})
    if authorization.organizations is not None:
        found.append({"tone": "neutral", "icon_name": "building", "label": _("Limited")})
    return found


def legacy_label(now: datetime) -> str:
    days = days_left(now)
    if days <= 0:
        return _("Legacy, over")
    return ngettext("Legacy, %(days)s day left", "Legacy, %(days)s days left", days) % {"days": f"{days:,}"}


def is_unused(authorization: Authorization, now: datetime) -> bool:
    """The same as `standing.unused`, for a row that is at hand."""
    since = now - timedelta(days=standing.UNUSED_DAYS)
    last = authorization.last_used_at
    return authorization.granted_at < since and (last is None or last < since)


def ends_soon(authorization: Authorization, now: datetime) -> bool:
    ends = authorization.expires_at
    return ends is not None and ends <= now + timedelta(days=standing.SOON_DAYS)
