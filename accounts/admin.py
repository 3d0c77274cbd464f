"""People and organizations, for operations."""

from typing import Any, cast

from django import forms
from django.contrib import admin, messages
from django.db import transaction
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils import timezone
from unfold.admin import ModelAdmin, TabularInline

from accounts import previews, services
from accounts.models import Membership, Organization, OrganizationPreview, Project, User
from accounts.services import members, organizations
from accounts.services.members import Rights
from accounts.services.standing import Refused


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


class ThroughServices(ModelAdmin):
    """What is saved here goes through the services, which keep the rules and write the event; they may say no."""

    def changeform_view(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        try:
            return super().changeform_view(request, *args, **kwargs)
        except Refused as refusal:  # after the transaction was rolled back
            self.message_user(request, str(refusal), messages.ERROR)
            return HttpResponseRedirect(request.get_full_path())


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


@admin.register(Organization)
class OrganizationAdmin(ThroughServices):
    list_display = ("name", "slug", "owner", "created_at")
    search_fields = ("name", "slug")
    list_select_related = ("owner",)
    fields = ("name", "slug", "owner")
    autocomplete_fields = ("owner",)
    inlines = (PreviewInline,)

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> tuple[str, ...]:
        return ("slug",) if obj else ()

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False  # what happened in it has to stay readable

    def save_model(self, request: HttpRequest, obj: Organization, form: Any, change: bool) -> None:
        by, now = acting(request), timezone.now()
        if not change:
            made = organizations.create(name=obj.name, slug=obj.slug, owner=obj.owner, by=by, now=now)
            obj.pk = made.pk
            return
        organizations.rename(obj, obj.name, by=by, now=now, operations=True)
        if "owner" in form.changed_data:
            organizations.transfer(obj, obj.owner, by=by, now=now, operations=True)

    def save_formset(self, request: HttpRequest, form: Any, formset: Any, change: bool) -> None:
        with transaction.atomic():
            super().save_formset(request, form, formset, change)
            if formset.model is OrganizationPreview and formset.has_changed():
                previews.record_organization(form.instance, by=acting(request), now=timezone.now())


@admin.register(Membership)
class MembershipAdmin(ThroughServices):
    list_display = ("person", "organization", "access_level", "administrator", "reviewer", "may_make_tokens")
    list_filter = ("access_level", "administrator", "reviewer")
    search_fields = (
        "person__display_name",
        "person__principal_name",
        "person__email",
        "organization__name",
        "organization__slug",
    )
    list_select_related = ("person", "organization")
    autocomplete_fields = ("person", "organization")
    fields = ("organization", "person", "access_level", "administrator", "reviewer", "may_make_tokens")

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> tuple[str, ...]:
        return ("organization", "person") if obj else ()

    def save_model(self, request: HttpRequest, obj: Membership, form: Any, change: bool) -> None:
        by, now, wanted = acting(request), timezone.now(), Rights.of(obj)
        if not change:
            obj.pk = members.add(obj.organization, obj.person, wanted, by=by, now=now, operations=True).pk
            return
        was = Rights.of(Membership.objects.get(pk=obj.pk))
        members.change(obj.organization, obj.person, wanted, was=was, by=by, now=now, operations=True)

    def delete_model(self, request: HttpRequest, obj: Membership) -> None:
        members.remove(obj.organization, obj.person, by=acting(request), now=timezone.now(), operations=True)

    def delete_view(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        try:
            return super().delete_view(request, *args, **kwargs)
        except Refused as refusal:
            self.message_user(request, str(refusal), messages.ERROR)
            return HttpResponseRedirect(reverse("admin:accounts_membership_changelist"))

    def delete_queryset(self, request: HttpRequest, queryset: QuerySet[Membership]) -> None:
        for membership in queryset.select_related("organization", "person"):
            try:
                self.delete_model(request, membership)
            except Refused as refusal:
                self.message_user(request, f"{membership}: {refusal}", messages.ERROR)


@admin.register(Project)
class ProjectAdmin(ModelAdmin):
    """To look at. Administrators of the organization change projects on its pages."""

    list_display = ("name", "organization", "revision", "updated_at")
    search_fields = ("name", "organization__name")
    list_select_related = ("organization",)
    fields = readonly_fields = ("name", "organization", "description", "revision", "updated_at")

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False
