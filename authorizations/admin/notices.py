"""Notices that people were told, and the outbox of what leaves the portal."""

from datetime import datetime
from typing import Any

from django import forms
from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest

from accounts.operations import Between
from accounts.operations.searching import by_id, is_uuid
from accounts.operations.showing import instant, link, linked
from authorizations.admin import finding
from authorizations.admin.base import ReadOnly, ReadOnlyInline
from authorizations.admin.words import called
from authorizations.notifications.kinds import NoticeKind
from authorizations.notifications.models import Message, Notice

KINDS = [("", "Every kind"), *((kind.value, called(kind)) for kind in sorted(NoticeKind))]
MESSAGE_STATES = [("", "Any"), ("waiting", "Waiting"), ("sent", "Sent"), ("given_up", "Given up or no longer so")]


class MessageInline(ReadOnlyInline):
    model = Message
    ordering = ("-created_at", "-pk")
    show_change_link = True
    fields = readonly_fields = ("channel", "due_at", "attempts", "sent_at", "dropped_at", "problem")


class NoticeFilters(Between):
    kind = forms.ChoiceField(choices=KINDS, required=False)
    person = forms.UUIDField(label="Person (id)", required=False)
    about = forms.CharField(label="About (id)", max_length=64, required=False)

    def narrow(self, rows: QuerySet[Notice], now: datetime) -> QuerySet[Notice]:
        said = self.said
        rows = self.between(rows, "created_at")
        for name in ("kind", "person"):
            if name in said:
                rows = rows.filter(**{name: said[name]})
        if "about" in said:
            rows = rows.filter(about_type__in=ABOUT, about_id=said["about"])
        return rows


ABOUT = (
    "authorization",
    "app",
    "secret",
    "organization",
    "approval_request",
    "personal_token",
    "brown_out",
    "person",
    "",
)


@admin.register(Notice)
class NoticeAdmin(ReadOnly):
    filters = NoticeFilters
    keyset = ("created_at", "id")
    search_fields = ("pk",)
    search_help_text = "Words of the person, or an id."
    list_display = ("created", "kind", "person_link", "app_name", "read", "cancelled")
    list_display_links = ("created", "kind")
    list_select_related = ("person",)
    inlines = (MessageInline,)
    fields = readonly_fields = (
        "kind",
        "person_link",
        "app_name",
        "about_type",
        "about_id",
        "detail",
        "created_at",
        "read_at",
        "cancelled_at",
    )
    created, read, cancelled = instant("created_at", "told"), instant("read_at", "read"), instant("cancelled_at")
    person_link = linked("person")

    def get_search_results(self, request: HttpRequest, rows: Any, text: str) -> tuple[Any, bool]:
        text = text.strip()
        if not text:
            return rows, False
        if is_uuid(text):
            return by_id(rows, ("pk", "person"), text), False
        return rows.filter(finding.named(text, app="")), False


class MessageFilters(Between):
    state = forms.ChoiceField(choices=MESSAGE_STATES, required=False)
    channel = forms.ChoiceField(choices=[("", "Any"), *Message.Channel.choices], required=False)

    def narrow(self, rows: QuerySet[Message], now: datetime) -> QuerySet[Message]:
        said = self.said
        rows = self.between(rows, "created_at")
        if "channel" in said:
            rows = rows.filter(channel=said["channel"])
        state = said.get("state")
        if state == "waiting":
            return rows.filter(sent_at=None, dropped_at=None)
        if state == "given_up":
            return rows.filter(dropped_at__isnull=False)
        return rows.filter(sent_at__isnull=False) if state == "sent" else rows


@admin.register(Message)
class MessageAdmin(ReadOnly):
    """What it says is in the notice. Payload and headers of a webhook are signed for its receiver, and not shown."""

    filters = MessageFilters
    keyset = ("created_at", "id")
    list_display = ("created", "channel", "notice_link", "due", "attempts", "sent", "dropped", "problem")
    list_display_links = ("created",)
    list_select_related = ("notice",)
    fields = readonly_fields = (
        "channel",
        "notice_link",
        "person_link",
        "address",
        "created_at",
        "due_at",
        "claimed_until",
        "attempts",
        "sent_at",
        "dropped_at",
        "problem",
    )
    created, due, sent = instant("created_at", "written"), instant("due_at", "due"), instant("sent_at", "sent")
    dropped, person_link = instant("dropped_at", "given up"), linked("person")

    @admin.display(description="notice")
    def notice_link(self, message: Message) -> Any:

        return link(message.notice, message.notice.kind if message.notice else None)
