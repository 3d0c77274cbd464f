"""Authorizations, for operations: read here, ended by jobs."""

from datetime import datetime, timedelta
from typing import Any

from django import forms
from django.contrib import admin
from django.db.models import Q, QuerySet
from django.http import HttpRequest, HttpResponse

from accounts.models import Organization
from accounts.operations import Between
from accounts.operations.searching import is_uuid
from accounts.operations.showing import instant, linked, links
from authorizations.admin import finding, places
from authorizations.admin.base import ReadOnly, ReadOnlyInline
from authorizations.admin.jobs import look_at_selected
from authorizations.models import Authorization, Connection, reaching, standing
from authorizations.models.authorization import live
from oauthapps import scopes as catalogue
from oauthapps.models import Application

SOON = timedelta(days=30)
SCOPES = [("", "Any"), *((s, f"{scope.title} ({s})") for s, scope in sorted(catalogue.CATALOGUE.items()))]
STATES = [("", "Any"), ("live", "Live"), ("expiring", "Live, ends within 30 days"), ("ended", "Ended")]
USES = [("", "Any"), ("never", "Never used"), ("idle", f"Not used for {standing.UNUSED_DAYS} days")]


class AuthorizationFilters(Between):
    state = forms.ChoiceField(choices=STATES, required=False)
    model = forms.ChoiceField(choices=[("", "Any"), *Application.MODELS], required=False)
    scope = forms.ChoiceField(label="Permission", choices=SCOPES, required=False)
    high = forms.BooleanField(label="High privilege", required=False)
    use = forms.ChoiceField(choices=USES, required=False)
    person = forms.UUIDField(label="Person (id)", required=False)
    app = forms.CharField(label="App (id)", max_length=255, required=False)
    organization = forms.UUIDField(label="Organization (id)", required=False)

    def narrow(self, rows: QuerySet[Authorization], now: datetime) -> QuerySet[Authorization]:
        said = self.said
        rows = self.between(rows, "granted_at")
        if "person" in said:
            rows = rows.filter(person=said["person"])
        if "app" in said:
            rows = rows.filter(application=finding.app_key(said["app"]))
        if "model" in said:
            rows = rows.filter(application__in=Application.objects.filter(model=said["model"]))
        if "scope" in said:
            rows = rows.filter(scopes__holds_any=reaching.carriers([said["scope"]]))
        if said.get("high"):
            rows = rows.filter(standing.high_privilege())
        if "organization" in said:
            rows = _reaching(rows, said["organization"], now)
        return _used(_state(rows, said.get("state", ""), now), said.get("use", ""), now)


def _state(rows: QuerySet[Authorization], state: str, now: datetime) -> QuerySet[Authorization]:
    if state == "ended":
        return rows.filter(~live(now))
    if state == "expiring":
        return rows.filter(live(now), expires_at__lte=now + SOON)
    return rows.filter(live(now)) if state == "live" else rows


def _used(rows: QuerySet[Authorization], use: str, now: datetime) -> QuerySet[Authorization]:
    if use == "never":
        return rows.filter(last_used_at=None)
    if use == "idle":
        return rows.filter(standing.unused(now))
    return rows


def _reaching(rows: QuerySet[Authorization], organization_id: Any, now: datetime) -> QuerySet[Authorization]:
    place = Organization.objects.filter(pk=organization_id).first()
    found = reaching.authorizations(place, now, also_deactivated=True) if place else Authorization.objects.none()
    return rows.filter(pk__in=found.values("pk"))


class ConnectionInline(ReadOnlyInline):
    model = Connection
    ordering = ("-created_at", "-pk")
    show_change_link = True
    fields = readonly_fields = (
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
    filters = AuthorizationFilters
    keyset = ("granted_at", "id")
    search_fields = ("pk",)
    search_help_text = "Words of the person and of the app, or an id."
    list_display = ("granted", "person_link", "app_link", "rights", "used", "ends", "ended")
    list_display_links = ("granted",)
    list_select_related = ("application", "person")
    inlines = (ConnectionInline,)
    actions = ("revoke_selected",)
    fields = readonly_fields = (
        "person_link",
        "app_link",
        "rights",
        "declined",
        "reaches",
        "granted_at",
        "widened_at",
        "confirmed_at",
        "expires_at",
        "last_used_at",
        "revoked_at",
        "revoked_by",
        "reason",
        "moved_to",
        "page_version",
        "address",
        "user_agent",
    )
    person_link, app_link = linked("person"), linked("application", "app")
    granted, used, ends = instant("granted_at"), instant("last_used_at", "last used"), instant("expires_at", "ends")
    ended, moved_to = instant("revoked_at", "revoked"), linked("migrated_to", "moved to")

    def get_search_results(self, request: HttpRequest, rows: Any, text: str) -> tuple[Any, bool]:
        if not text.strip():
            return rows, False
        if is_uuid(text.strip()):
            connected = Connection.objects.filter(pk=text.strip()).values("authorization")
            return rows.filter(Q(pk=text.strip()) | Q(person=text.strip()) | Q(pk__in=connected)), False
        return rows.filter(finding.named(text)), False

    @admin.display(description="permissions")
    def rights(self, authorization: Authorization) -> str:
        high = any(scope in standing.HIGH_PRIVILEGE for scope in authorization.scopes)
        return ", ".join(authorization.scopes) + (" (high privilege)" if high else "")

    @admin.display(description="organizations")
    def reaches(self, authorization: Authorization) -> Any:
        if authorization.organizations is None:
            return "every one of the person"
        found = Organization.objects.filter(pk__in=authorization.organizations).order_by("name")
        return links([(places.page("organization", str(place.pk)), place.name) for place in found])

    @admin.action(description="Revoke: stops the service for this person at once", permissions=["act"])
    def revoke_selected(self, request: HttpRequest, queryset: QuerySet[Authorization]) -> HttpResponse | None:
        return look_at_selected(request, queryset)
