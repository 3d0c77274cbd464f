"""My data: what the portal knows about the person, to take away."""

from collections.abc import Callable, Iterator
from datetime import datetime
from typing import Any
from uuid import UUID

from django.http import Http404, HttpResponse, HttpResponseBadRequest, StreamingHttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_GET, require_POST

from accounts.stepup import PersonRequest, signed_in
from authorizations.models import Export
from authorizations.services import export, export_files

# What the person chooses -> (writer, content type, name of the file)
FORMATS: dict[str, tuple[Callable[..., Iterator[bytes]], str, str]] = {
    "json": (export_files.as_json, "application/json", "my-data.json"),
    "csv": (export_files.as_csv_zip, "application/zip", "my-data.zip"),
}
LABELS = {
    "person": _("Your account"),
    "organizations": _("Your organizations"),
    "authorizations": _("Services, what you approved and where answers went"),
    "connections": _("Connections with device and address"),
    "use": _("Counts of calls, by day"),
    "personal_tokens": _("Personal access tokens"),
    "personal_token_use": _("Use of personal access tokens"),
    "receipts": _("Receipts"),
    "notices": _("Notices"),
    "events": _("Events about you"),
}


@require_GET
@signed_in
def mydata(request: PersonRequest) -> HttpResponse:
    now = timezone.now()
    made = export.latest(request.user, now=now)
    state = {"export": made, "links": _links(made), "working": made is not None and made.state in export.UNFINISHED}
    if request.headers.get("HX-Target") == "export-state":
        return render(request, "authorizations/_export_state.html", state | {"polled": True})
    sizes = export.size(request.user)
    total = sum(sizes.values())
    lines = [{"label": LABELS[name], "count": count} for name, count in sizes.items()]
    context = {"lines": lines, "total": total, "small": total <= export.SMALL, **state}
    return render(request, "authorizations/mydata.html", context)


def _links(made: Export | None) -> dict[str, str]:
    if made is None or made.state != Export.State.READY:
        return {}
    token = export.token_of(made)
    return {kind: reverse("authorizations:mydata-stored", args=[made.pk, token, kind]) for kind in FORMATS}


@require_POST
@signed_in
def copy(request: PersonRequest) -> Any:
    """At once when it is short; else it is made in the background, and the page shows how far it is."""
    now, kind = timezone.now(), request.POST.get("format", "")
    if sum(export.size(request.user).values()) > export.SMALL:
        export.request_export(request.user, now=now)
        return redirect("authorizations:mydata")
    if kind not in FORMATS:
        return HttpResponseBadRequest("format is json or csv.", content_type="text/plain")
    export.note_exported(request.user, how=kind, now=now)
    return _stream(export.live_rows(request.user), kind, now)


@require_GET
@signed_in
def stored(request: PersonRequest, export_id: UUID, token: str, kind: str) -> Any:
    """Somebody else's, an unfinished, a forgotten one: not there. No difference is shown."""
    now = timezone.now()
    made = Export.objects.filter(
        pk=export_id, person=request.user, state=Export.State.READY, expires_at__gt=now
    ).first()
    if made is None or kind not in FORMATS or not export.opens(made, token):
        raise Http404
    export.note_exported(request.user, how=kind, now=now)
    return _stream(export.stored_rows(made), kind, made.created_at)


def _stream(batches: export.Batches, kind: str, now: datetime) -> StreamingHttpResponse:
    write, content_type, name = FORMATS[kind]
    response = StreamingHttpResponse(write(batches, now=now), content_type=content_type)
    response["Content-Disposition"] = f'attachment; filename="{name}"'
    return response
