"""Services that may do nothing any more: when they ended, who ended them, why, and the receipt."""

from datetime import datetime
from typing import Any

from django.conf import settings
from django.core.paginator import Paginator
from django.db.models import Prefetch, Q, QuerySet
from django.db.models.functions import Coalesce
from django.http import HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET

from accounts.models import User
from accounts.stepup import PersonRequest, signed_in
from authorizations.models import Authorization, ReceiptItem
from authorizations.pages import asked, describe

PER_PAGE = 20
Ended = Authorization.Ended


@require_GET
@signed_in
def history(request: PersonRequest) -> HttpResponse:
    query, now = asked.read(request.GET).query, timezone.now()
    page = Paginator(ended(request.user, query, now), PER_PAGE).get_page(request.GET.get("page"))
    rows = [_row(authorization, request.user, now) for authorization in page.object_list]
    context = {"rows": rows, "total": page.paginator.count, "query": query, "page": page}
    return render(request, "authorizations/history.html", context)


def ended(person: User, query: str, now: datetime) -> QuerySet[Authorization]:
    """A constant number of statements, the latest end first."""
    whole = ReceiptItem.objects.filter(connection_id=None).select_related("receipt").order_by("-pk")
    found = (
        Authorization.objects.of(person)
        .ended(now)
        .select_related("application")
        .prefetch_related(Prefetch("receipt_items", queryset=whole, to_attr="proofs"))
    )
    if query:
        found = found.filter(Q(application__name__icontains=query) | Q(application__company__icontains=query))
    return found.order_by(Coalesce("revoked_at", "expires_at").desc(nulls_last=True), "id")


def _row(authorization: Authorization, person: User, now: datetime) -> dict[str, Any]:
    proofs: list[ReceiptItem] = getattr(authorization, "proofs")  # noqa: B009  (prefetched under this name)
    proof = next((item for item in proofs if item.receipt.at == authorization.revoked_at), None)
    return describe.row(authorization, ()) | {
        "ended_at": authorization.ended_at(now),
        "why": why(authorization, person, now),
        "reference": proof.receipt.reference if proof else "",
    }


def why(authorization: Authorization, person: User, now: datetime) -> str:
    """Who ended it and why, in one sentence."""
    if authorization.reason == Ended.MIGRATED:
        return _("You moved to the new version")
    if authorization.revoked_by:
        mine = authorization.revoked_by == str(person.pk)
        return _("You revoked it") if mine else _("Operations revoked it")
    if authorization.reason == Ended.SUNSET:
        return _("The legacy model ended")
    if authorization.reason in {Ended.EXPIRED, ""}:
        with_the_model = authorization.ended_at(now) == settings.LEGACY_SUNSET
        return _("The legacy model ended") if with_the_model else _("Its time was over")
    return authorization.reason[:1].upper() + authorization.reason[1:]
