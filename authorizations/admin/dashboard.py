"""The overview: a few charts, each with the list behind it. Counted at most once a minute for everybody, and the apps by
their authorizations, which reads all of them, every ten minutes."""

from collections import defaultdict
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Any
from urllib.parse import urlencode

from django.conf import settings
from django.core.cache import cache
from django.db.models import Count, IntegerField, Sum
from django.db.models.fields.json import KeyTextTransform
from django.db.models.functions import Cast, Coalesce, TruncDate
from django.http import HttpRequest
from django.urls import reverse
from django.utils import timezone

from accounts.operations import counting
from accounts.operations.showing import listed
from authorizations import backlog, task_runs
from authorizations.admin.charts import Bar, Columns, Line, Ranking, ranking, window
from authorizations.admin.events import REFUSALS
from authorizations.admin.words import called
from authorizations.events.kinds import ROUTINE, Kind
from authorizations.events.models import Event
from authorizations.models import AppUsage, Authorization, standing
from authorizations.notifications.models import Message
from oauthapps.models import Application
from oauthapps.rules import Model

CACHED_SECONDS = 60
KEY = "operations:overview"
# The one number that reads every authorization in force: it grows with them, and changes slowly.
PEOPLE_KEY, PEOPLE_SECONDS = "operations:overview:people", 600
DAYS, MOST = 30, 8
ENDINGS = (Kind.AUTHORIZATION_REVOKED, Kind.AUTHORIZATION_EXPIRED, Kind.AUTHORIZATION_SUNSET)


@dataclass(frozen=True)
class Figure:
    """A number with its words. `bad`: somebody should look."""

    title: str
    value: str
    about: str = ""
    address: str = ""
    bad: bool = False


@dataclass(frozen=True)
class Overview:
    counted_at: datetime
    columns: list[Columns] = field(default_factory=list)
    rankings: list[Ranking] = field(default_factory=list)
    privileges: list[Figure] = field(default_factory=list)
    legacy: list[Figure] = field(default_factory=list)
    health: list[Figure] = field(default_factory=list)


def context(request: HttpRequest, said: dict[str, Any]) -> dict[str, Any]:
    """For the first page of the admin (`UNFOLD["DASHBOARD_CALLBACK"]`)."""
    shown = cache.get(KEY)
    if shown is None:
        shown = overview(timezone.now(), most_people=cache.get(PEOPLE_KEY))
        cache.set(KEY, shown, CACHED_SECONDS)
        cache.add(PEOPLE_KEY, shown.rankings[1], PEOPLE_SECONDS)
    return said | {"overview": shown, "cached_seconds": CACHED_SECONDS, "title": "Overview"}


def overview(now: datetime, most_people: Ranking | None = None) -> Overview:
    """At most seventeen statements, however much there is; each reads an index or the counters of the days."""
    return Overview(
        now,
        columns=[_grants(now), _legacy_calls(now)],
        rankings=[_refusals(now), most_people or _most_people(now), _most_calls(now)],
        privileges=_privileges(now),
        legacy=_legacy(now),
        health=_health(now),
    )


def _since(now: datetime, days: int = DAYS) -> datetime:
    return (now - timedelta(days=days - 1)).replace(hour=0, minute=0, second=0, microsecond=0)


def _grants(now: datetime) -> Columns:
    days, since = window(now.date(), DAYS), _since(now)
    kinds = (Kind.AUTHORIZATION_GRANTED, *ENDINGS)
    found = Event.objects.filter(name__in=kinds, at__gte=since).exclude(name__in=ROUTINE)
    numbers: defaultdict[bool, dict[date, int]] = defaultdict(lambda: defaultdict(int))
    for name, day, count in found.values_list("name", TruncDate("at")).annotate(number=Count("*")).order_by():
        numbers[name == Kind.AUTHORIZATION_GRANTED][day] += count
    return Columns(
        "grants",
        "Authorizations granted and ended each day",
        "authorizations",
        days,
        [
            Line("Granted", "one", [numbers[True][day] for day in days]),
            Line("Revoked or ended", "two", [numbers[False][day] for day in days]),
        ],
        listed(Event, f"?{urlencode({'name': Kind.AUTHORIZATION_REVOKED, 'since': f'{since:%Y-%m-%d}'})}"),
    )


def _legacy_calls(now: datetime) -> Columns:
    days = window(now.date(), DAYS)
    found = AppUsage.objects.filter(day__gte=days[0], day__lte=days[-1], application__model=Model.LEGACY)
    numbers = dict(found.values_list("day").annotate(Sum("calls")).order_by())
    left = (settings.LEGACY_SUNSET - now).days
    ends = f"ends in {left} days" if left >= 0 else "has ended"
    return Columns(
        "legacy",
        f"Calls of legacy apps each day (the model {ends}, on {settings.LEGACY_SUNSET:%Y-%m-%d})",
        "calls",
        days,
        [Line("Calls", "two", [numbers.get(day, 0) for day in days])],
        reverse("legacy-operations"),
    )


