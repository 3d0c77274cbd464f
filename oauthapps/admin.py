"""Apps, for operations. Secrets show their key id, never a value: there is none to show."""

from typing import Any

from django.contrib import admin, messages
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.utils import timezone
from unfold.admin import ModelAdmin, TabularInline

from accounts.admin import acting
from oauthapps import services
from oauthapps.models import Application, ApplicationSecret


class SecretInline(TabularInline):
    model = ApplicationSecret
    extra = 0
    can_delete = False
    fields = readonly_fields = ("slot", "key_id", "created_at", "expires_at", "last_used_at", "revoked_at")

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False


@admin.register(Application)
class ApplicationAdmin(ModelAdmin):
    list_display = ("name", "company", "model", "client_type", "verified_domain", "registered_at", "disabled_at")
    list_filter = ("model", "client_type", "resource_server")
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
    )
    # What an app is, is said by its owners or by `register_app`; operations verify, mark and switch off.
    readonly_fields = (*fields[:12], "registered_at", "disabled_at")
    autocomplete_fields = ("owners",)
    inlines = (SecretInline,)
    actions = ("disable_apps", "enable_apps")

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

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

    @admin.action(description="Switch off: all its tokens end at once")
    def disable_apps(self, request: HttpRequest, queryset: QuerySet[Application]) -> None:
        count = sum(services.disable(a, by=acting(request), reason="operations", now=timezone.now()) for a in queryset)
        self.message_user(request, f"{count} switched off.")

    @admin.action(description="Switch on again")
    def enable_apps(self, request: HttpRequest, queryset: QuerySet[Application]) -> None:
        count = sum(services.enable(a, by=acting(request), now=timezone.now()) for a in queryset)
        self.message_user(request, f"{count} switched on.")
