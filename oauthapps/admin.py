"""Apps, for operations. Secrets show their key id, never a value: there is none to show."""

from typing import Any

from django import forms
from django.contrib import admin, messages
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404, redirect
from django.utils import timezone
from unfold.decorators import action
from unfold.widgets import UnfoldAdminTextareaWidget, UnfoldAdminTextInputWidget

from accounts.acting import look_at
from accounts.models import User
from accounts.operations import Operations, ReadOnlyInline, act_page, acting
from accounts.roles import Role
from oauthapps import services
from oauthapps.models import Application, ApplicationSecret
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


class LookedAfter(admin.SimpleListFilter):
    title = "looked after"
    parameter_name = "looked_after"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        return [("orphaned", "No active owner"), ("standing", "Not deleted"), ("deleted", "Deleted")]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        if self.value() == "deleted":
            return queryset.filter(deleted_at__isnull=False)
        if self.value() == "orphaned":
            return queryset.orphaned()  # type: ignore[attr-defined]
        return queryset.filter(deleted_at=None) if self.value() == "standing" else queryset


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
    list_filter = (LookedAfter, "model", "client_type", "resource_server")
    search_fields = ("name", "company", "client_id")
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