def _refusals(now: datetime) -> Ranking:
    since = _since(now)
    found = Event.objects.filter(name__in=REFUSALS, at__gte=since).exclude(name__in=ROUTINE)
    # One event may stand for many calls, added up by the hour.
    calls = Coalesce(Cast(KeyTextTransform("calls", "detail"), IntegerField()), 1)
    rows = found.values_list("name", "detail__reason").annotate(number=Sum(calls)).order_by("-number")[:MOST]
    bars = []
    for name, reason, number in rows:
        query = {"name": name, "since": f"{since:%Y-%m-%d}"} | ({"reason": reason} if reason else {})
        label = f"{called(name)}: {reason}" if reason else called(name)
        bars.append(Bar(label, number, listed(Event, f"?{urlencode(query)}")))
    return ranking("refusals", f"Refusals by reason, {DAYS} days", "refusals", bars, empty="Nothing was refused.")


def _most_people(now: datetime) -> Ranking:
    rows = Authorization.objects.live(now).values_list("application").annotate(number=Count("*"))
    return _of_apps(
        "people",
        f"Apps with most live authorizations ({now:%H:%M} UTC, counted every ten minutes)",
        "authorizations",
        dict(rows.order_by("-number")[:MOST]),
        "?state=live&app=",
        listed(Authorization, "?state=live"),
    )


def _most_calls(now: datetime) -> Ranking:
    rows = AppUsage.objects.filter(day__gte=_since(now).date()).values_list("application").annotate(number=Sum("calls"))
    return _of_apps(
        "calls",
        f"Apps with most calls, {DAYS} days",
        "calls",
        dict(rows.order_by("-number")[:MOST]),
        "",
        listed(AppUsage),
    )


def _of_apps(key: str, title: str, unit: str, numbers: dict[int, int], query: str, behind: str) -> Ranking:
    apps = Application.objects.in_bulk(numbers)
    bars = [
        Bar(
            apps[pk].name,
            number,
            listed(Authorization, f"{query}{apps[pk].client_id}")
            if query
            else reverse("admin:oauthapps_application_change", args=[pk]),
        )
        for pk, number in numbers.items()
    ]
    return ranking(key, title, unit, bars, empty="Nothing yet.", address=behind)


def _privileges(now: datetime) -> list[Figure]:
    high = Authorization.objects.live(now).filter(standing.high_privilege())
    unused = counting.capped(high.filter(standing.unused(now)))
    return [
        Figure(
            "Unused high-privilege authorizations",
            str(unused),
            f"live, may do much, and not used for {standing.UNUSED_DAYS} days",
            listed(Authorization, "?state=live&high=on&use=idle"),
            bad=unused.number > 0,
        ),
        Figure(
            "High-privilege authorizations",
            str(counting.capped(high)),
            "live",
            listed(Authorization, "?state=live&high=on"),
        ),
    ]


def _legacy(now: datetime) -> list[Figure]:
    apps = Application.objects.filter(model=Model.LEGACY)
    left = Authorization.objects.live(now).filter(application__in=apps)
    days = (settings.LEGACY_SUNSET - now).days
    return [
        Figure(
            "Authorizations of legacy apps",
            str(counting.capped(left)),
            f"live; they end on {settings.LEGACY_SUNSET:%Y-%m-%d}, in {days} days"
            if days >= 0
            else "the model has ended",
            listed(Authorization, "?state=live&model=legacy"),
        ),
        Figure("Legacy apps", str(counting.capped(apps.standing())), "not deleted", reverse("legacy-operations")),
    ]


def _health(now: datetime) -> list[Figure]:
    waiting = backlog.outbox(now)
    count, age = sum(w.count for w in waiting.values()), max((w.age for w in waiting.values()), default=0.0)
    unsealed, lost = backlog.unsealed(now), backlog.given_up()
    jobs = task_runs.states(settings.CELERY_BEAT_SCHEDULE, now=now)
    late = [state for state in jobs if state.late or state.word == "failing"]
    slowest = max((state.lag for state in jobs if state.lag and state.late), default=None)
    return [
        Figure(
            "Messages waiting",
            f"{count:,}",
            f"the oldest is {seconds(age)} overdue" if age >= 1 else "none is overdue",
            listed(Message, "?state=waiting"),
            bad=age > 300,
        ),
        Figure(
            "Messages given up", f"{lost:,}", "after all attempts", listed(Message, "?state=given_up"), bad=lost > 0
        ),
        Figure(
            "Jobs late or failing",
            f"{len(late)} of {len(jobs)}",
            f"the latest by {seconds(slowest.total_seconds())}" if slowest else "",
            reverse("admin:authorizations_taskrun_changelist"),
            bad=bool(late),
        ),
        Figure(
            "Events not sealed yet",
            f"{unsealed.count:,}",
            f"the oldest for {seconds(unsealed.age)}" if unsealed.count else "",
            reverse("admin:events_eventblock_changelist"),
            bad=unsealed.age > 300,
        ),
    ]


def seconds(number: float) -> str:
    for size, word in ((86_400, "day"), (3_600, "hour"), (60, "minute")):
        if number >= size:
            whole = int(number // size)
            return f"{whole} {word}{'' if whole == 1 else 's'}"
    return f"{int(number)} seconds"
