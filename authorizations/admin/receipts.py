"""Receipts, for operations: what was stopped, by whom, and the first call that was refused afterwards."""

from datetime import datetime
from typing import Any

from django import forms
from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest

from accounts.operations import Between
from accounts.operations.showing import linked
from authorizations.admin import finding
from authorizations.admin.base import ReadOnly, ReadOnlyInline
from authorizations.models import Receipt, ReceiptItem
from authorizations.services.receipts import is_intact


class ReceiptItemInline(ReadOnlyInline):
    model = ReceiptItem
    ordering = ("pk",)
    per_page = 50
    fields = readonly_fields = (
        "authorization",
        "app_name",
        "publisher",
        "connection_id",
        "connections",
        "codes",
        "last_used_at",
        "first_refused_at",
        "first_refused_call",
        "restored_at",
    )


class ReceiptFilters(Between):
    what = forms.ChoiceField(label="What was stopped", choices=[("", "Any"), *Receipt.What.choices], required=False)
    person = forms.UUIDField(label="Person (id)", required=False)

    def narrow(self, rows: QuerySet[Receipt], now: datetime) -> QuerySet[Receipt]:
        for name in ("what", "person"):
            if name in self.said:
                rows = rows.filter(**{name: self.said[name]})
        return self.between(rows, "at")


@admin.register(Receipt)
class ReceiptAdmin(ReadOnly):
    filters = ReceiptFilters
    keyset = ("at", "id")
    search_fields = ("reference",)
    search_help_text = "A reference such as R-7K3M-Q2TD, or words of the person."
    list_display = ("reference", "at", "person_link", "what", "services", "connections", "actor_name")
    list_select_related = ("person",)
    inlines = (ReceiptItemInline,)
    person_link = linked("person")
    fields = readonly_fields = (
        "reference",
        "person_link",
        "what",
        "selection",
        "actor_name",
        "reason",
        "at",
        "services",
        "connections",
        "codes",
        "fresh_connections",
        "access_tokens_end_at",
        "seal_fits",
    )

    def get_search_results(self, request: HttpRequest, rows: Any, text: str) -> tuple[Any, bool]:
        text = text.strip()
        if not text or text.upper().startswith("R-"):
            return rows.filter(reference=text.upper()) if text else rows, False
        return rows.filter(finding.named(text, app="")), False

    @admin.display(boolean=True, description="Seal fits")
    def seal_fits(self, receipt: Receipt) -> bool:
        return is_intact(receipt)
