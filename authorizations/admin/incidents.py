"""Incident mode: what was compromised, who is affected, stopping it, telling everybody, and the evidence."""

import uuid
from typing import Any, cast
from urllib.parse import urlencode

from django import forms
from django.contrib import admin, messages
from django.http import Http404, HttpRequest, HttpResponse, StreamingHttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import path, reverse
from django.utils import timezone

from accounts.roles import Role, at_least
from authorizations.admin.base import ReadOnly, acting
from authorizations.admin.jobs import WITH_THE_REQUEST, need
from authorizations.events.kinds import Kind
from authorizations.models import EvidencePack, Incident, OperationsJob
from authorizations.services.evidence import packing
from authorizations.services.incidents import affected as incident_affected
from authorizations.services.incidents import opening, telling, timeline
from authorizations.services.incidents.affected import SOURCES, Affected
from authorizations.services.incidents.containing import Offer, offers
from authorizations.services.incidents.opening import IncidentRefused, Report
from authorizations.services.operations import jobs, preview
from authorizations.services.operations.selection import Selection, is_uuid

SHOWN = 20
ROLES = (("person", "People"), ("owner", "Owners of the app"), ("administrator", "Administrators of organizations"))


class OpeningForm(forms.Form):
    title = forms.CharField(label="Title", max_length=200, help_text="For your colleagues: what is it about?")
    subject = forms.ChoiceField(label="What was compromised", choices=Incident.Subject.choices)
    what = forms.CharField(
        label="Which",
        help_text="A client id or the name of an app; the key id of a secret (its first 16 characters); or a range such as 192.0.2.0/24.",
    )
    since = forms.CharField(label="From", help_text="Such as 2026-11-26 10:00, UTC.")
    until = forms.CharField(label="Until", required=False, help_text="Empty: it goes on until now.")
    what_happened = forms.CharField(
        label="What happened",
        required=False,
        widget=forms.Textarea(attrs={"rows": 4}),
        help_text="Never a secret or a token: it is in the evidence pack.",
    )


