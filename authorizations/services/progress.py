"""How far each legacy app has come on its way to the standard model. Any number of apps, the same few statements."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
from django.db.models import Count, Max, Min, Prefetch, Q, QuerySet

from accounts.models import User
from authorizations.models import Authorization
from authorizations.notifications.kinds import NoticeKind
from authorizations.notifications.models import Notice
from authorizations.services.sunset import DAYS_OF_USE
from authorizations.usage.reading import Series, app_series
from oauthapps.models import Application, ApplicationSecret

INACTIVE = timedelta(days=30)
TOLD = {
    NoticeKind.LEGACY_ENDING: "people",
    NoticeKind.BROWN_OUT_ANNOUNCED: "people",
    NoticeKind.APP_LEGACY_ENDING: "owners",
    NoticeKind.APP_BROWN_OUT_ANNOUNCED: "owners",
}


@dataclass(frozen=True)
class Telling:
    """`occasion`: days before the end, or None for a brown-out. `whom`: people or owners."""

    occasion: int | None
    whom: str
    count: int
    at: datetime


@dataclass(frozen=True)
class Progress:
    app: Application
    owners: tuple[User, ...]
    twin: Application | None
    left: int  # people with a live legacy authorization
    moved: int
    inactive: int  # of those left: no call for 30 days
    last_call_at: datetime | None
    series: Series
    told: tuple[Telling, ...]

    @property
    def percent(self) -> int:
        """Of those who were there: how many have moved."""
        everybody = self.left + self.moved
        return 100 * self.moved // everybody if everybody else 0

    @property
    def state(self) -> str:
        if self.twin is None:
            return "waiting" if self.left else "idle"
        return "moving" if self.left else "done"


def legacy_apps(now: datetime) -> QuerySet[Application]:
    """Standing legacy apps, those with most people left first."""
    return (
        Application.objects.standing()
        .filter(model="legacy")
        .annotate(left=Count("authorizations", filter=_live("authorizations__", now)))
        .order_by("-left", "name", "pk")
    )


def _live(prefix: str, now: datetime) -> Q:
    if now >= settings.LEGACY_SUNSET:
        return Q(pk__in=[])
    return Q(**{f"{prefix}revoked_at": None}) & (
        Q(**{f"{prefix}expires_at": None}) | Q(**{f"{prefix}expires_at__gt": now})
    )


def progress(apps: Sequence[Application], now: datetime) -> list[Progress]:
    """Seven statements, however many apps."""
    ids = [app.pk for app in apps]
    owners = {
        app.pk: tuple(app.owners.all())
        for app in Application.objects.filter(pk__in=ids).prefetch_related(
            Prefetch("owners", User.objects.order_by("display_name", "pk"))
        )
    }
    counts, secrets, told = _counts(ids, now), _secrets(ids), _told(ids)
    series = app_series(ids, today=now.date(), days=DAYS_OF_USE)
    twins = {twin.twin_of_id: twin for twin in Application.objects.standing().filter(twin_of__in=ids)}
    return [
        _progress(app, counts.get(app.pk, {}), secrets.get(app.pk), owners[app.pk], twins, series, told) for app in apps
    ]


def _progress(
    app: Application,
    counted: dict[str, Any],
    secret_used_at: datetime | None,
    owners: tuple[User, ...],
    twins: dict[int | None, Application],
    series: dict[int, Series],
    told: dict[int, list[Telling]],
) -> Progress:
    calls = [at for at in (counted.get("used_at"), secret_used_at) if at]
    return Progress(
        app,
        owners,
        twins.get(app.pk),
        counted.get("left", 0),
        counted.get("moved", 0),
        counted.get("inactive", 0),
        max(calls, default=None),
        series[app.pk],
        tuple(told.get(app.pk, ())),
    )


def _counts(ids: list[int], now: datetime) -> dict[int, dict[str, Any]]:
    live = _live("", now)
    quiet = Q(last_used_at=None) | Q(last_used_at__lt=now - INACTIVE)
    rows = (
        Authorization.objects.filter(application__in=ids)
        .values("application_id")
        .annotate(
            left=Count("pk", filter=live),
            inactive=Count("pk", filter=live & quiet),
            moved=Count("person", filter=Q(reason=Authorization.Ended.MIGRATED), distinct=True),
            used_at=Max("last_used_at"),
        )
    )
    return {row["application_id"]: dict(row) for row in rows}


def _secrets(ids: list[int]) -> dict[int, datetime]:
    rows = ApplicationSecret.objects.filter(application__in=ids).values_list("application_id")
    return dict(rows.annotate(Max("last_used_at")))


def _told(ids: list[int]) -> dict[int, list[Telling]]:
    """Who was told of the end and of brown-outs, per app: people and owners are found on their own ways."""
    found: dict[int, list[Telling]] = defaultdict(list)
    for path in ("person__authorizations__application", "person__apps"):
        whom = "owners" if path.endswith("apps") else "people"
        kinds = [kind for kind, audience in TOLD.items() if audience == whom]
        rows = (
            Notice.objects.filter(kind__in=kinds, cancelled_at=None, **{f"{path}__in": ids})
            .values_list(path, "about_type", "about_id")
            .annotate(count=Count("person", distinct=True), at=Min("created_at"))
        )
        for pk, about_type, about_id, count, at in rows:
            found[pk].append(Telling(_days(about_type, about_id), whom, count, at))
    return {pk: sorted(told, key=lambda t: t.at, reverse=True) for pk, told in found.items()}


def _days(about_type: str, about_id: str) -> int | None:
    return int(about_id.rpartition("/")[2]) if about_type == "sunset" else None


def totals(rows: Iterable[Progress]) -> dict[str, int]:
    found = list(rows)
    return {name: sum(getattr(row, name) for row in found) for name in ("left", "moved", "inactive")}
