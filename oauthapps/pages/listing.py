"""The apps of a developer, each with its health: a constant number of statements for any number of apps."""

from datetime import datetime
from typing import Any
from urllib.parse import urlencode

from django.core.paginator import Page, Paginator
from django.db.models import Count, Exists, OuterRef, Prefetch, Q, QuerySet
from django.http import HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET

from accounts.models import User
from accounts.stepup import PersonRequest, signed_in
from authorizations.usage.apps import people_of
from authorizations.usage.reading import Series, app_series
from oauthapps.models import Application, ApplicationSecret
from oauthapps.pages.frame import head
from oauthapps.pages.health import SOON, signs

PER_PAGE = 25
LONGEST_SEARCH = 100


def apps_of(person: User, *, now: datetime) -> QuerySet[Application]:
    """The apps a person owns. `needs_attention`: switched off, or no secret for the weeks to come."""
    lasting = ApplicationSecret.objects.filter(application=OuterRef("pk"), revoked_at=None, expires_at__gt=now + SOON)
    bare = Q(client_type=Application.CLIENT_CONFIDENTIAL) & ~Exists(lasting)
    return Application.objects.of(person).annotate(needs_attention=Q(bare | Q(disabled_at__isnull=False)))


SHOWN: dict[str, tuple[Any, Q]] = {
    "all": (lambda: _("All"), Q()),
    "attention": (lambda: _("Needs attention"), Q(needs_attention=True)),
    "legacy": (lambda: _("Legacy"), Q(model="legacy")),
    "off": (lambda: _("Switched off"), Q(disabled_at__isnull=False)),
}


@require_GET
@signed_in
def listing(request: PersonRequest) -> HttpResponse:
    now = timezone.now()
    query = request.GET.get("q", "").replace("\x00", "").strip()[:LONGEST_SEARCH]
    show = request.GET.get("show", "all")
    show = show if show in SHOWN else "all"
    mine = apps_of(request.user, now=now)
    counts = mine.aggregate(**{name: Count("pk", filter=where) for name, (_label, where) in SHOWN.items()})
    page = _page(mine.filter(SHOWN[show][1]), query, request.GET.get("page"))
    context = {
        "apps": _rows(list(page.object_list), now),
        "page": page,
        "query": query,
        "show": show,
        "extra": "" if show == "all" else urlencode({"show": show}),
        "filters": _filters(counts, show, query),
        "total": counts["all"],
        "can_register": True,
    }
    return render(request, "oauthapps/list.html", context)


def _page(apps: QuerySet[Application], query: str, number: str | None) -> Page[Application]:
    if query:
        apps = apps.filter(Q(name__icontains=query) | Q(company__icontains=query) | Q(client_id__iexact=query))
    kept = ApplicationSecret.objects.filter(revoked_at=None).order_by("expires_at")
    apps = apps.prefetch_related(Prefetch("secrets", queryset=kept, to_attr="kept_secrets")).order_by("name", "id")
    return Paginator(apps, PER_PAGE).get_page(number)


def _filters(counts: dict[str, int], show: str, query: str) -> list[dict[str, Any]]:
    kept = {"q": query} if query else {}
    return [
        {
            "label": label(),
            "count": counts[name],
            "current": name == show,
            "url": "?" + urlencode(kept | ({} if name == "all" else {"show": name})),
        }
        for name, (label, _where) in SHOWN.items()
        if counts[name] or name in {"all", show}
    ]


def _rows(apps: list[Any], now: datetime) -> list[dict[str, Any]]:
    keys = [app.pk for app in apps]
    people, calls = people_of(keys, now=now), app_series(keys, today=now.date())
    return [_row(app, people.get(app.pk, 0), calls[app.pk], now) for app in apps]


def _row(app: Any, people: int, calls: Series, now: datetime) -> dict[str, Any]:
    return head(app) | {
        "people": people,
        "calls": calls,
        "week": sum(calls.calls[-7:]),
        "signs": signs(app, app.kept_secrets, now),
        "secrets": [
            {"slot_label": s.get_slot_display(), "expires_at": s.expires_at, "expired": s.expires_at <= now}
            for s in app.kept_secrets
        ],
    }
