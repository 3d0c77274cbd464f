"""The Authorizations page: what a person approved, and how to stop it."""

from datetime import datetime
from typing import Any
from uuid import UUID

from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_GET, require_http_methods

from accounts.stepup import PersonRequest, signed_in
from authorizations import selectors
from authorizations.models import Authorization
from authorizations.pages import describe
from authorizations.services.revocation import revoke_authorization

PER_PAGE = 20


@require_GET
@signed_in
def listing(request: PersonRequest) -> HttpResponse:
    now = timezone.now()
    query = request.GET.get("q", "").replace("\x00", "")[:100].strip()
    page = Paginator(selectors.listing(request.user, query=query, now=now), PER_PAGE).get_page(request.GET.get("page"))
    rows = [describe.row(a, getattr(a, "live_connections")) for a in page.object_list]  # noqa: B009  (prefetched under this name)
    return render(
        request, "authorizations/list.html", {"rows": rows, "total": page.paginator.count, "query": query, "page": page}
    )


@require_GET
def old_address(request: HttpRequest) -> HttpResponse:
    return redirect("authorizations:list")


def _mine(request: PersonRequest, authorization_id: UUID) -> Authorization:
    """Somebody else's is not there: no difference is shown."""
    found = (
        Authorization.objects.of(request.user)
        .select_related("application", "person")
        .filter(pk=authorization_id)
        .first()
    )
    if found is None:
        raise Http404
    return found


def _stops(authorization: Authorization, now: datetime) -> dict[str, Any]:
    live = authorization.connections.filter(revoked_at=None, expires_at__gt=now).count()
    return {"connections": live, "last_used_at": authorization.last_used_at}


@require_http_methods(["GET", "POST"])
@signed_in
def revoke(request: PersonRequest, authorization_id: UUID) -> HttpResponse:
    now, authorization = timezone.now(), _mine(request, authorization_id)
    context: dict[str, Any] = {
        "row": describe.row(authorization, ()),
        "stops": _stops(authorization, now),
        "back_url": reverse("authorizations:list"),
        "post_url": reverse("authorizations:revoke", args=[authorization.pk]),
    }
    if request.method == "GET" and authorization.is_live(now):
        return render(request, "authorizations/revoke.html", context)
    done = request.method == "POST" and revoke_authorization(
        authorization, by=request.user, reason=Authorization.Ended.REVOKED, now=now
    )
    context |= {
        "already": not done,
        "revoked_at": now if done else authorization.revoked_at or authorization.expires_at,
    }
    if request.headers.get("HX-Request") == "true" and request.method == "POST":
        context["total"] = Authorization.objects.of(request.user).live(now).count()
        return render(request, "authorizations/_revoked_row.html", context)
    return render(request, "authorizations/revoked.html", context)
