"""The consent receipt of one authorization: to read, to print, to keep."""

import json
from datetime import UTC, datetime
from uuid import UUID

from django.http import HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_GET

from accounts.stepup import PersonRequest, signed_in
from authorizations.pages import describe, mine
from authorizations.services import consent_receipts


@require_GET
@signed_in
def consent_receipt(request: PersonRequest, authorization_id: UUID) -> HttpResponse:
    now, authorization = timezone.now(), mine.authorization(request, authorization_id)
    document = consent_receipts.document(authorization, now=now)
    context = {
        "authorization": authorization,
        "app": describe.app_card(authorization.application),
        "document": document,
        "details": document["authorization"],
        "groups": describe.groups(authorization.scopes),
        "granted_at": datetime.fromtimestamp(document["consentTimestamp"], UTC),
        "live": authorization.is_live(now),
    }
    return render(request, "authorizations/consent_receipt.html", context)


@require_GET
@signed_in
def as_json(request: PersonRequest, authorization_id: UUID) -> HttpResponse:
    authorization = mine.authorization(request, authorization_id)
    document = consent_receipts.document(authorization, now=timezone.now())
    text = json.dumps(document, indent=2, ensure_ascii=False) + "\n"
    response = HttpResponse(text, content_type="application/json; charset=utf-8")
    response["Content-Disposition"] = f'attachment; filename="consent-{authorization.pk}.json"'
    return response
