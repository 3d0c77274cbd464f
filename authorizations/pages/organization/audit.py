"""The audit of an organization, for its administrators: what happened, found by what, who, service and day."""

from datetime import UTC, date, datetime, time, timedelta
from typing import Any
from urllib.parse import urlencode

from django import forms
from django.http import HttpResponse, HttpResponseBadRequest, StreamingHttpResponse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_GET, require_POST

from accounts.pages.organization import frame
from accounts.stepup import PersonRequest, signed_in
from authorizations.audit import reading
from authorizations.audit.entries import data
from authorizations.audit.files import FORMATS
from authorizations.audit.reading import Filters
from authorizations.audit.words import AREAS, CATEGORIES, action, sentence
from authorizations.events.models import Event
from authorizations.services import auditing

PER_PAGE = 25
DAY = forms.DateInput(attrs={"type": "date"})
ICONS = {"create": "plus", "modify": "pencil", "remove": "cross", "access": "eye", "execute": "check"}


class AuditForm(forms.Form):
    what = forms.ChoiceField(label=_("What"), required=False, choices=[("", _("Everything")), *AREAS.items()])
    who = forms.CharField(label=_("Who"), required=False, max_length=100)
    service = forms.CharField(label=_("Service"), required=False, max_length=100)
    since = forms.DateField(label=_("From"), required=False, widget=DAY)
    until = forms.DateField(label=_("To"), required=False, widget=DAY)

    def filters(self) -> Filters:
        """Days are those of UTC; the last one is included."""
        said = self.cleaned_data
        since, until = (
            datetime.combine(said[name], time.min, tzinfo=UTC) if said[name] else None for name in ("since", "until")
        )
        last = until + timedelta(days=1) if until and until.date() < date.max else None
        return Filters(said["what"], said["who"], said["service"], since, last)

    def kept(self) -> dict[str, str]:
        """What the address says, for links and the download."""
        return {name: self.data[name] for name in self.fields if self.data.get(name)}


@require_GET
@signed_in
def listing(request: PersonRequest, organization: str) -> HttpResponse:
    seat = frame.administrator(request, organization)
    form, key = AuditForm(request.GET), reading.read_key(request.GET.get("before", ""))
    valid = form.is_valid()
    rows, following = reading.page(seat.organization, form.filters(), key, PER_PAGE) if valid else ([], None)
    kept = form.kept()
    context = {
        "form": form,
        "rows": [_row(event) for event in rows],
        "filtered": bool(kept),
        "kept": kept.items(),
        "extra": urlencode(kept),
        "earlier": following,
        "paged": key is not None,
        "formats": sorted(FORMATS),
    }
    template = "authorizations/organization/audit.html"
    return frame.render_tab(request, seat, "audit", template, context, status=200 if valid else 400)


@require_POST
@signed_in
def download(request: PersonRequest, organization: str) -> Any:
    """What the filters find, all pages of it. That it was taken away is in the audit."""
    seat = frame.administrator(request, organization)
    form, how = AuditForm(request.POST), request.POST.get("format", "")
    if how not in FORMATS or not form.is_valid():
        return HttpResponseBadRequest("A filter or the format is not valid.", content_type="text/plain")
    found, content_type = auditing.download(seat.organization, form.filters(), how, by=request.user, now=timezone.now())
    response = StreamingHttpResponse(found, content_type=content_type)
    response["Content-Disposition"] = f'attachment; filename="audit-{seat.slug}.{how}"'
    return response


def _row(event: Event) -> dict[str, Any]:
    done = action(event.name)
    return {
        "event": event,
        "icon": ICONS[done.category],
        "sentence": sentence(event),
        "area": AREAS.get(done.area, done.area),
        "category": CATEGORIES[done.category],
        "facts": [(name, value) for name, value in sorted(data(event).items())],
    }
