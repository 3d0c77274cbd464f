"""The sunset cockpit: every legacy app, how far it has come, and who was told. For owners, and for operations."""

import csv
from collections.abc import Iterator
from datetime import datetime
from typing import Any, cast

from django.conf import settings
from django.core.paginator import Paginator
from django.db.models import Exists, OuterRef, Q, QuerySet
from django.http import HttpRequest, HttpResponse, StreamingHttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_GET

from accounts.stepup import PersonRequest, signed_in
from authorizations.models import BrownOut
from authorizations.services import progress, sunset
from authorizations.services.progress import Progress, Telling
from oauthapps.models import Application

PER_PAGE = 20
CSV_BATCH = 200
SHOWS = ("all", "waiting", "moving", "done")


@require_GET
@signed_in
def mine(request: PersonRequest) -> HttpResponse:
    now = timezone.now()
    # By a subquery: a join with owners would count each person once per owner.
    owned = Application.objects.of(request.user).values("pk")
    return _page(request, progress.legacy_apps(now).filter(pk__in=owned), now, operations=False)


@require_GET
def operations(request: HttpRequest) -> HttpResponse:
    """Behind the admin's own door: the URL table wraps it."""
    now = timezone.now()
    return _page(request, progress.legacy_apps(now), now, operations=True)


def _page(request: HttpRequest, apps: QuerySet[Application], now: datetime, *, operations: bool) -> HttpResponse:
    query = request.GET.get("q", "").replace("\x00", "")[:100].strip()
    show = request.GET.get("show", "all") if request.GET.get("show") in SHOWS else "all"
    found = _filtered(apps, query, show)
    if request.GET.get("format") == "csv":
        return cast(HttpResponse, _download(found, now))  # streams; the decorators do not mind
    page = Paginator(found, PER_PAGE).get_page(request.GET.get("page"))
    rows = progress.progress(list(page.object_list), now)
    context = {
        "operations": operations,
        "rows": [{"progress": row, "told": [_telling(t) for t in row.told[:6]]} for row in rows],
        "page": page,
        "query": query,
        "show": show,
        "shows": _shows(),
        "sunset": settings.LEGACY_SUNSET,
        "days_left": sunset.days_left(now),
        "over": now >= settings.LEGACY_SUNSET,
        "schedule": sunset.SCHEDULE,
        "brown_outs": list(BrownOut.objects.planned(now)[:10]),
    }
    return render(request, "oauthapps/cockpit.html", context)


def _filtered(apps: QuerySet[Application], query: str, show: str) -> QuerySet[Application]:
    if query:
        apps = apps.filter(Q(name__icontains=query) | Q(company__icontains=query) | Q(client_id=query))
    twin = Exists(Application.objects.standing().filter(twin_of=OuterRef("pk")))
    if show == "waiting":
        return apps.filter(~twin)
    if show == "moving":
        return apps.filter(twin, left__gt=0)
    return apps.filter(twin, left=0) if show == "done" else apps


def _shows() -> list[tuple[str, str]]:
    return [
        ("all", _("All")),
        ("waiting", _("No new version yet")),
        ("moving", _("People left")),
        ("done", _("Everybody moved")),
    ]


def _telling(told: Telling) -> dict[str, Any]:
    when = _("brown-out") if told.occasion is None else _("%(days)s days before") % {"days": told.occasion}
    if told.whom == "owners":
        whom = ngettext("%(count)s owner", "%(count)s owners", told.count)
    else:
        whom = ngettext("%(count)s person", "%(count)s people", told.count)
    return {"when": when, "whom": whom % {"count": told.count}, "at": told.at}


class _Echo:
    """What the csv writer writes is handed on, not kept: the file never stands in memory as a whole."""

    def write(self, value: str) -> str:
        return value


HEAD = (
    "client_id", "name", "company", "owners", "people_left", "people_moved", "people_inactive_30_days", "last_call_at",
    "calls_30_days", "new_version", "last_told_owners", "last_told_people",
)  # fmt: skip


def _download(apps: QuerySet[Application], now: datetime) -> StreamingHttpResponse:
    writer = csv.writer(_Echo())
    lines = (writer.writerow([_safe(cell) for cell in row]) for row in _table(apps, now))
    response = StreamingHttpResponse(lines, content_type="text/csv; charset=utf-8")
    response["Content-Disposition"] = f'attachment; filename="legacy-apps-{now:%Y-%m-%d}.csv"'
    return response


def _table(apps: QuerySet[Application], now: datetime) -> Iterator[tuple[Any, ...]]:
    yield HEAD
    for start in range(0, apps.count(), CSV_BATCH):
        for row in progress.progress(list(apps[start : start + CSV_BATCH]), now):
            yield _cells(row)


def _cells(row: Progress) -> tuple[Any, ...]:
    owners = "; ".join(str(owner) for owner in row.owners)
    told = {whom: next((t.at.isoformat() for t in row.told if t.whom == whom), "") for whom in ("owners", "people")}
    return (
        row.app.client_id, row.app.name, row.app.company, owners, row.left, row.moved, row.inactive,
        row.last_call_at.isoformat() if row.last_call_at else "", row.series.total,
        row.twin.client_id if row.twin else "", told["owners"], told["people"],
    )  # fmt: skip


def _safe(cell: Any) -> Any:
    """A name that begins like a formula must not become one in somebody's spreadsheet."""
    return f"'{cell}" if isinstance(cell, str) and cell[:1] in "=+-@\t\r" and cell else cell
