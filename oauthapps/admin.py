"""Apps, for operations. Secrets show their key id, never a value: there is none to show."""

from datetime import datetime, timedelta
from typing import Any

from django import forms
from django.contrib import admin, messages
from django.db.models import Q, QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404, redirect
from django.utils import timezone
from unfold.decorators import action
from unfold.widgets import UnfoldAdminTextareaWidget, UnfoldAdminTextInputWidget

from accounts.acting import look_at
from accounts.models import User
from accounts.operations import Between, Operations, ReadOnlyInline, act_page, acting
from accounts.operations.searching import is_uuid
from accounts.operations.showing import linked
from accounts.roles import Role
from oauthapps import services
from oauthapps.models import Application, ApplicationSecret, SecretUse
from oauthapps.searching import APP_WORDS
from oauthapps.services import owners


class SecretInline(ReadOnlyInline):
    model = ApplicationSecret
    fields = readonly_fields = (
        "slot",
        "key_id",
        "created_at",
        "created_by",
        "expires_at",
        "last_used_at",
        "revoked_at",
        "ended_because",
    )


SECRET_STATES = [("", "Any"), ("live", "Live"), ("expiring", "Live, ends within 30 days"), ("ended", "Ended")]


class AppFilters(Between):
    """`looked_after` is named so in addresses that people have kept."""

    looked_after = forms.ChoiceField(
        label="Looked after",
        choices=[("", "Any"), ("orphaned", "No active owner"), ("standing", "Not deleted"), ("deleted", "Deleted")],
        required=False,
    )
    model = forms.ChoiceField(choices=[("", "Any"), *Application.MODELS], required=False)
    client_type = forms.ChoiceField(
        label="Kind", choices=[("", "Any"), ("confidential", "Has a secret"), ("public", "Public")], required=False
    )
    off = forms.BooleanField(label="Switched off", required=False)
    resource_server = forms.BooleanField(label="May introspect", required=False)
    owner = forms.UUIDField(label="Owner (id)", required=False)

    def narrow(self, rows: Any, now: datetime) -> QuerySet[Application]:
        said = self.said
        for name in ("model", "client_type"):
            if name in said:
                rows = rows.filter(**{name: said[name]})
        if said.get("off"):
            rows = rows.filter(disabled_at__isnull=False)
        if said.get("resource_server"):
            rows = rows.filter(resource_server=True)
        if "owner" in said:
            rows = rows.filter(owners=said["owner"])
        how = said.get("looked_after")
        if how == "deleted":
            rows = rows.filter(deleted_at__isnull=False)
        elif how:
            rows = rows.orphaned() if how == "orphaned" else rows.standing()
        return self.between(rows, "registered_at")


class OwnerForm(forms.Form):
    """Who is to look after an app, and why."""

    person = forms.CharField(
        label="Person",
        help_text="The user name, or <tenant id>.<object id>.",
        max_length=320,
        widget=UnfoldAdminTextInputWidget(),
    )
    reason = forms.CharField(
        label="Reason",
        help_text="Kept in the event log and told to the owners.",
        max_length=300,
        widget=UnfoldAdminTextareaWidget(attrs={"rows": 3}),
    )

    def clean_person(self) -> User:
        said = self.cleaned_data["person"].strip()
        found = list(User.objects.filter(principal=said)[:2]) or list(User.objects.filter(principal_name=said)[:2])
        if not found:
            raise forms.ValidationError("Nobody here has this name.")
        if len(found) > 1:
            raise forms.ValidationError("Several people have this user name: write <tenant id>.<object id>.")
        return found[0]


