"""One service: what it may do and did, its connections, what happened, and the ways to change it."""

from datetime import datetime
from typing import Any
from uuid import UUID

from django.conf import settings
from django.db.models import Count, F, Window
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_GET

from accounts.stepup import PersonRequest, signed_in
from authorizations import bounds, timeline
from authorizations.bounds import Bound
from authorizations.models import Authorization, AuthorizationUsage, Connection, ServiceRuling
from authorizations.pages import describe, happenings, mine, rows, uses, waiting
from authorizations.pages.device import device
from authorizations.pages.reached import why
from authorizations.policy import Reason
from authorizations.usage import breaks, marks, reading

MOST_CONNECTIONS = 25
Facet = AuthorizationUsage.Facet


@require_GET
@signed_in
def detail(request: PersonRequest, authorization_id: UUID) -> HttpResponse:
    now, authorization = timezone.now(), mine.authorization(request, authorization_id)
    return render(request, "authorizations/detail.html", context(request, authorization, now))


def context(request: HttpRequest, authorization: Authorization, now: datetime) -> dict[str, Any]:
    """A constant number of statements, whatever there is of connections, calls and events."""
    facets = reading.by_facet([authorization.pk], today=now.date())[authorization.pk]
    permission_uses = marks.permission_uses(describe.known(authorization.scopes), facets[Facet.SCOPE])
    connections, total = _connections(authorization, now)
    reached = bounds.bounds(
        authorization.person,
        authorization.organizations,
        authorization.application,
        authorization.scopes,
        now=now,
        given_at=authorization.confirmed_at or authorization.granted_at,
    )
    names = {str(b.organization.pk): b.organization.name for b in reached}
    series = reading.authorization_series([authorization.pk], today=now.date())[authorization.pk]
    return {
        "row": rows.row(authorization, series, names, now),
        "live": authorization.is_live(now),
        "ended_at": authorization.ended_at(now),
        "moved_to": authorization.migrated_to_id,
        "groups": uses.permission_groups(permission_uses),
        "unused": len(marks.never_used(permission_uses)),
        "droppable": len(permission_uses) > 1,
        "places": _places(authorization, reached),
        "granted_from": {"device": device(authorization.user_agent), "address": authorization.address},
        "widened_at": authorization.widened_at,
        "connections": [connection_card(c) for c in connections],
        "connections_total": total,
        "breaks": uses.breaks_card(breaks.of_facets(facets, total)),
        "token_minutes": int(settings.ACCESS_TOKEN_LIFETIME.total_seconds() // 60),
        **_timeline(request, authorization, names),
    }


def _connections(authorization: Authorization, now: datetime) -> tuple[list[Connection], int]:
    """The most recently used ones that are open, and how many are open: one statement."""
    found: list[Any] = list(
        Connection.objects.filter(authorization=authorization, revoked_at=None, expires_at__gt=now)
        .annotate(total=Window(Count("pk")))
        .order_by(F("last_used_at").desc(nulls_last=True), "-created_at", "id")[:MOST_CONNECTIONS]
    )
    return found, found[0].total if found else 0


def connection_card(connection: Connection) -> dict[str, Any]:
    return describe.connection_card(connection) | {
        "id": connection.pk,
        "device": device(connection.user_agent),
        "said": connection.user_agent,
    }


def _places(authorization: Authorization, reached: list[Bound]) -> list[dict[str, Any]]:
    included = [bound for bound in reached if bound.included]
    asked = waiting.cards(authorization.person, authorization.application, included)
    return [_place(bound) | {"waiting": asked.get(str(bound.organization.pk))} for bound in included]


def _place(bound: Bound) -> dict[str, Any]:
    return {
        "slug": bound.organization.slug,
        "too_old": bound.reason is Reason.AUTHORIZATION_TOO_OLD,
        "approved_until": _approved_until(bound),
        "name": bound.organization.name,
        "left": bound.membership is None,
        "level": bound.membership.get_access_level_display() if bound.membership else "",
        "blocked": bound.reason is not None,
        "partly": bound.partly,
        "why": why(bound),
    }


def _approved_until(bound: Bound) -> datetime | None:
    """Read with the membership: what its organization has said about the service."""
    ruling = bound.membership
    if ruling is None or getattr(ruling, "ruling_decision", "") != ServiceRuling.Decision.APPROVED:
        return None
    return ruling.ruling_expires_at  # type: ignore[attr-defined]


def _timeline(request: HttpRequest, authorization: Authorization, names: dict[str, str]) -> dict[str, Any]:
    before = timeline.read_cursor(request.GET.get("before", ""))
    entries, following = timeline.page(authorization, before)
    return {
        "timeline": [happenings.told(entry, names) for entry in entries],
        "earlier": str(following) if following else "",
        "paged": before is not None,
    }
