"""The services of an organization: every one that a member let reach it, and every one that it approved or blocked."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any
from urllib.parse import urlencode

from django.core.paginator import Paginator
from django.http import HttpResponse, QueryDict
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as _lazy
from django.views.decorators.http import require_GET

from accounts.models import Organization
from accounts.pages.organization import frame
from accounts.stepup import PersonRequest, signed_in
from authorizations import services_here
from authorizations.models import ServiceRuling
from authorizations.pages import describe, rows
from authorizations.pages.organization import service_state
from authorizations.pages.organization.paging import first_of
from authorizations.services_here import Line, Show, Sort
from oauthapps.models import Application

PER_PAGE = 20
LONGEST_QUERY = 100
FILTERS = {
    Show.ALL: (_lazy("all"), "shield-check"),
    Show.HIGH_PRIVILEGE: (_lazy("with high privileges"), "warning"),
    Show.UNVERIFIED: (_lazy("not verified"), "warning"),
    Show.LEGACY: (_lazy("on the legacy model"), "clock"),
    Show.UNUSED: (_lazy("unused here for 90 days"), "moon"),
    Show.BLOCKED: (_lazy("blocked"), "cross"),
}
ORDERS = {
    Sort.PEOPLE: _lazy("Most people"),
    Sort.NAME: _lazy("Name"),
    Sort.RISK: _lazy("Mightiest"),
    Sort.USED: _lazy("Most calls here"),
}


@require_GET
@signed_in
def listing(request: PersonRequest, organization: str) -> HttpResponse:
    """Four statements after the one that finds the administrator, and one more to search, however many members and
    services there are."""
    seat, now = frame.administrator(request, organization), timezone.now()
    show, query, sort = asked(request.GET)
    asked_page = request.GET.get("page")
    first = first_of(asked_page, PER_PAGE)
    found = services_here.page(seat.organization, now, show=show, query=query, sort=sort, first=first, number=PER_PAGE)
    context = {
        "page": Paginator(range(found.matching), PER_PAGE).get_page(asked_page),
        "rows": _rows(seat.organization, services_here.with_scopes(seat.organization, found.lines, now), now),
        "total": found.counts[Show.ALL],
        "query": query,
        "show": show.value,
        "narrowed": show is not Show.ALL or bool(query),
        "kept": parameters(show, query, sort),
        "filters": [
            {
                "show": kind.value,
                "number": number,
                "label": FILTERS[kind][0],
                "icon_name": FILTERS[kind][1],
                "current": kind is show,
                "parameters": parameters(kind, query, sort),
            }
            for kind, number in found.counts.items()
        ],
        "orders": [{"value": s.value, "label": label, "current": s is sort} for s, label in ORDERS.items()],
    }
    return frame.render_tab(request, seat, "services", "authorizations/organization/services.html", context)


def asked(said: QueryDict) -> tuple[Show, str, Sort]:
    """Anything odd asks for the plain page."""
    show, sort = said.get("show", ""), said.get("sort", "")
    return (
        Show(show) if show in set(Show) else Show.ALL,
        said.get("q", "").replace("\x00", "")[:LONGEST_QUERY].strip(),
        Sort(sort) if sort in set(Sort) else Sort.PEOPLE,
    )


def parameters(show: Show, query: str, sort: Sort) -> str:
    said = {
        "q": query,
        "show": "" if show is Show.ALL else show.value,
        "sort": "" if sort is Sort.PEOPLE else sort.value,
    }
    return urlencode({key: value for key, value in said.items() if value})


def _rows(organization: Organization, found: Sequence[Line], now: datetime) -> list[dict[str, Any]]:
    ids = [line.app_pk for line in found]
    apps = Application.objects.select_related("logo").in_bulk(ids)
    rulings = {
        r.application_id: r for r in ServiceRuling.objects.filter(organization=organization, application__in=ids)
    }
    return [row(organization, line, apps[line.app_pk], rulings.get(line.app_pk), now) for line in found]


def row(
    organization: Organization, line: Line, app: Application, ruling: ServiceRuling | None, now: datetime
) -> dict[str, Any]:
    scopes = sorted(line.scopes)
    return {
        "app": describe.app_card(app),
        "people": line.people,
        "powers": rows.powers(scopes),
        "calls": line.calls,
        "last": line.last,
        "state": service_state.state(organization, app, ruling, scopes, now),
        "badges": badges(line, now),
    }


def badges(line: Line, now: datetime) -> list[dict[str, str]]:
    found = []
    if line.high_privilege:
        found.append({"tone": "danger", "icon_name": "warning", "label": _("High privilege")})
    if line.legacy:
        found.append({"tone": "warning", "icon_name": "clock", "label": rows.legacy_label(now)})
    if line.is_unused:
        found.append({"tone": "neutral", "icon_name": "moon", "label": _("Unused here for 90 days")})
    return found
