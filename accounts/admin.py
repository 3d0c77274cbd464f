"""People and organizations, for operations."""

from typing import Any, cast

from django import forms
from django.contrib import admin
from django.db import transaction
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils import timezone
from unfold.admin import ModelAdmin, TabularInline

from accounts import previews, services
from accounts.models import Membership, Organization, OrganizationPreview, Project, User


def acting(request: HttpRequest) -> User:
    """Who acts: the admin site lets nobody else in."""
    return cast(User, request.user)


@admin.register(User)
class PersonAdmin(ModelAdmin):
    list_display = ("display_name", "principal_name", "kind_label", "is_active", "is_staff", "created_at")
    list_filter = ("is_active", "is_staff")
    search_fields = ("display_name", "principal_name", "principal", "email")
    fields = (
        "display_name",
        "principal_name",
        "email",
        "tenant_id",
        "object_id",
        "is_active",
        "deactivated_at",
        "is_staff",
        "is_superuser",
        "user_permissions",
    )
    readonly_fields = fields[:7]
    filter_horizontal = ("user_permissions",)
    actions = ("deactivate_people", "reactivate_people")

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False  # people come from the directory

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    @admin.action(description="Deactivate: everything they approved ends at once")
    def deactivate_people(self, request: HttpRequest, queryset: QuerySet[User]) -> None:
        count = sum(
            services.deactivate(p, by=acting(request), reason="operations", now=timezone.now()) for p in queryset
        )
        self.message_user(request, f"{count} deactivated.")

    @admin.action(description="Reactivate")
    def reactivate_people(self, request: HttpRequest, queryset: QuerySet[User]) -> None:
        count = sum(services.reactivate(p, by=acting(request), now=timezone.now()) for p in queryset)
        self.message_user(request, f"{count} reactivated.")


class PreviewForm(forms.ModelForm):
    feature = forms.ChoiceField(choices=[(f.key, f.title) for f in previews.FEATURES.values()])

    class Meta:
        model = OrganizationPreview
        fields = ("feature", "enabled")


class PreviewInline(TabularInline):
    model = OrganizationPreview
    form = PreviewForm
    extra = 0
    verbose_name_plural = "Preview features: what members have unless they choose otherwise"


class MembershipInline(TabularInline):
    model = Membership
    extra = 0
    autocomplete_fields = ("person",)


@admin.register(Organization)
class OrganizationAdmin(ModelAdmin):
    list_display = ("name", "slug", "owner", "created_at")
    search_fields = ("name", "slug")
    list_select_related = ("owner",)
    autocomplete_fields = ("owner",)
    inlines = (PreviewInline, MembershipInline)

    def save_formset(self, request: HttpRequest, form: Any, formset: Any, change: bool) -> None:
        with transaction.atomic():
            super().save_formset(request, form, formset, change)
            if formset.model is OrganizationPreview and formset.has_changed():
                previews.record_organization(form.instance, by=acting(request), now=timezone.now())


@admin.register(Project)
class ProjectAdmin(ModelAdmin):
    list_display = ("name", "organization", "updated_at")
    search_fields = ("name", "organization__name")
    list_select_related = ("organization",)
    autocomplete_fields = ("organization", "members")
