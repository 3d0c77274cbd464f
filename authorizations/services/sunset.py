"""The end of the legacy model: who is told when, and how what ended with it is closed."""

from collections.abc import Iterable
from datetime import date, datetime, timedelta
from uuid import UUID

from django.conf import settings
from django.db import transaction
from django.db.models import Count, F, Q

from authorizations.events.kinds import Kind
from authorizations.events.log import event, record_all
from authorizations.events.models import Event
from authorizations.models import Authorization
from authorizations.notifications import compose
from authorizations.notifications.compose import Draft
from authorizations.notifications.kinds import NoticeKind
from authorizations.services import legacy_audience, telling
from authorizations.services.legacy_audience import Told, Touched
from authorizations.services.revocation import close_codes, close_connections
from authorizations.usage.reading import app_series, authorization_series
from oauthapps.models import Application

# Days before the end on which owners and people are told. The last one that has come counts; missed ones are not made up.
SCHEDULE = (90, 60, 30, 14, 7, 1)
DAYS_OF_USE = 30
# How long after its end the rows of the model stay open: a date that was set by mistake can be mended until then.
CLOSE_AFTER = timedelta(days=1)
BATCH = 500


def days_left(now: datetime) -> int:
    """Whole days until the end, rounded up: 1 on the last day, 0 when it is over."""
    left = settings.LEGACY_SUNSET - now
    return max(0, -(-int(left.total_seconds()) // 86_400))


def due(now: datetime) -> int | None:
    """The milestone of the schedule that `now` falls into; None: not yet, or over."""
    left = days_left(now)
    return min((days for days in SCHEDULE if days >= left), default=None) if left else None


def occasion(days: int) -> tuple[str, str]:
    """What the notices of one milestone are about. Another end is another occasion: who was told is told again."""
    return "sunset", f"{settings.LEGACY_SUNSET:%Y-%m-%dT%H:%M:%SZ}/{days}"


def tell_people(now: datetime) -> int:
    """Everybody who approved a legacy app, with their own use of it. Returns how many were told."""
    days = due(now)
    if days is None:
        return 0
    told = 0
    for batch in legacy_audience.people(now, but=Told(NoticeKind.LEGACY_ENDING, occasion(days))):
        with transaction.atomic():
            compose.tell(_to_people(batch, days, now), now=now)
        told += len(batch)
    return told


def tell_owners(now: datetime) -> int:
    days = due(now)
    if days is None:
        return 0
    told = 0
    for batch in legacy_audience.owners(but=Told(NoticeKind.APP_LEGACY_ENDING, occasion(days))):
        with transaction.atomic():
            compose.tell(_to_owners(batch, days, now), now=now)
        told += len(batch)
    return told


def _to_people(batch: list[Touched], days: int, now: datetime) -> list[Draft]:
    mine = [a for touched in batch for a in touched.authorizations]
    calls = calls_of_authorizations([a.pk for a in mine], now.date())
    twins = _with_twin(a.application_id for a in mine)
    drafts = []
    for touched in batch:
        apps = [
            {"name": a.application.name, "calls": calls[a.pk], "twin": a.application_id in twins}
            for a in touched.authorizations
        ]
        drafts.append(_draft(NoticeKind.LEGACY_ENDING, touched, days, apps, now))
    return drafts


def _to_owners(batch: list[Touched], days: int, now: datetime) -> list[Draft]:
    ids = {app.pk for touched in batch for app in touched.apps}
    calls = {pk: series.total for pk, series in app_series(ids, today=now.date(), days=DAYS_OF_USE).items()}
    twins, left = _with_twin(ids), _people_left(ids, now)
    drafts = []
    for touched in batch:
        apps = [
            {"name": app.name, "calls": calls[app.pk], "people": left.get(app.pk, 0), "twin": app.pk in twins}
            for app in touched.apps
        ]
        drafts.append(_draft(NoticeKind.APP_LEGACY_ENDING, touched, days, apps, now))
    return drafts


def _draft(kind: NoticeKind, touched: Touched, days: int, apps: list[dict[str, object]], now: datetime) -> Draft:
    about = occasion(days)
    return Draft(
        kind,
        touched.person_id,
        about[1],
        app=touched.apps[0] if len(touched.apps) == 1 else None,
        about=about,
        detail={"sunset": settings.LEGACY_SUNSET.isoformat(), "days": days_left(now), "apps": apps},
    )


def calls_of_authorizations(ids: list[UUID], today: date) -> dict[UUID, int]:
    return {pk: series.total for pk, series in authorization_series(ids, today=today, days=DAYS_OF_USE).items()}


def _with_twin(ids: Iterable[int]) -> set[int]:
    found = Application.objects.filter(twin_of__in=set(ids), disabled_at=None)
    return set(found.values_list("twin_of_id", flat=True))


def _people_left(ids: Iterable[int], now: datetime) -> dict[int, int]:
    live = Q(authorizations__revoked_at=None) & (
        Q(authorizations__expires_at=None) | Q(authorizations__expires_at__gt=now)
    )
    found = Application.objects.filter(pk__in=set(ids)).annotate(left=Count("authorizations", filter=live))
    return dict(found.values_list("pk", "left"))


def close_ended(now: datetime) -> int:
    """A day after the end: closes what ended with the model. It was refused from the instant itself on in any case."""
    if now < settings.LEGACY_SUNSET + CLOSE_AFTER:
        return 0
    closed = 0
    while batch := _close(now):
        closed += batch
    return closed


@transaction.atomic
def _close(now: datetime) -> int:
    """One batch, whole or not at all. Another worker's rows are passed by, and what somebody revoked meanwhile is
    not among them."""
    standing = Authorization.objects.filter(application__model="legacy", revoked_at=None)
    batch = list(
        standing.select_for_update(skip_locked=True, of=("self",), no_key=True)
        .select_related("person", "application")
        .order_by("pk")[:BATCH]
    )
    ids = [authorization.pk for authorization in batch]
    rows = Authorization.objects.filter(pk__in=ids, revoked_at=None)
    over_before = rows.filter(expires_at__lte=settings.LEGACY_SUNSET)
    over_before.update(revoked_at=F("expires_at"), reason=Authorization.Ended.EXPIRED)
    rows.update(revoked_at=settings.LEGACY_SUNSET, reason=Authorization.Ended.SUNSET)
    close_codes(ids, now=now)
    close_connections(ids, now=now)
    telling.lapsed(ids, now=now)
    record_all(_event(authorization, now) for authorization in batch)
    return len(batch)


def _event(authorization: Authorization, now: datetime) -> Event:
    before = authorization.expires_at is not None and authorization.expires_at <= settings.LEGACY_SUNSET
    kind = Kind.AUTHORIZATION_EXPIRED if before else Kind.AUTHORIZATION_SUNSET
    subject = ("authorization", authorization.pk)
    return event(kind, now=now, person=authorization.person, app=authorization.application, subject=subject)
