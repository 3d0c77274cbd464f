"""Acts of operations: choose, look at what it would do, say why, and follow the job that does it."""

import uuid
from typing import Any, cast
from urllib.parse import urlencode

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.http import Http404, HttpRequest, HttpResponse, StreamingHttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import path, reverse
from django.utils import timezone

from accounts.roles import Role, at_least
from authorizations.admin.base import ReadOnly, acting
from authorizations.admin.choosing import ChoosingForm, asked
from authorizations.models import Authorization, Incident, OperationsJob, OperationsJobItem
from authorizations.services.operations import jobs, preview, results, selection
from authorizations.services.operations.jobs import NotConfirmed
from authorizations.services.operations.selection import Selection, WrongSelection, is_uuid

Act = OperationsJob.Act
TURNS = {"pause": jobs.pause, "resume": jobs.resume, "cancel": jobs.cancel, "retry": jobs.retry}
WITH_THE_REQUEST = 3  # batches: what is small is done when the page comes back
# What can be undone, and what not: said before and after.
UNDONE = {
    Act.REVOKE: "An authorization that was revoked cannot be brought back: the person approves the service anew. An app that is switched off first can be switched on again.",
    Act.DISCONNECT: "A connection that was ended cannot be brought back. The approval stands, so the service connects again when the person signs in to it.",
    Act.DISABLE: "Switching off can be undone: switch the app on again. Approvals, connections and secrets are kept meanwhile.",
    Act.ENABLE: "Switching on can be undone: switch the app off again.",
    Act.END_SECRET: "A secret that was ended cannot be brought back. Its owners make a new one, and services connect again with it.",
    Act.DEACTIVATE: "The person can be reactivated. What they had approved and their personal tokens stay ended, unless only the person was switched off.",
    Act.REACTIVATE: "Reactivating can be undone: deactivate the person again.",
    Act.TELL: "A notice that was written cannot be taken back.",
}
LINKS = {"authorization": "admin:authorizations_authorization_change", "told": "admin:authorizations_authorization_change",
         "app": "admin:oauthapps_application_change", "person": "admin:accounts_user_change"}  # fmt: skip


def need(request: HttpRequest, role: Role) -> None:
    if not at_least(request.user, role):
        raise PermissionDenied


