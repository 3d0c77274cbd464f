"""Stopping one service: what stops, one question, one answer with a receipt."""

from datetime import datetime
from typing import Any
from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_http_methods

from accounts.stepup import PersonRequest, signed_in
from authorizations.models import Authorization, Receipt
from authorizations.pages import describe, mine, uses
from authorizations.services import receipts
from authorizations.services.revocation import revoke_authorizations
from authorizations.usage.breaks import breaks


@require_http_methods(["GET", "POST"])
@signed_in
def revoke(request: PersonRequest, authorization_id: UUID) -> HttpResponse:
    now, authorization = timezone.now(), mine.authorization(request, authorization_id)
    if request.method == "GET" and authorization.is_live(now):
        return render(request, "authorizations/revoke.html", _question(authorization, now))
    receipt = _stop(authorization, now) if request.method == "POST" else None
    if request.headers.get("HX-Request") == "true" and request.method == "POST":
        return render(request, "authorizations/_revoked_row.html", _answer(request, authorization, receipt, now))
    if receipt is not None:
        return redirect("authorizations:receipt", receipt.reference)
    return render(request, "authorizations/revoked.html", _answer(request, authorization, None, now))


def _question(authorization: Authorization, now: datetime) -> dict[str, Any]:
    found = breaks(authorization, now)
    return {
        "row": describe.row(authorization, ()),
        "stops": {"connections": found.connections, "last_used_at": authorization.last_used_at},
        "breaks": uses.breaks_card(found),
        "back_url": reverse("authorizations:list"),
        "post_url": reverse("authorizations:revoke", args=[authorization.pk]),
    }


def _stop(authorization: Authorization, now: datetime) -> Receipt | None:
    return revoke_authorizations(
        authorization.person,
        [authorization.pk],
        by=authorization.person,
        reason=Authorization.Ended.REVOKED,
        now=now,
    )


def _answer(
    request: HttpRequest, authorization: Authorization, receipt: Receipt | None, now: datetime
) -> dict[str, Any]:
    """`receipt`: of this very answer; else of the revocation that came before it, when there was one."""
    earlier = receipt or receipts.of_authorization(authorization)
    return {
        "row": describe.row(authorization, ()),
        "receipt": earlier,
        "already": receipt is None,
        "revoked_at": receipt.at if receipt else authorization.ended_at(now),
        "moved_to": authorization.migrated_to_id,
        "total": Authorization.objects.of(authorization.person).live(now).count(),
    }
