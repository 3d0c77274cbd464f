"""What turning a kill switch would refuse, in figures of the last day, for whoever is about to turn it."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db.models import Count, Q, QuerySet, Sum
from django.utils.translation import gettext_lazy as _

from authorizations.events.kinds import Kind
from authorizations.events.models import Event
from authorizations.models import AppUsage, Authorization, BrownOut
from authorizations.switches.models import Switch
from oauthapps.models import Application

DAY = timedelta(days=1)
# Not done by anybody, or not refused while the portal is read-only.
NO_CHANGE = (
    Kind.PERSON_SIGNED_IN,
    Kind.PERSON_SIGN_IN_REFUSED,
    Kind.AUTHORIZATION_REVOKED,
    Kind.CONNECTION_REVOKED,
    Kind.PERSONAL_TOKEN_REVOKED,
    Kind.TOKEN_REVOKED,
    Kind.AUTHORIZATION_EXPIRED,
    Kind.CONNECTION_EXPIRED,
    Kind.SWITCH_TURNED,
)


@dataclass(frozen=True)
class Figure:
    label: Any
    number: int


def effects(switch: Switch, now: datetime) -> list[Figure]:
    """Calls are counted by the day, so theirs begin yesterday at 00:00 UTC; the rest is of the last 24 hours."""
    return {
        Switch.STOP_ISSUING: _issuing,
        Switch.STOP_LEGACY: _legacy,
        Switch.STOP_REGISTRATIONS: _registrations,
        Switch.READ_ONLY: _read_only,
    }[switch](now)


def _calls(now: datetime) -> QuerySet[AppUsage]:
    return AppUsage.objects.filter(day__gte=(now - DAY).date())


def _summed(found: QuerySet[AppUsage]) -> tuple[int, int]:
    said = found.aggregate(calls=Sum("calls"), apps=Count("application", distinct=True))
    return said["calls"] or 0, said["apps"]


def _issuing(now: datetime) -> list[Figure]:
    calls, apps = _summed(_calls(now).filter(endpoint__in=("token", "authorize")))
    return [Figure(_("Requests for codes and tokens"), calls), Figure(_("Services that sent them"), apps)]


def _legacy(now: datetime) -> list[Figure]:
    calls, apps = _summed(_calls(now).filter(application__model="legacy"))
    people = Authorization.objects.live(now).filter(application__model="legacy").values("person").distinct().count()
    planned = BrownOut.objects.planned(now).count()
    return [
        Figure(_("Calls of the legacy model"), calls),
        Figure(_("Legacy services that called"), apps),
        Figure(_("People who use a legacy service"), people),
        Figure(_("Brown-outs that are planned anyway"), planned),
    ]


def _registrations(now: datetime) -> list[Figure]:
    return [Figure(_("Apps that were registered"), Application.objects.filter(created__gt=now - DAY).count())]


def _read_only(now: datetime) -> list[Figure]:
    happened = Event.objects.filter(at__gt=now - DAY)
    said = happened.aggregate(
        changes=Count("pk", filter=~Q(name__in=[*NO_CHANGE])), people=Count("actor_id", distinct=True)
    )
    return [
        *_issuing(now),
        *_registrations(now),
        Figure(_("Changes of every kind, codes and tokens included"), said["changes"]),
        Figure(_("People who did something"), said["people"]),
    ]
