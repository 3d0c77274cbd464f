"""Ending connections of a service that goes on: one, or all but one."""

from datetime import datetime
from uuid import UUID

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.utils.dateparse import parse_datetime
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_http_methods

from accounts.stepup import PersonRequest, signed_in
from authorizations.models import Authorization, Connection
from authorizations.pages import change, describe, mine
from authorizations.pages.detail import MOST_CONNECTIONS, connection_card
from authorizations.services.revocation import revoke_connections

REASON = "ended by the person"


@require_http_methods(["GET", "POST"])
@signed_in
def one(request: PersonRequest, authorization_id: UUID, connection_id: UUID) -> HttpResponse:
    now, authorization = timezone.now(), mine.authorization(request, authorization_id)
    connection = _connection(authorization, connection_id)
    if request.method == "GET":
        if not _open(connection, now):
            return _over(request, authorization)
        return _confirm(request, authorization, connection, [connection], now, others=False)
    return _end(request, authorization, [connection], now)


@require_http_methods(["GET", "POST"])
@signed_in
def others(request: PersonRequest, authorization_id: UUID, connection_id: UUID) -> HttpResponse:
    """All but this one. One that was made after the question was shown goes on: the person has not seen it."""
    now, authorization = timezone.now(), mine.authorization(request, authorization_id)
    kept = _connection(authorization, connection_id)
    shown_at = _instant(request.POST.get("shown_at", "")) if request.method == "POST" else now
    found = list(
        Connection.objects.filter(
            authorization=authorization, revoked_at=None, expires_at__gt=now, created_at__lte=shown_at or now
        )
        .exclude(pk=kept.pk)
        .order_by("-created_at")
    )
    if request.method == "POST":
        return _end(request, authorization, found, now)
    return _confirm(request, authorization, kept, found, now, others=True) if found else _over(request, authorization)


def _instant(text: str) -> datetime | None:
    try:
        return parse_datetime(text[:40])
    except ValueError:
        return None


def _connection(authorization: Authorization, connection_id: UUID) -> Connection:
    found = Connection.objects.filter(authorization=authorization, pk=connection_id).first()
    if found is None:
        raise Http404
    return found


def _open(connection: Connection, now: datetime) -> bool:
    return connection.revoked_at is None and connection.expires_at > now


def _confirm(
    request: PersonRequest,
    authorization: Authorization,
    subject: Connection,
    ending: list[Connection],
    now: datetime,
    *,
    others: bool,
) -> HttpResponse:
    context = {
        "app": describe.app_card(authorization.application),
        "authorization": authorization,
        "subject": connection_card(subject),
        "ending": [connection_card(c) for c in ending[:MOST_CONNECTIONS]],
        "number": len(ending),
        "more": max(0, len(ending) - MOST_CONNECTIONS),
        "shown_at": now.isoformat(),
        "others": others,
    }
    return render(request, "authorizations/end_connection.html", context)


def _end(request: PersonRequest, authorization: Authorization, found: list[Connection], now: datetime) -> HttpResponse:
    ids = [connection.pk for connection in found]
    ended = revoke_connections(authorization, ids, by=request.user, reason=REASON, now=now)
    if not ended:
        return _over(request, authorization)
    words = ngettext(
        "%(n)s connection of %(app)s was ended. Its next call is refused.",
        "%(n)s connections of %(app)s were ended. Their next calls are refused.",
        len(ended),
    )
    return change.done(request, authorization, words % {"n": len(ended), "app": authorization.application.name})


def _over(request: PersonRequest, authorization: Authorization) -> HttpResponse:
    messages.info(request, _("That had ended already."))
    return change.back(authorization)
