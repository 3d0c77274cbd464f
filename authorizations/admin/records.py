"""Authorizations, connections and receipts, for operations: read here, revoked by the service."""

from datetime import datetime, timedelta
from typing import Any

from django import forms
from django.contrib import admin
from django.db.models import Q, QuerySet
from django.http import HttpRequest, HttpResponse

from accounts.models import Organization
from accounts.operations import Between
from accounts.operations.searching import by_id, is_uuid
from accounts.operations.showing import instant, link, linked, links
from authorizations.admin import finding, places
from authorizations.admin.base import ReadOnly, ReadOnlyInline
from authorizations.admin.jobs import look_at_selected
from authorizations.models import Authorization, Connection, Receipt, ReceiptItem, reaching, standing
from authorizations.models.authorization import live
from authorizations.services.receipts import is_intact
from oauthapps import scopes as catalogue
from oauthapps.models import Application, ApplicationSecret

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
            rows = rows.filter(application=_key(said["app"]))
        if "model" in said:
            rows = rows.filter(application__in=Application.objects.filter(model=said["model"]))
        if "scope" in said:
            rows = rows.filter(scopes__holds_any=reaching.carriers([said["scope"]]))
        if said.get("high"):
            rows = rows.filter(standing.high_privilege())
        if "organization" in said:
            rows = _reaching(rows, said["organization"], now)
        return _used(_state(rows, said.get("state", ""), now), said.get("use", ""), now)


def _key(client_id: str) -> int:
    """Looked up first: the database knows how common each key is, and reads the newest rows of a large app by their time
    and those of a small one by the app. No row has the key 0."""
    return Application.objects.filter(client_id=client_id).values_list("pk", flat=True).first() or 0


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


class ConnectionFilters(Between):
    state = forms.ChoiceField(choices=STATES[:2] + STATES[3:], required=False)
    authorization = forms.UUIDField(label="Authorization (id)", required=False)
    app = forms.CharField(label="App (id)", max_length=255, required=False)
    secret = forms.CharField(label="Secret (key id)", max_length=32, required=False)

    def narrow(self, rows: QuerySet[Connection], now: datetime) -> QuerySet[Connection]:
        said = self.said
        rows = self.between(rows, "created_at")
        if "authorization" in said:
            rows = rows.filter(authorization=said["authorization"])
        if "app" in said:
            rows = rows.filter(authorization__application=_key(said["app"]))
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
