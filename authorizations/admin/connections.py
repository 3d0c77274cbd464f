"""Connections, for operations: from where each was made, with which secret, until when."""

from datetime import datetime
from typing import Any

from django import forms
from django.contrib import admin
from django.db.models import Q, QuerySet
from django.http import HttpRequest

from accounts.operations import Between
from accounts.operations.searching import by_id, is_uuid
from accounts.operations.showing import instant, link, linked
from authorizations.admin import finding
from authorizations.admin.base import ReadOnly
from authorizations.models import Connection
from oauthapps.models import ApplicationSecret

STATES = [("", "Any"), ("live", "Live"), ("ended", "Ended")]


class ConnectionFilters(Between):
    state = forms.ChoiceField(choices=STATES, required=False)
    authorization = forms.UUIDField(label="Authorization (id)", required=False)
    app = forms.CharField(label="App (id)", max_length=255, required=False)
    secret = forms.CharField(label="Secret (key id)", max_length=32, required=False)

    def narrow(self, rows: QuerySet[Connection], now: datetime) -> QuerySet[Connection]:
        said = self.said
        rows = self.between(rows, "created_at")
        if "authorization" in said:
            rows = rows.filter(authorization=said["authorization"])
        if "app" in said:
            rows = rows.filter(authorization__application=finding.app_key(said["app"]))
        if "secret" in said:
            rows = rows.filter(secret__in=ApplicationSecret.objects.filter(key_id=said["secret"]))
        if said.get("state") == "live":
            return rows.filter(revoked_at=None, expires_at__gt=now)
        return rows.filter(~Q(revoked_at=None) | Q(expires_at__lte=now)) if said.get("state") == "ended" else rows


@admin.register(Connection)
class ConnectionAdmin(ReadOnly):
    filters = ConnectionFilters
    keyset = ("created_at", "id")
    search_fields = ("pk",)
    search_help_text = "Words of the person and of the app, or an id."
    list_display = ("created", "person_link", "app_link", "address", "used", "ends", "ended")
    list_display_links = ("created",)
    list_select_related = ("authorization__application", "authorization__person")
    # Digests are of no use to a reader, so they are not shown either.
    fields = readonly_fields = (
        "authorization_link",
        "person_link",
        "app_link",
        "secret_link",
        "scopes",
        "created_at",
        "address",
        "user_agent",
        "last_used_at",
        "rotated_at",
        "expires_at",
        "revoked_at",
        "reason",
    )
    created, used, ends = instant("created_at"), instant("last_used_at", "last used"), instant("expires_at", "ends")
    ended, authorization_link, secret_link = instant("revoked_at", "ended"), linked("authorization"), linked("secret")

    @admin.display(description="person")
    def person_link(self, connection: Connection) -> Any:
        return link(connection.authorization.person)

    @admin.display(description="app")
    def app_link(self, connection: Connection) -> Any:
        return link(connection.authorization.application)

    def get_search_results(self, request: HttpRequest, rows: Any, text: str) -> tuple[Any, bool]:
        text = text.strip()
        if not text:
            return rows, False
        if is_uuid(text):
            return by_id(rows, ("pk", "authorization"), text), False
        return rows.filter(finding.named(text, "authorization__person", "authorization__application")), False
