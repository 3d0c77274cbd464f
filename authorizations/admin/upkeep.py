"""Keys, use, and copies of data: what runs beneath."""

from datetime import datetime

from django import forms
from django.contrib import admin
from django.db.models import QuerySet

from accounts.operations import Between, Filters
from accounts.operations.showing import linked
from authorizations.admin.base import ReadOnly
from authorizations.models import AppUsage, Export, SigningKey


@admin.register(SigningKey)
class SigningKeyAdmin(ReadOnly):
    list_display = ("kid", "algorithm", "stage", "created_at", "current_from", "retired_at", "withdrawn_at")
    fields = ("kid", "algorithm", "public_jwk", "created_at", "current_from", "retired_at", "withdrawn_at")


class UsageFilters(Filters):
    day = forms.DateField(required=False, error_messages={"invalid": "Write a day such as 2026-11-26."})
    app = forms.CharField(label="App (id)", max_length=255, required=False)

    def narrow(self, rows: QuerySet[AppUsage], now: datetime) -> QuerySet[AppUsage]:
        if "day" in self.said:
            rows = rows.filter(day=self.said["day"])
        return rows.filter(application__client_id=self.said["app"]) if "app" in self.said else rows


@admin.register(AppUsage)
class AppUsageAdmin(ReadOnly):
    filters = UsageFilters
    keyset = ("day", "id")
    list_display = ("day", "app_link", "endpoint", "calls")
    list_display_links = ("day",)
    list_select_related = ("application",)
    app_link = linked("application", "app")


class ExportFilters(Between):
    state = forms.ChoiceField(choices=[("", "Any"), *Export.State.choices], required=False)
    person = forms.UUIDField(label="Person (id)", required=False)

    def narrow(self, rows: QuerySet[Export], now: datetime) -> QuerySet[Export]:
        for name in ("state", "person"):
            if name in self.said:
                rows = rows.filter(**{name: self.said[name]})
        return self.between(rows, "created_at")


@admin.register(Export)
class ExportAdmin(ReadOnly):
    """How far a copy is. What is in it is the person's alone."""

    filters = ExportFilters
    list_display = ("created_at", "person_link", "state", "percent", "rows_done", "rows_total", "finished_at")
    list_select_related = ("person",)
    ordering = ("-created_at", "-pk")
    person_link = linked("person")
    fields = readonly_fields = (
        "person_link",
        "state",
        "percent",
        "created_at",
        "finished_at",
        "expires_at",
        "rows_done",
        "rows_total",
    )
