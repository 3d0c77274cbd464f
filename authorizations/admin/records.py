"""Authorizations, connections, events and keys, for operations: read here, revoked by the service."""

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse

from accounts.models import PolicyChange
from authorizations.admin.base import ReadOnly, ReadOnlyInline
from authorizations.admin.jobs import look_at_selected
from authorizations.events.models import Event
from authorizations.models import AppUsage, Authorization, Connection, Receipt, ReceiptItem, SigningKey
from authorizations.services.receipts import is_intact


class ConnectionInline(ReadOnlyInline):
    model = Connection
    ordering = ("-created_at", "-pk")
    fields = readonly_fields = (
        "id",
        "created_at",
        "address",
        "user_agent",
        "last_used_at",
        "expires_at",
        "revoked_at",
        "reason",
    )


@admin.register(Authorization)
class AuthorizationAdmin(ReadOnly):
    list_display = ("application", "person", "granted_at", "last_used_at", "expires_at", "revoked_at")
    list_filter = ("application__model", "granted_at", "revoked_at")
    search_fields = (
        "id",
        "application__name",
        "application__client_id",
        "person__display_name",
        "person__principal_name",
    )
    list_select_related = ("application", "person")
    inlines = (ConnectionInline,)
    actions = ("revoke_selected",)

    @admin.action(description="Revoke: stops the service for this person at once", permissions=["act"])
    def revoke_selected(self, request: HttpRequest, queryset: QuerySet[Authorization]) -> HttpResponse | None:
        return look_at_selected(request, queryset)


@admin.register(Event)
class EventAdmin(ReadOnly):
    list_display = ("at", "name", "actor_name", "person_name", "app_name", "subject_type", "address")
    list_filter = ("name", "at")
    search_fields = ("person_id", "app_id", "subject_id", "request_id", "person_name", "app_name")
    show_full_result_count = False


class ReceiptItemInline(ReadOnlyInline):
    model = ReceiptItem
    ordering = ("pk",)
    per_page = 50
    fields = readonly_fields = (
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


@admin.register(Receipt)
class ReceiptAdmin(ReadOnly):
    list_display = ("reference", "at", "person", "what", "services", "connections", "actor_name", "seal_fits")
    list_filter = ("what", "at")
    search_fields = ("reference", "person__display_name", "person__principal_name", "items__app_name")
    list_select_related = ("person",)
    list_per_page = 50
    inlines = (ReceiptItemInline,)

    @admin.display(boolean=True, description="Seal fits")
    def seal_fits(self, receipt: Receipt) -> bool:
        return is_intact(receipt)


@admin.register(PolicyChange)
class PolicyChangeAdmin(ReadOnly):
    list_display = (
        "organization",
        "policy",
        "previous",
        "value",
        "made_by_name",
        "made_at",
        "effective_at",
        "cancelled_at",
    )
    list_filter = ("policy", "made_at")
    search_fields = ("organization__name", "organization__slug", "made_by_name", "why")
    list_select_related = ("organization",)


@admin.register(SigningKey)
class SigningKeyAdmin(ReadOnly):
    list_display = ("kid", "algorithm", "stage", "created_at", "current_from", "retired_at", "withdrawn_at")
    fields = ("kid", "algorithm", "public_jwk", "created_at", "current_from", "retired_at", "withdrawn_at")


@admin.register(AppUsage)
class AppUsageAdmin(ReadOnly):
    list_display = ("application", "day", "endpoint", "calls")
    list_filter = ("day", "endpoint")
    list_select_related = ("application",)
