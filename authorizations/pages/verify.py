"""Is this receipt genuine? A public page: whoever is shown a receipt can check it without an account."""

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.dateparse import parse_datetime
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from accounts.pages.too_many import too_many
from authorizations import limits
from authorizations.events.context import current
from authorizations.models import ReceiptItem
from authorizations.services.receipt_documents import LONGEST, NotReadable, Verdict
from authorizations.services.receipt_documents import verify as verdict_on


@require_http_methods(["GET", "POST"])
def verify(request: HttpRequest) -> HttpResponse:
    if request.method == "GET":
        return render(request, "authorizations/verify.html", {})
    if wait := limits.count("verify_per_address", current().address):
        return too_many(request, wait)
    try:
        verdict = verdict_on(_text(request))
    except NotReadable as problem:
        return render(request, "authorizations/verify.html", {"problem": _words(str(problem))}, status=422)
    return render(request, "authorizations/verify.html", _answer(verdict))


def _text(request: HttpRequest) -> str:
    """What was uploaded, else what was pasted. Raises NotReadable."""
    upload = request.FILES.get("file")
    if upload is None:
        return request.POST.get("text", "").replace("\x00", "")
    if (upload.size or 0) > LONGEST:
        raise NotReadable("long")
    try:
        return upload.read().decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise NotReadable("other") from error


def _words(problem: str) -> str:
    return {
        "empty": _("Paste the text of a receipt, or choose its file."),
        "long": _("That is larger than any receipt. Choose the file that was downloaded from the receipt page."),
        "json": _(
            "That looks like a receipt file but cannot be read: a part is missing or was changed. Use the file as it was downloaded."
        ),
    }.get(
        problem,
        _(
            "That is not a receipt. Use the whole text or the file, as it was downloaded from the receipt page, with its seal."
        ),
    )


def _answer(verdict: Verdict) -> dict[str, Any]:
    if not verdict.genuine:
        return {"verdict": verdict}
    document = verdict.document
    instants = {name: parse_datetime(document.get(name) or "") for name in ("revoked_at", "issued_at")}
    restored = ReceiptItem.objects.filter(receipt__reference=verdict.reference).exclude(restored_at=None).count()
    return {"verdict": verdict, "document": document, "restored": restored, **instants}
