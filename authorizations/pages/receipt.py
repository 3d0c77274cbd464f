"""The receipt of a revocation: what was stopped, the first call refused afterwards, the way back, and copies to keep."""

from datetime import datetime, timedelta
from typing import Any

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext
from django.views.decorators.http import require_GET, require_POST

from accounts.stepup import PersonRequest, signed_in
from authorizations.models import Receipt, ReceiptItem
from authorizations.services import receipt_documents, receipts
from authorizations.services.restoring import WINDOW, NewerConsent, restorable, restore

# The page asks by itself for so long; after that, looking again is a click.
POLLING = timedelta(minutes=10)
PER_PAGE = 50
NAMED = 10
CALLS = {
    "api": gettext_lazy("a call of the API"),
    "userinfo": gettext_lazy("a look-up of who you are"),
    "introspect": gettext_lazy("a check of its token by another server"),
    "refresh": gettext_lazy("an attempt to fetch a new token"),
    "code": gettext_lazy("an attempt to connect with a code from before"),
}


def mine(request: PersonRequest, reference: str) -> Receipt:
    """Somebody else's is not there: no difference is shown. Raises Http404."""
    found = receipts.of(request.user).select_related("person").filter(reference=reference.upper()[:12]).first()
    if found is None:
        raise Http404
    return found


@require_GET
@signed_in
def receipt(request: PersonRequest, reference: str) -> HttpResponse:
    now, found = timezone.now(), mine(request, reference)
    refusal = _refusals(found, now) | {"announce": _news(request, found)}
    if request.headers.get("HX-Target") == "first-refusal":
        return render(request, "authorizations/_first_refusal.html", {"receipt": found, "refusal": refusal})
    return render(request, "authorizations/receipt.html", _context(request, found, now) | {"refusal": refusal})


def _context(request: PersonRequest, found: Receipt, now: datetime) -> dict[str, Any]:
    items = found.items.order_by("app_name", "pk")
    page = Paginator(items, PER_PAGE).get_page(request.GET.get("page"))
    back = set(restorable(found, now=now).values_list("pk", flat=True)) if found.at > now - WINDOW else set()
    return {
        "receipt": found,
        "page": page,
        "rows": [{"item": item, "restorable": item.authorization_id in back} for item in page.object_list],
        "title": _title(found, page.object_list),
        "by": receipt_documents.who(found),
        "restorable": len(back),
        "restore_until": found.at + WINDOW,
        "restored": found.items.exclude(restored_at=None).count(),
        "intact": receipts.is_intact(found),
    }


def _title(found: Receipt, items: Any) -> str:
    names = {"name": items[0].app_name if items else "", "count": found.services}
    if found.what == Receipt.What.SET:
        return ngettext("%(count)s service was revoked", "%(count)s services were revoked", found.services) % names
    if found.what == Receipt.What.CONNECTION:
        text = ngettext(
            "A connection of %(name)s was ended", "%(ended)s connections of %(name)s were ended", found.connections
        )
        return text % (names | {"ended": found.connections})
    return _("%(name)s was revoked") % names


def _refusals(found: Receipt, now: datetime) -> dict[str, Any]:
    """Two statements, however many services there are."""
    total = found.items.count()
    refused = list(found.items.exclude(first_refused_at=None).order_by("first_refused_at", "pk")[: NAMED + 1])
    known = len(refused) if len(refused) <= NAMED else found.items.exclude(first_refused_at=None).count()
    return {
        "named": [
            {"item": item, "call": CALLS.get(item.first_refused_call, item.first_refused_call)}
            for item in refused[:NAMED]
        ],
        "known": known,
        "more": known - min(known, NAMED),
        "total": total,
        "waiting": known < total,
        "polling": known < total and now < found.at + POLLING,
    }


def _news(request: PersonRequest, found: Receipt) -> str:
    """What a screen reader is told when the page has filled itself in; nothing when there is nothing new."""
    asked = request.GET.get("seen", "")
    seen = int(asked) if asked.isascii() and asked.isdigit() and len(asked) < 7 else 0
    known = found.items.exclude(first_refused_at=None)
    if "seen" not in request.GET or known.count() <= seen:
        return ""
    latest: ReceiptItem | None = known.order_by("-first_refused_at").first()
    return _("A call of %(name)s was refused.") % {"name": latest.app_name} if latest else ""


@require_POST
@signed_in
def restore_consent(request: PersonRequest, reference: str) -> HttpResponse:
    """All that the receipt stopped, or the one service that the button names."""
    now, found = timezone.now(), mine(request, reference)
    chosen = request.POST.get("item", "")
    only = None
    if chosen:
        item = (
            found.items.filter(pk=int(chosen)).first()
            if chosen.isascii() and chosen.isdigit() and len(chosen) < 18
            else None
        )
        if item is None or item.authorization_id is None:
            raise Http404
        only = item.authorization_id
    try:
        count = restore(found, by=request.user, now=now, only=only)
    except NewerConsent:
        count = 0
    _tell(request, count)
    return redirect("authorizations:receipt", found.reference)


def _tell(request: PersonRequest, count: int) -> None:
    if not count:
        messages.warning(
            request,
            _(
                "Nothing was restored: the ten minutes are over, or the service was approved again, switched off or has ended."
            ),
        )
        return
    text = ngettext(
        "Restored: %(count)s service is approved again. Its old connections stay ended; it connects anew without asking you.",
        "Restored: %(count)s services are approved again. Their old connections stay ended; they connect anew without asking you.",
        count,
    )
    messages.success(request, text % {"count": count})


@require_GET
@signed_in
def as_json(request: PersonRequest, reference: str) -> HttpResponse:
    found = mine(request, reference)
    return _file(receipt_documents.as_json(found, now=timezone.now()), "application/json", f"{found.reference}.json")


@require_GET
@signed_in
def as_text(request: PersonRequest, reference: str) -> HttpResponse:
    found = mine(request, reference)
    return _file(receipt_documents.as_text(found, now=timezone.now()), "text/plain", f"{found.reference}.txt")


def _file(text: str, content_type: str, name: str) -> HttpResponse:
    response = HttpResponse(text, content_type=f"{content_type}; charset=utf-8")
    response["Content-Disposition"] = f'attachment; filename="{name}"'
    return response
