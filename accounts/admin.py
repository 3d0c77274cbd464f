"""People and organizations, for operations."""

from datetime import datetime
from typing import Any

from django import forms
from django.contrib import admin, messages
from django.db import transaction
from django.db.models import Q, QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import redirect
from django.urls import reverse
from django.utils import timezone
from unfold.admin import TabularInline
from unfold.decorators import action
from unfold.widgets import UnfoldAdminRadioSelectWidget, UnfoldAdminTextareaWidget

from accounts import previews
from accounts.acting import look_at
from accounts.models import (
    PERSONAL_TENANT,
    AccessLevel,
    Membership,
    Organization,
    OrganizationPreview,
    Project,
    User,
)
from accounts.operations import (
    Between,
    Filters,
    Operations,
    ThroughServices,
    act_page,
    acting,
    may_configure,
    may_read,
)
from accounts.operations.searching import ORGANIZATION_WORDS, PERSON_WORDS
from accounts.operations.showing import linked
from accounts.roles import Role
from accounts.services import members, organizations
from accounts.services import operations as roles
from accounts.services.members import Rights
from accounts.services.standing import Refused


class RoleForm(forms.Form):
    """Which role somebody is to have, and why."""

    role = forms.ChoiceField(label="Role", choices=Role.choices, required=False, widget=UnfoldAdminRadioSelectWidget())
    reason = forms.CharField(
        label="Reason",
        help_text="Kept in the event log and told to the person.",
        max_length=300,
        widget=UnfoldAdminTextareaWidget(attrs={"rows": 3}),
    )


class PersonFilters(Between):
    state = forms.ChoiceField(
        choices=[("", "Any"), ("active", "Active"), ("deactivated", "Deactivated")], required=False
    )
    kind = forms.ChoiceField(
        choices=[("", "Any"), ("work", "Work account"), ("personal", "Personal account")], required=False
    )
    role = forms.ChoiceField(choices=[("", "Any"), ("staff", "Any role"), *Role.choices[1:]], required=False)

    def narrow(self, rows: QuerySet[User], now: datetime) -> QuerySet[User]:
        said = self.said
        if "state" in said:
            rows = rows.filter(is_active=said["state"] == "active")
        if "kind" in said:
            personal = Q(tenant_id=PERSONAL_TENANT)
            rows = rows.filter(personal if said["kind"] == "personal" else ~personal)
        if "role" in said:
            rows = rows.exclude(role="") if said["role"] == "staff" else rows.filter(role=said["role"])
        return self.between(rows, "created_at")


@admin.register(User)
class PersonAdmin(Operations):
    filters, words, ids = PersonFilters, PERSON_WORDS, ("pk", "object_id", "principal")
    search_fields = ("display_name",)  # `words` says how
    keyset = ("created_at", "id")
    list_display = ("display_name", "principal_name", "kind_label", "is_active", "role", "created_at")
    fields = readonly_fields = (
        "display_name",
        "principal_name",
        "email",
        "tenant_id",
        "object_id",
        "is_active",
        "deactivated_at",
        "role",
        "created_at",
        "last_login",
    )
    actions = ("deactivate_people", "reactivate_people")
    actions_detail = ("change_role",)

    @action(description="Change the role", url_path="role", permissions=["configure"])
    def change_role(self, request: HttpRequest, object_id: str) -> HttpResponse:
        person = self.one(request, object_id)
        form = RoleForm(request.POST or None, initial={"role": person.role})
        if request.method == "POST" and form.is_valid():
            role, why = Role(form.cleaned_data["role"]), form.cleaned_data["reason"]
            try:
                done = roles.change_role(person, role, by=acting(request), reason=why, now=timezone.now())
            except Refused as refusal:
                form.add_error(refusal.field or None, str(refusal))
            else:
                self.message_user(request, "The role is changed." if done else "Nothing to change: it is so already.")
                return redirect("admin:accounts_user_change", person.pk)
        said = {"form": form, "title": f"Change the role of {person}", "verb": "Change the role"}
        return act_page(request, person, said, "admin:accounts_user_change")

    @admin.action(description="Deactivate: everything they approved ends at once", permissions=["act"])
    def deactivate_people(self, request: HttpRequest, queryset: QuerySet[User]) -> HttpResponse | None:
        return look_at(request, "deactivate", "person", queryset.values_list("pk", flat=True))

    @admin.action(description="Reactivate", permissions=["act"])
    def reactivate_people(self, request: HttpRequest, queryset: QuerySet[User]) -> HttpResponse | None:
        return look_at(request, "reactivate", "person", queryset.values_list("pk", flat=True))


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

    def has_view_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return may_read(request)

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return may_configure(request)

    has_change_permission = has_delete_permission = has_add_permission


@admin.register(Organization)
class OrganizationAdmin(ThroughServices):
    adds = changes = Role.ADMINISTRATOR  # never deleted: what happened in it has to stay readable
    words, ids = ORGANIZATION_WORDS, ("pk", "slug")
    search_fields = ("name",)  # `words` says how
    list_display = ("name", "slug", "owner", "created_at")
    list_select_related = ("owner",)
    fields = ("name", "slug", "owner")
    autocomplete_fields = ("owner",)
    inlines = (PreviewInline,)

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> tuple[str, ...]:
        return ("slug",) if obj else ()

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


class MembershipFilters(Filters):
    person = forms.UUIDField(label="Person (id)", required=False)
    organization = forms.UUIDField(label="Organization (id)", required=False)
    access_level = forms.ChoiceField(label="Access level", choices=[("", "Any"), *AccessLevel.choices], required=False)
    administrator = forms.BooleanField(label="Administrators", required=False)
    reviewer = forms.BooleanField(label="Reviewers", required=False)

    def narrow(self, rows: QuerySet[Membership], now: datetime) -> QuerySet[Membership]:
        return rows.filter(**{name: value for name, value in self.said.items() if value})


@admin.register(Membership)
class MembershipAdmin(ThroughServices):
    adds = changes = deletes = Role.ADMINISTRATOR
    filters, keyset = MembershipFilters, ("id",)
    list_display = ("person", "place", "access_level", "administrator", "reviewer", "may_make_tokens")
    list_select_related = ("person", "organization")
    search_fields = ("pk",)
    place = linked("organization")
    autocomplete_fields = ("person", "organization")
    fields = ("organization", "person", "access_level", "administrator", "reviewer", "may_make_tokens")

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> tuple[str, ...]:
        return ("organization", "person") if obj else ()

    def get_search_results(self, request: HttpRequest, rows: Any, text: str) -> tuple[Any, bool]:
        """Memberships of the people, or in the organizations, that have every word."""
        if not text.strip():
            return rows, False
        people = PERSON_WORDS.narrow(User.objects.all(), text).order_by().values_list("pk", flat=True)[:200]
        places = ORGANIZATION_WORDS.narrow(Organization.objects.all(), text).order_by().values_list("pk", flat=True)
        return rows.filter(Q(person__in=list(people)) | Q(organization__in=list(places[:200]))), False

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
class ProjectAdmin(Operations):
    """To look at. Administrators of the organization change projects on its pages."""

    list_display = ("name", "organization", "revision", "updated_at")
    search_fields = ("name", "organization__name")
    list_select_related = ("organization",)
    fields = readonly_fields = ("name", "organization", "description", "revision", "updated_at")