@admin.register(OperationsJob)
class OperationsJobAdmin(ReadOnly):
    list_display = ("reference", "act", "state", "progress", "asked_by", "confirmed_at", "finished_at")
    list_filter = ("state", "act")
    search_fields = ("reference", "reason", "incident__reference")
    list_select_related = ("asked_by",)
    ordering = ("-confirmed_at", "-id")
    list_per_page = 50
    change_list_template = "admin/operations/jobs.html"

    @admin.display(description="Progress")
    def progress(self, job: OperationsJob) -> str:
        return f"{job.handled:,} of {job.total:,}"

    def get_urls(self) -> list[Any]:
        wrap, name = self.admin_site.admin_view, "authorizations_operationsjob"
        return [
            path("new/", wrap(self.new), name=f"{name}_new"),
            path("confirm/", wrap(self.confirm), name=f"{name}_confirm"),
            path("<uuid:pk>/results.csv", wrap(self.csv), name=f"{name}_csv"),
            path("<uuid:pk>/<str:turn>/", wrap(self.turn), name=f"{name}_turn"),
            *super().get_urls(),
        ]

    def new(self, request: HttpRequest) -> HttpResponse:
        need(request, Role.OPERATOR)
        if not request.GET.get("go"):
            return self._choose(request, ChoosingForm(initial=request.GET.dict()))
        form = asked(request)
        if not form.is_valid():
            return self._choose(request, form, status=400)
        said = form.cleaned_data
        try:
            return self.look(request, said["act"], said["selection"], incident=said["incident"])
        except WrongSelection as wrong:
            form.add_error(wrong.field if wrong.field in form.fields else None, str(wrong))
            return self._choose(request, form, status=400)

    def _choose(self, request: HttpRequest, form: ChoosingForm, status: int = 200) -> HttpResponse:
        context = self.admin_site.each_context(request) | {"form": form, "title": "Choose what to act on"}
        return render(request, "admin/operations/choose.html", context, status=status)

    def look(
        self,
        request: HttpRequest,
        act: str,
        wanted: Selection,
        *,
        incident: Incident | None = None,
        refused: NotConfirmed | None = None,
        typed: dict[str, str] | None = None,
    ) -> HttpResponse:
        """The preview, and the form that confirms it. Raises WrongSelection."""
        now = timezone.now()
        shown = preview.count(act, wanted, now=now)
        context = self.admin_site.each_context(request) | {
            "title": Act(act).label,
            "act": act,
            "preview": shown,
            "words": selection.in_words(shown.wanted),
            "token": shown.signed(),
            "undone": UNDONE[Act(act)],
            "incident": incident,
            "refused": refused,
            "typed": typed or {},
            "may_switch_off": act == Act.REVOKE and shown.wanted.apps,
            "whole_apps": set(shown.wanted.as_json()) <= {"apps", "moment"},
            "longest": jobs.LONGEST_REASON,
        }
        return render(request, "admin/operations/preview.html", context, status=400 if refused else 200)

    def confirm(self, request: HttpRequest) -> HttpResponse:
        need(request, Role.OPERATOR)
        if request.method != "POST":
            return redirect("admin:authorizations_operationsjob_new")
        token = request.POST.get("shown", "")
        shown = preview.read(token)
        if shown is None or shown.act not in Act.values:
            context = self.admin_site.each_context(request) | {"title": "This cannot be confirmed"}
            return render(request, "admin/operations/unreadable.html", context, status=400)
        key = request.POST.get("incident", "")
        incident = Incident.objects.filter(pk=key).first() if is_uuid(key) else None
        try:
            job = jobs.confirm(
                shown,
                by=acting(request),
                reason=request.POST.get("reason", ""),
                people_typed=request.POST.get("people_typed", ""),
                options={name: True for name in ("switch_off", "keep") if request.POST.get(name)},
                incident=incident,
                key=jobs.key_of(token),
                now=timezone.now(),
            )
        except NotConfirmed as refused:
            typed = {name: request.POST.get(name, "") for name in ("reason", "people_typed", "switch_off", "keep")}
            return self.look(request, shown.act, shown.wanted, incident=incident, refused=refused, typed=typed)
        jobs.run(job, clock=timezone.now, most=WITH_THE_REQUEST)
        return redirect("admin:authorizations_operationsjob_change", job.pk)

    def change_view(
        self, request: HttpRequest, object_id: str, form_url: str = "", extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        """A job: how far it is, and what came of each thing."""
        need(request, Role.AUDITOR)
        if not is_uuid(object_id):
            raise Http404
        job = get_object_or_404(OperationsJob.objects.select_related("asked_by", "incident"), pk=object_id)
        outcome, after = request.GET.get("outcome", ""), request.GET.get("after", "")
        number = int(after) if after.isdecimal() and len(after) < 19 else 0
        rows, further = results.page(job, outcome, number)
        try:
            words = selection.in_words(selection.from_json(job.query))
        except WrongSelection:
            words = []
        context = self.admin_site.each_context(request) | {
            "title": f"{job.get_act_display()}: {job.reference}",
            "job": job,
            "words": words,
            "rows": [(i, _link(i)) for i in rows],
            "further": further,
            "after": number,
            "outcome": outcome,
            "outcomes": [("", "All", job.handled), *((o.value, o.label, getattr(job, o.value)) for o in OperationsJobItem.Outcome)],
            "may_act": at_least(request.user, Role.OPERATOR),
            "undone": UNDONE[Act(job.act)],
            "undo": _undo(job),
            "later": _later(job),
        }  # fmt: skip
        return render(request, "admin/operations/job.html", context)

    def csv(self, request: HttpRequest, pk: uuid.UUID) -> HttpResponse:
        need(request, Role.AUDITOR)
        job = get_object_or_404(OperationsJob, pk=pk)
        answer = StreamingHttpResponse(
            results.table(job, request.GET.get("outcome", "")), content_type="text/csv; charset=utf-8"
        )
        answer["Content-Disposition"] = f'attachment; filename="{job.reference}.csv"'
        return cast(HttpResponse, answer)

    def turn(self, request: HttpRequest, pk: uuid.UUID, turn: str) -> HttpResponse:
        if turn not in TURNS:  # Django's own pages of a record: change, history, delete
            return self._record(request, pk, turn)
        need(request, Role.OPERATOR)
        job = get_object_or_404(OperationsJob, pk=pk)
        if request.method == "POST" and not TURNS[turn](job, by=acting(request), now=timezone.now()):
            self.message_user(request, "The job is in another state by now. Nothing was changed.", messages.WARNING)
        return redirect("admin:authorizations_operationsjob_change", job.pk)

    def _record(self, request: HttpRequest, pk: uuid.UUID, page: str) -> HttpResponse:
        if page == "change":
            return self.change_view(request, str(pk))
        if page == "history":
            return self.history_view(request, str(pk))
        raise Http404


def _link(item: OperationsJobItem) -> str:
    name = LINKS.get(item.subject_type)
    return reverse(name, args=[item.subject_id]) if name else ""


def _undo(job: OperationsJob) -> tuple[str, str] | None:
    """Words and address of the act that takes it back, where there is one."""
    wanted = job.query
    if job.act == Act.DISABLE or (job.act == Act.REVOKE and job.options.get("switch_off")):
        return "Switch on again", address_of(Act.ENABLE, app=wanted.get("apps", ()))
    if job.act == Act.ENABLE:
        return "Switch off again", address_of(Act.DISABLE, app=wanted.get("apps", ()))
    if job.act == Act.DEACTIVATE:
        return "Reactivate", address_of(Act.REACTIVATE, person=wanted.get("people", ()))
    return None


def _later(job: OperationsJob) -> int:
    """What was approved since somebody looked: the job leaves it alone, and says so."""
    if job.act != Act.REVOKE or job.state not in (OperationsJob.State.DONE, OperationsJob.State.CANCELLED):
        return 0
    now = timezone.now()
    try:
        wanted = selection.from_json(job.query)
    except WrongSelection:
        return 0
    found = selection.authorizations(wanted, at=now, now=now).filter(granted_at__gt=job.counted_at)
    return found.order_by()[:1000].count()


def address_of(act: str, **chosen: Any) -> str:
    return (
        reverse("admin:authorizations_operationsjob_new") + "?" + urlencode({"act": act, "go": 1} | chosen, doseq=True)
    )


def look_at_selected(request: HttpRequest, chosen: QuerySet[Authorization]) -> HttpResponse | None:
    """From the list of authorizations: what revoking the ticked ones would do."""
    need(request, Role.OPERATOR)
    keys = [str(pk) for pk in chosen.values_list("pk", flat=True)[: selection.MOST_CHOSEN + 1]]
    if len(keys) > selection.MOST_CHOSEN:
        text = f"Tick at most {selection.MOST_CHOSEN:,}, or describe them by a query under Jobs."
        messages.error(request, text)
        return None
    page = cast(OperationsJobAdmin, admin.site._registry[OperationsJob])
    return page.look(request, Act.REVOKE, Selection(ids=tuple(keys)))