@admin.register(Incident)
class IncidentAdmin(ReadOnly):
    list_display = ("reference", "title", "subject_name", "since", "until", "state", "opened_by")
    list_filter = ("state", "subject")
    search_fields = ("reference", "title", "subject_id", "subject_name")
    list_select_related = ("opened_by",)
    ordering = ("-opened_at", "-id")
    list_per_page = 50
    change_list_template = "admin/operations/incidents.html"

    def get_urls(self) -> list[Any]:
        wrap, name = self.admin_site.admin_view, "authorizations_incident"
        return [
            path("open/", wrap(self.open), name=f"{name}_open"),
            path("<uuid:pk>/tell/", wrap(self.tell), name=f"{name}_tell"),
            path("<uuid:pk>/close/", wrap(self.close), name=f"{name}_close"),
            path("<uuid:pk>/evidence/", wrap(self.evidence), name=f"{name}_evidence"),
            path("<uuid:pk>/evidence/<uuid:pack>.zip", wrap(self.download), name=f"{name}_download"),
            *super().get_urls(),
        ]

    def open(self, request: HttpRequest) -> HttpResponse:
        need(request, Role.OPERATOR)
        form = OpeningForm(request.POST or None)
        if request.method == "POST" and form.is_valid():
            try:
                made = opening.open_incident(Report(**form.cleaned_data), by=acting(request), now=timezone.now())
            except IncidentRefused as refused:
                form.add_error(refused.field, str(refused))
            else:
                return redirect("admin:authorizations_incident_change", made.pk)
        context = self.admin_site.each_context(request) | {"form": form, "title": "Open an incident"}
        return render(request, "admin/operations/open.html", context, status=400 if form.errors else 200)

    def change_view(
        self, request: HttpRequest, object_id: str, form_url: str = "", extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        need(request, Role.AUDITOR)
        if not is_uuid(object_id):
            raise Http404
        return self._page(request, self._get(uuid.UUID(object_id)))

    @staticmethod
    def _get(pk: uuid.UUID) -> Incident:
        return get_object_or_404(Incident.objects.select_related("opened_by"), pk=pk)

    def _page(self, request: HttpRequest, incident: Incident, **more: Any) -> HttpResponse:
        affected = Affected(incident)
        pack = EvidencePack.objects.filter(incident=incident).order_by("-asked_at").first()
        context = self.admin_site.each_context(request) | {
            "title": str(incident),
            "incident": incident,
            "extent": affected.extent(),
            "sources": SOURCES[incident_affected.Subject(incident.subject)],
            "people": affected.people.order_by("display_name", "pk")[:SHOWN],
            "organizations": affected.organizations.order_by("name")[:SHOWN],
            "authorizations": affected.authorizations.select_related("person", "application").order_by("-granted_at", "pk")[:SHOWN],
            "events": affected.events.order_by("-at", "-pk")[:SHOWN],
            "timeline": timeline.lines(affected, 100),
            "offers": [(o, _address(o, incident)) for o in offers(affected)],
            "jobs": incident.jobs.select_related("asked_by").order_by("-confirmed_at")[:50],
            "pack": pack,
            "packs": incident.packs.filter(state=EvidencePack.State.READY).order_by("-asked_at")[:10],
            "app": affected.app,
            "may_act": at_least(request.user, Role.OPERATOR),
            "shown": SHOWN,
        } | more  # fmt: skip
        return render(request, "admin/operations/incident.html", context, status=400 if more.get("refused") else 200)

    def tell(self, request: HttpRequest, pk: uuid.UUID) -> HttpResponse:
        """First what each would read and how many they are, then the job that writes it."""
        need(request, Role.OPERATOR)
        incident, now = self._get(pk), timezone.now()
        text = request.POST.get("text", "").replace("\x00", "").replace("\r\n", "\n").strip()
        refused = f"At most {telling.LONGEST:,} characters." if len(text) > telling.LONGEST else ""
        shown = preview.read(request.POST.get("shown", "")) if request.method == "POST" else None
        if shown and not refused and request.POST.get("sure"):
            try:
                return self._told(request, incident, shown, text)
            except jobs.NotConfirmed as why:
                refused = str(why)
        affected = Affected(incident)
        counted = telling.counted(affected)
        context = self.admin_site.each_context(request) | {
            "title": f"Tell everybody: {incident.reference}",
            "incident": incident,
            "counted": counted,
            "text": text[: telling.LONGEST],
            "longest": telling.LONGEST,
            "refused": refused,
            "samples": [(label, telling.sample(affected, role, text[: telling.LONGEST], now)) for role, label in ROLES],
            "token": preview.sign(OperationsJob.Act.TELL, Selection(), counted, now),
            "told_before": incident.jobs.filter(act=OperationsJob.Act.TELL).order_by("-confirmed_at").first(),
        }
        return render(request, "admin/operations/tell.html", context, status=400 if refused else 200)

    def _told(self, request: HttpRequest, incident: Incident, shown: preview.Shown, text: str) -> HttpResponse:
        if shown.act != OperationsJob.Act.TELL:
            raise jobs.NotConfirmed("", "That was about something else. Look at it once more.")
        job = jobs.confirm(
            shown,
            by=acting(request),
            reason=f"Security notice {incident.reference}",
            options={"text": text},
            incident=incident,
            key=jobs.key_of(request.POST["shown"] + str(incident.pk)),
            now=timezone.now(),
        )
        jobs.run(job, clock=timezone.now, most=WITH_THE_REQUEST)
        return redirect("admin:authorizations_operationsjob_change", job.pk)

    def close(self, request: HttpRequest, pk: uuid.UUID) -> HttpResponse:
        need(request, Role.OPERATOR)
        incident = self._get(pk)
        if request.method == "POST":
            said = request.POST.get("conclusion", "")
            try:
                if not opening.close(incident, said, by=acting(request), now=timezone.now()):
                    self.message_user(request, "It was closed already.", messages.WARNING)
            except IncidentRefused as refused:
                return self._page(request, incident, refused=str(refused), conclusion=said)
        return redirect("admin:authorizations_incident_change", incident.pk)

    def evidence(self, request: HttpRequest, pk: uuid.UUID) -> HttpResponse:
        need(request, Role.OPERATOR)
        incident = self._get(pk)
        if request.method == "POST":
            packing.request(incident, by=acting(request), now=timezone.now())
        return redirect(reverse("admin:authorizations_incident_change", args=[incident.pk]) + "#evidence")

    def download(self, request: HttpRequest, pk: uuid.UUID, pack: uuid.UUID) -> HttpResponse:
        """Auditors too: it is what they are there for. That it left the portal is an event."""
        need(request, Role.AUDITOR)
        found = get_object_or_404(
            EvidencePack.objects.select_related("incident"), pk=pack, incident=pk, state=EvidencePack.State.READY
        )
        opening.note(
            Kind.INCIDENT_DOWNLOADED,
            found.incident,
            by=acting(request),
            now=timezone.now(),
            pack=str(found.pk),
            sha256=found.sha256,
        )
        answer = StreamingHttpResponse(packing.content(found), content_type="application/zip")
        answer["Content-Length"] = str(found.size)
        answer["Content-Disposition"] = f'attachment; filename="{found.incident.reference}.zip"'
        return cast(HttpResponse, answer)


def _address(offer: Offer, incident: Incident) -> str:
    query = urlencode({"go": 1, "act": offer.act, "incident": incident.pk} | offer.asked, doseq=True)
    return f"{reverse('admin:authorizations_operationsjob_new')}?{query}"
