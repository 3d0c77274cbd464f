"""The frame around each page: header, navigation, breadcrumbs, the number of unread notices.

What it needs from the database is one statement, and only where the frame is drawn: not on the approval page.
"""

from functools import cache
from typing import Any
from urllib.parse import urlsplit

from django.conf import settings
from django.db.models import Count, OuterRef, Subquery
from django.db.models.functions import Coalesce
from django.http import HttpRequest
from django.urls import reverse
from django.utils import timezone
from django.utils.functional import SimpleLazyObject
from django.utils.translation import gettext as _

from accounts import previews
from accounts.models import User
from accounts.roles import Role, at_least
from authorizations import explaining
from authorizations.explaining import Denial
from authorizations.notifications.models import Notice
from authorizations.switches import reading as switches
from authorizations.switches.models import Switch

Entry = dict[str, Any]
CODES: dict[Switch, explaining.Code] = {
    **{switch: reason for reason, switch in switches.SWITCH_OF.items()},
    Switch.STOP_REGISTRATIONS: Denial.REGISTRATIONS_STOPPED,
}


def chrome(request: HttpRequest) -> dict[str, Any]:
    """Template context of the frame."""
    person = request.user if getattr(request, "user", None) is not None and request.user.is_authenticated else None
    frame = cache(lambda: _frame(person))
    nav = cache(lambda: _settings_navigation(request, *frame()) if person else [])
    return {
        "chrome": {
            "product_name": "Gatehouse",
            "host": urlsplit(settings.ISSUER).netloc,
            "person": person,
            "nav": _navigation(request) if person else [],
            "settings_nav": SimpleLazyObject(nav),
            "crumbs": SimpleLazyObject(lambda: _crumbs(nav())),
            "unread": SimpleLazyObject(lambda: frame()[0] if person else 0),
            "switches": banners(),
            "notices": [],
            "chromeless": False,
        }
    }


def banners() -> list[dict[str, Any]]:
    """What operations switched off, said on every page for as long as it is so. No statement."""
    found = []
    for on in switches.live(timezone.now()):
        code = CODES[on.switch]
        said = explaining.EXPLANATIONS[code]
        found.append({"code": code, "title": said.title, "told": on.told, "until": on.until})
    return found


def _frame(person: Any) -> tuple[int, bool]:
    """How many notices are unread, and whether Authorizations stands under Profile."""
    me = OuterRef("pk")
    unread = Notice.objects.filter(person=me, read_at=None, cancelled_at=None).order_by().values("person")
    feature = previews.NEW_ACCOUNT_MANAGER
    found = User.objects.filter(pk=person.pk).values_list(
        Coalesce(Subquery(unread.annotate(number=Count("pk")).values("number")), 0),
        previews.own_choice(feature, me),
        previews.organization_default(feature, me),
    )
    count, own, by_default = found.get()
    return count, by_default if own is None else own


def _entry(request: HttpRequest, label: str, name: str, *more: str) -> Entry:
    """`more`: other addresses that belong to the same entry."""
    url = reverse(name)
    current = request.path.startswith((url, *more))
    return {"label": label, "url": url, "current": current, "here": request.path == url, "children": []}


def _navigation(request: HttpRequest) -> list[Entry]:
    entries = [_authorizations(request), _entry(request, _("Apps"), "oauthapps:list")]
    if at_least(request.user, Role.AUDITOR):
        entries.append(_entry(request, _("Operations"), "admin:index"))
    return entries


def _authorizations(request: HttpRequest) -> Entry:
    return _entry(request, _("Authorizations"), "authorizations:list", "/_usersSettings/receipts/")


def _settings_navigation(request: HttpRequest, unread: int, under_profile: bool) -> list[Entry]:
    """With the preview feature "New Account Manager", Authorizations stands under Profile."""
    profile, authorizations = _entry(request, _("Profile"), "accounts:profile"), _authorizations(request)
    if under_profile:
        profile["children"] = [authorizations]
    return [
        profile,
        *([] if under_profile else [authorizations]),
        _entry(request, _("Organizations"), "accounts:organizations"),
        _entry(request, _("Personal access tokens"), "authorizations:tokens"),
        _entry(request, _("Notifications"), "authorizations:notices") | {"count": unread},
        _entry(request, _("My data"), "authorizations:mydata"),
        _entry(request, _("Preview features"), "accounts:previews"),
    ]


def _crumbs(entries: list[Entry]) -> list[Entry]:
    """The way to the current entry, from the top."""
    for entry in entries:
        for child in entry["children"]:
            if child["current"]:
                return [entry, child]
        if entry["current"]:
            return [entry]
    return []
