"""Streams of events to security systems: auditors see how far each is, administrators make and mend them."""

from datetime import UTC, datetime
from typing import Any

from django import forms
from django.contrib import admin, messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from unfold.decorators import action
from unfold.widgets import UnfoldAdminTextareaWidget, UnfoldAdminTextInputWidget

from accounts.operations import act_page
from accounts.roles import Role
from authorizations.admin.base import ReadOnly, acting
from authorizations.models import EventStream
from authorizations.notifications import webhook
from authorizations.services.streaming import reading, sending, streams
from authorizations.services.streaming.reading import Place
from authorizations.services.streaming.streams import StreamRefused

PAGE = "admin:authorizations_eventstream_change"


class AddressForm(forms.Form):
    address = forms.CharField(
        label="Address",
        max_length=2000,
        help_text="An https address of the receiver.",
        widget=UnfoldAdminTextInputWidget(),
    )
    kinds = forms.CharField(
        label="Only these events",
        required=False,
        help_text="Names such as token.reuse_detected, one a line. Empty: all events.",
        widget=UnfoldAdminTextareaWidget(attrs={"rows": 4}),
    )

    def clean_kinds(self) -> list[str]:
        return sorted(set(self.cleaned_data["kinds"].replace(",", " ").split()))


class NewForm(AddressForm):
    name = forms.CharField(label="Name", max_length=80, widget=UnfoldAdminTextInputWidget())
    since = forms.DateTimeField(
        label="From",
        required=False,
        help_text="An instant (UTC) such as 2026-11-01 00:00: events since then are sent, too. Empty: from now on.",
        widget=UnfoldAdminTextInputWidget(),
        error_messages={"invalid": "Write an instant such as 2026-11-01 00:00."},
    )
    field_order = ("name", "address", "kinds", "since")


class SinceForm(forms.Form):
    since = forms.DateTimeField(
        label="Since",
        help_text="An instant (UTC) such as 2026-11-01 00:00. The receiver gets events twice that it has already.",
        widget=UnfoldAdminTextInputWidget(),
        error_messages={"invalid": "Write an instant such as 2026-11-01 00:00."},
    )


class NothingForm(forms.Form):
    """The button alone."""