@admin.register(Application)
class ApplicationAdmin(Operations):
    changes = Role.ADMINISTRATOR
    list_display = (
        "name",
        "company",
        "model",
        "client_type",
        "verified_domain",
        "registered_at",
        "disabled_at",
        "deleted_at",
    )
    filters, words, ids = AppFilters, APP_WORDS, ("client_id",)
    ordering = ("-registered_at", "-pk")
    fields = (
        "client_id",
        "model",
        "client_type",
        "name",
        "company",
        "description",
        "website",
        "terms_url",
        "privacy_url",
        "redirect_uris",
        "scopes",
        "optional_scopes",
        "verified_domain",
        "resource_server",
        "historic_answers",
        "id_token_algorithm",
        "owners",
        "registered_at",
        "disabled_at",
        "deleted_at",
        "deleted_by",
    )
    # What an app is, is said by its owners or by `register_app`; operations verify, mark and switch off.
    readonly_fields = (*fields[:12], *fields[16:])
    inlines = (SecretInline,)
    actions = ("disable_apps", "enable_apps", "end_secrets")
    actions_detail = ("assign_owner",)

    def get_object(self, request: HttpRequest, object_id: str, from_field: Any = None) -> Application | None:
        """By its id of the row, or by the app's own id, as events and people name it."""
        if is_uuid(object_id):
            return self.get_queryset(request).filter(client_id=object_id).first()
        return super().get_object(request, object_id, from_field)

    def save_model(self, request: HttpRequest, obj: Application, form: Any, change: bool) -> None:
        said = services.values(obj) | {"redirect_uris": obj.callbacks}
        try:
            services.change(
                obj, services.Registration(**said), by=acting(request), now=timezone.now(), changed=form.changed_data
            )
        except services.RegistrationRefused as refusal:
            request.refused = str(refusal)  # type: ignore[attr-defined]

    def response_change(self, request: HttpRequest, obj: Application) -> HttpResponse:
        if refused := getattr(request, "refused", ""):
            self.message_user(request, refused, level=messages.ERROR)
            return HttpResponseRedirect(request.get_full_path())
        return super().response_change(request, obj)

    @action(description="Assign an owner", url_path="assign-owner", permissions=["act"])
    def assign_owner(self, request: HttpRequest, object_id: int) -> HttpResponse:
        app = get_object_or_404(Application.objects.standing(), pk=object_id)
        form = OwnerForm(request.POST or None)
        if request.method == "POST" and form.is_valid():
            said = form.cleaned_data
            try:
                done = owners.assign(app, said["person"], by=acting(request), reason=said["reason"], now=timezone.now())
            except services.RegistrationRefused as refusal:
                form.add_error(None, str(refusal))
            else:
                self.message_user(request, f"{said['person']} {'is an owner now' if done else 'was an owner already'}.")
                return redirect("admin:oauthapps_application_change", app.pk)
        said = {"form": form, "title": f"Assign an owner: {app}", "verb": "Assign the owner"}
        said["about"] = f"{app.name} · {app.company} · {app.client_id}"
        return act_page(request, app, said, "admin:oauthapps_application_change")

    @admin.action(description="Switch off: all its tokens are refused at once", permissions=["act"])
    def disable_apps(self, request: HttpRequest, queryset: QuerySet[Application]) -> HttpResponse | None:
        return look_at(request, "disable", "app", queryset.values_list("client_id", flat=True))

    @admin.action(description="Switch on again", permissions=["act"])
    def enable_apps(self, request: HttpRequest, queryset: QuerySet[Application]) -> HttpResponse | None:
        return look_at(request, "enable", "app", queryset.values_list("client_id", flat=True))

    @admin.action(description="End their secrets", permissions=["act"])
    def end_secrets(self, request: HttpRequest, queryset: QuerySet[Application]) -> HttpResponse | None:
        live = ApplicationSecret.objects.filter(application__in=queryset, revoked_at=None)
        return look_at(request, "end_secret", "secret", live.values_list("key_id", flat=True))


class SecretFilters(Between):
    state = forms.ChoiceField(choices=SECRET_STATES, required=False)
    app = forms.CharField(label="App (id)", max_length=255, required=False)

    def narrow(self, rows: Any, now: datetime) -> QuerySet[ApplicationSecret]:
        said = self.said
        if "app" in said:
            rows = rows.filter(application__client_id=said["app"])
        state = said.get("state")
        if state == "ended":
            rows = rows.filter(Q(revoked_at__isnull=False) | Q(expires_at__lte=now))
        elif state:
            rows = rows.live(now)
        if state == "expiring":
            rows = rows.filter(expires_at__lte=now + timedelta(days=30))
        return self.between(rows, "created_at")


class UseInline(ReadOnlyInline):
    model = SecretUse
    ordering = ("-last_used_at", "-pk")
    fields = readonly_fields = ("address", "user_agent", "last_used_at")


@admin.register(ApplicationSecret)
class SecretAdmin(Operations):
    """Found by the key id, which a secret begins with. Neither value nor digest is shown: the value exists nowhere."""

    filters, ids, keyset = SecretFilters, ("key_id",), ("created_at", "id")
    search_fields = ("key_id__startswith",)
    search_help_text = "The key id: the part of a secret before the dot. Never write a whole secret here."
    list_display = (
        "key_id",
        "app_link",
        "slot",
        "created_at",
        "expires_at",
        "last_used_at",
        "revoked_at",
        "ended_because",
    )
    list_select_related = ("application",)
    inlines = (UseInline,)
    app_link = linked("application", "app")
    fields = readonly_fields = (
        "app_link",
        "slot",
        "key_id",
        "created_at",
        "created_by",
        "expires_at",
        "last_used_at",
        "revoked_at",
        "ended_because",
    )

    def get_object(self, request: HttpRequest, object_id: str, from_field: Any = None) -> ApplicationSecret | None:
        """By its key id, as events name it."""
        found = self.get_queryset(request).filter(key_id=object_id[:32]).first()
        return found or super().get_object(request, object_id, from_field)

    def get_search_results(self, request: HttpRequest, rows: Any, text: str) -> tuple[Any, bool]:
        key_id = text.strip().partition(".")[0]
        return (rows.filter(key_id__startswith=key_id) if key_id else rows), False
