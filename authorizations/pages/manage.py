"""The Authorizations page: what a person approved."""

from datetime import datetime
from typing import Any

from django.core.paginator import Paginator
from django.db.models import Count, OuterRef, QuerySet, Subquery
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext_lazy as _lazy
from django.views.decorators.http import require_GET

from accounts.models import User
from accounts.stepup import PersonRequest, signed_in
from authorizations import listing as listings
from authorizations import selectors
from authorizations.listing import Show, Sort
from authorizations.models import Authorization, Connection, standing
from authorizations.pages import asked, rows
from authorizations.usage import reading

PER_PAGE = 15  # as many as are drawn within 100 ms of server time; bench/pages.py measures it
ORDERS = {
    Sort.USED: _lazy("Last used"),
    Sort.NAME: _lazy("Name"),
    Sort.GRANTED: _lazy("Newest first"),
    Sort.ENDS: _lazy("Ends first"),
    Sort.RISK: _lazy("Highest risk"),
}
FILTERS = {
    Show.ALL: (_lazy("active"), "check-circle"),
    Show.UNUSED: (_lazy("unused for %(days)s days"), "moon"),
    Show.LEGACY: (_lazy("legacy"), "clock"),
    Show.HIGH_PRIVILEGE: (_lazy("high privilege"), "warning"),
    Show.LIMITED: (_lazy("limited"), "building"),
    Show.ENDING: (_lazy("ending soon"), "clock"),
}


@require_GET
@signed_in
def listing(request: PersonRequest) -> HttpResponse:
    """A constant number of statements, whatever the person has."""
    now, wanted = timezone.now(), asked.read(request.GET)
    counts = listings.counts(request.user, now)
    found = listings.selected(request.user, show=wanted.show, query=wanted.query, now=now)
    pages = Paginator(_with_what_is_shown(found, wanted.sort, now), PER_PAGE)
    if not wanted.query:
        pages.count = counts.live[wanted.show]  # known already: no second count
    page = pages.get_page(request.GET.get("page"))
    context = {
        "rows": _rows(request.user, list(page.object_list), now),
        "page": page,
        "asked": wanted,
        "total": counts.live[Show.ALL],
        "ended": counts.ended,
        "filters": [_filter(wanted, show, number) for show, number in counts.live.items()],
        "orders": [{"value": s.value, "label": label, "current": s is wanted.sort} for s, label in ORDERS.items()],
    }
    return render(request, "authorizations/list.html", context)


def _with_what_is_shown(found: QuerySet[Authorization], sort: Sort, now: datetime) -> QuerySet[Authorization]:
    live = Connection.objects.filter(authorization=OuterRef("pk"), revoked_at=None, expires_at__gt=now)
    number = live.order_by().values("authorization").annotate(number=Count("pk")).values("number")
    return listings.ordered(found, sort).select_related("application").annotate(live_connections=Subquery(number))


def _rows(person: User, found: list[Authorization], now: datetime) -> list[dict[str, Any]]:
    series = reading.authorization_series([a.pk for a in found], today=now.date())
    names = {str(m.organization_id): m.organization.name for m in selectors.memberships(person)}
    return [rows.row(a, series[a.pk], names, now) for a in found]


def _filter(wanted: asked.Asked, show: Show, number: int) -> dict[str, Any]:
    label, icon_name = FILTERS[show]
    return {
        "show": show.value,
        "number": number,
        "label": label % {"days": standing.UNUSED_DAYS} if show is Show.UNUSED else label,
        "icon_name": icon_name,
        "current": show is wanted.show,
        "parameters": wanted.showing(show).parameters,
    }


@require_GET
def old_address(request: HttpRequest) -> HttpResponse:
    return redirect("authorizations:list")