@admin.register(EventStream)
class EventStreamAdmin(ReadOnly):
    adds = Role.ADMINISTRATOR
    list_display = ("name", "host", "state", "behind", "last_sent_at", "sent")
    ordering = ("name",)
    fields = readonly_fields = (
        "name",
        "host",
        "only",
        "state",
        "behind",
        "problem",
        "failing_since",
        "last_sent_at",
        "last_event_at",
        "sent",
        "made_by_name",
        "created_at",
        "paused_at",
    )
    actions_detail = ("send_test", "change_address", "pause_or_resume", "send_again", "new_secret", "remove_stream")

    @admin.display(description="Receiver")
    def host(self, stream: EventStream) -> str:
        return webhook.host_of(stream.address)  # the rest may carry a key of the receiver

    @admin.display(description="Events")
    def only(self, stream: EventStream) -> str:
        return ", ".join(stream.kinds) or "all"

    @admin.display(description="State")
    def state(self, stream: EventStream) -> str:
        if stream.paused_at:
            return "Paused"
        if stream.failing_since:
            return f"Not taken since {stream.failing_since:%Y-%m-%d %H:%M} UTC ({stream.failures} attempts)"
        return "Well"

    @admin.display(description="Behind")
    def behind(self, stream: EventStream) -> str:
        found = reading.behind(Place(stream.block, stream.event))
        if found.since is None:
            return "nothing waits"
        return f"at most {found.events:,} events, the oldest of {found.since:%Y-%m-%d %H:%M} UTC"

    def add_view(self, request: HttpRequest, form_url: str = "", extra_context: Any = None) -> HttpResponse:
        if not self.has_add_permission(request):
            return self._no(request)
        form = NewForm(request.POST or None)
        if request.method == "POST" and form.is_valid():
            said = form.cleaned_data
            try:
                made = streams.make(
                    name=said["name"],
                    address=said["address"],
                    kinds=said["kinds"],
                    since=_utc(said["since"]),
                    by=acting(request),
                    now=timezone.now(),
                )
            except StreamRefused as refusal:
                form.add_error(refusal.field, str(refusal))
            else:
                return self._shown(request, made.stream, made.secret)
        context = self.admin_site.each_context(request) | {
            "form": form,
            "title": "A new stream of events",
            "verb": "Make the stream",
            "about": "Sealed events are sent to the address as JSON, in batches and in order, signed with a secret that you see once.",
            "back": "../",
        }
        return render(request, "admin/act.html", context, status=400 if form.errors else 200)

    @action(description="Send a test", url_path="test", permissions=["configure"])
    def send_test(self, request: HttpRequest, object_id: str) -> HttpResponse:
        stream = self.one(request, object_id)
        if request.method != "POST":
            return self._asked(request, stream, "Send a test", "The receiver gets a batch without events.")
        if problem := sending.test(stream, now=timezone.now()):
            self.message_user(request, f"The receiver did not take the test: {problem}.", messages.ERROR)
        else:
            self.message_user(request, "The receiver took the test.")
        return redirect(PAGE, stream.pk)

    @action(description="Change", url_path="address", permissions=["configure"])
    def change_address(self, request: HttpRequest, object_id: str) -> HttpResponse:
        stream = self.one(request, object_id)
        first = {"address": stream.address, "kinds": "\n".join(stream.kinds)}
        form = AddressForm(request.POST or None, initial=first)
        if request.method == "POST" and form.is_valid():
            try:
                streams.change(stream, **form.cleaned_data, by=acting(request), now=timezone.now())
            except StreamRefused as refusal:
                form.add_error(refusal.field, str(refusal))
            else:
                self.message_user(request, "The stream is changed. It goes on where it was.")
                return redirect(PAGE, stream.pk)
        return act_page(request, stream, {"form": form, "title": f"Change {stream}", "verb": "Change the stream"}, PAGE)

    @action(description="Pause or resume", url_path="pause", permissions=["configure"])
    def pause_or_resume(self, request: HttpRequest, object_id: str) -> HttpResponse:
        stream = self.one(request, object_id)
        verb = "Resume" if stream.paused_at else "Pause"
        if request.method != "POST":
            return self._asked(request, stream, verb, "Nothing is lost meanwhile: it goes on where it was.")
        (streams.resume if stream.paused_at else streams.pause)(stream, by=acting(request), now=timezone.now())
        self.message_user(request, f"{verb}d.")
        return redirect(PAGE, stream.pk)

    @action(description="Send again", url_path="again", permissions=["configure"])
    def send_again(self, request: HttpRequest, object_id: str) -> HttpResponse:
        stream, form = self.one(request, object_id), SinceForm(request.POST or None)
        if request.method == "POST" and form.is_valid():
            since = _utc(form.cleaned_data["since"])
            try:
                assert since is not None  # noqa: S101  (the form wants it)
                streams.send_again(stream, since=since, by=acting(request), now=timezone.now())
            except StreamRefused as refusal:
                form.add_error(refusal.field, str(refusal))
            else:
                self.message_user(request, "Events are sent again from then on.")
                return redirect(PAGE, stream.pk)
        return act_page(request, stream, {"form": form, "title": f"Send again: {stream}", "verb": "Send again"}, PAGE)

    @action(description="New secret", url_path="secret", permissions=["configure"])
    def new_secret(self, request: HttpRequest, object_id: str) -> HttpResponse:
        stream = self.one(request, object_id)
        if request.method != "POST":
            return self._asked(request, stream, "Make a new secret", "The old one signs nothing more from then on.")
        return self._shown(request, stream, streams.new_secret(stream, by=acting(request), now=timezone.now()))

    @action(description="Remove", url_path="remove", permissions=["configure"])
    def remove_stream(self, request: HttpRequest, object_id: str) -> HttpResponse:
        stream = self.one(request, object_id)
        if request.method != "POST":
            return self._asked(request, stream, "Remove", "The receiver gets nothing more. The events stay here.")
        streams.remove(stream, by=acting(request), now=timezone.now())
        self.message_user(request, "Removed.")
        return redirect("admin:authorizations_eventstream_changelist")

    def _asked(self, request: HttpRequest, stream: EventStream, verb: str, about: str) -> HttpResponse:
        said = {"form": NothingForm(), "title": f"{verb}: {stream}", "verb": verb, "about": about}
        return act_page(request, stream, said, PAGE)

    def _shown(self, request: HttpRequest, stream: EventStream, secret: str) -> HttpResponse:
        context = self.admin_site.each_context(request) | {
            "title": f"Secret of {stream}",
            "secret": secret,
            "thing": stream,
        }
        return render(request, "admin/stream_secret.html", context)

    def _no(self, request: HttpRequest) -> HttpResponse:
        return render(request, "errors/403_operations.html", status=403)


def _utc(value: datetime | None) -> datetime | None:
    return value if value is None or value.tzinfo else value.replace(tzinfo=UTC)
