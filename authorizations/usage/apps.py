"""How apps are used, for their owners: numbers, never who.

An owner learns how many people approved an app and what it calls; which people, is between them and this portal.
"""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db.models import Count, Q, Sum

from authorizations.models import AppUsage, Authorization, AuthorizationUsage, Connection
from authorizations.usage.reading import DAYS, Series, app_series
from oauthapps.models import Application


@dataclass(frozen=True)
class Kind:
    """Calls of one kind (an endpoint, a permission) in the last days."""

    value: str
    calls: int


@dataclass(frozen=True)
class Use:
    people: int  # with a live authorization
    came: int  # approved in the last days
    left: int  # revoked or ended in the last days
    connections: int
    calls: Series
    kinds: tuple[Kind, ...]
    scopes: tuple[Kind, ...]


def people_of(apps: Collection[int], *, now: datetime) -> dict[int, int]:
    """Per app (primary key): how many people have a live authorization. One statement; an app nobody uses is missing."""
    found = Authorization.objects.live(now).filter(application_id__in=apps).order_by()
    return dict(found.values_list("application_id").annotate(Count("pk")))


def use_of(app: Application, *, now: datetime, days: int = DAYS) -> Use:
    """Five statements."""
    since = now - timedelta(days=days)
    live = Q(revoked_at=None) & (Q(expires_at=None) | Q(expires_at__gt=now))
    gone = Q(revoked_at__gt=since) | Q(revoked_at=None, expires_at__gt=since, expires_at__lte=now)
    people = Authorization.objects.filter(application=app).aggregate(
        people=Count("pk", filter=live), came=Count("pk", filter=Q(granted_at__gt=since)), left=Count("pk", filter=gone)
    )
    connections = Connection.objects.filter(authorization__application=app, revoked_at=None, expires_at__gt=now)
    standing = connections.filter(authorization__in=Authorization.objects.live(now)).count()
    series = app_series([app.pk], today=now.date(), days=days)[app.pk]
    kinds = AppUsage.objects.filter(application=app, day__gt=since.date()).values_list("endpoint")
    scopes = AuthorizationUsage.objects.filter(
        authorization__application=app, facet=AuthorizationUsage.Facet.SCOPE, day__gt=since.date()
    ).values_list("value")
    return Use(
        connections=standing,
        calls=series,
        kinds=tuple(Kind(*row) for row in kinds.annotate(calls=Sum("calls")).order_by("-calls", "endpoint")),
        scopes=tuple(Kind(*row) for row in scopes.annotate(total=Sum("calls")).order_by("-total", "value")),
        **people,
    )
