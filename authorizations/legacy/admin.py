"""Operations: brown-outs of the legacy model, and exceptions from its cutoff. Every change goes through a service."""

from typing import Any

from django import forms
from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils import timezone

from accounts.operations import Operations, acting
from accounts.roles import Role
from authorizations.models import BrownOut
from authorizations.services import brown_outs
from oauthapps import services
from oauthapps.models import LegacyException


class BrownOutForm(forms.ModelForm):
    """Says beside the field what the service would refuse."""

    def clean(self) -> dict[str, Any] | None:
        said = super().clean()
        if said and not self.errors:
            try:
                brown_outs.check(
                    plan_of(said), timezone.now(), but=self.instance if self.instance.announced_at else None
                )
            except brown_outs.BrownOutRefused as refusal:
                self.add_error(refusal.field, str(refusal))
        return said


def plan_of(said: dict[str, Any]) -> brown_outs.Plan:
    return brown_outs.Plan(said["starts_at"], said["ends_at"], said["reason"])


@admin.register(BrownOut)
class BrownOutAdmin(Operations):
    adds = changes = Role.ADMINISTRATOR
    form = BrownOutForm
    list_display = ("__str__", "reason", "announced_at", "created_by", "cancelled_at")
    list_filter = ("starts_at", "cancelled_at")
    list_select_related = ("created_by",)
    fields = ("starts_at", "ends_at", "reason", "announced_at", "created_by", "cancelled_at")
    readonly_fields = ("announced_at", "created_by", "cancelled_at")
    actions = ("call_off",)

    def has_change_permission(self, request: HttpRequest, obj: BrownOut | None = None) -> bool:
        editable = obj is None or (obj.cancelled_at is None and obj.starts_at > timezone.now())
        return editable and super().has_change_permission(request, obj)

    def save_model(self, request: HttpRequest, obj: BrownOut, form: Any, change: bool) -> None:
        by, now, plan = acting(request), timezone.now(), plan_of(form.cleaned_data)
        made = (
            brown_outs.change_brown_out(BrownOut.objects.get(pk=obj.pk), plan, by=by, now=now)
            if change
            else brown_outs.plan_brown_out(plan, by=by, now=now)
        )
        obj.pk, obj.announced_at, obj.created_by = made.pk, made.announced_at, made.created_by
        obj._state.adding = False

    @admin.action(description="Call off: who was told sees it as cancelled", permissions=["configure"])
    def call_off(self, request: HttpRequest, queryset: QuerySet[BrownOut]) -> None:
        done = sum(brown_outs.cancel_brown_out(b, by=acting(request), now=timezone.now()) for b in queryset)
        self.message_user(request, f"{done} called off.")


class ExceptionForm(forms.ModelForm):
    def clean(self) -> dict[str, Any] | None:
        said = super().clean()
        if said and not self.errors:
            names = ("person", "reason", "valid_from", "valid_until")
            try:
                services.check_exception(**{name: said[name] for name in names}, now=timezone.now())
            except services.ExceptionRefused as refusal:
                self.add_error(refusal.field, str(refusal))
        return said


@admin.register(LegacyException)
class LegacyExceptionAdmin(Operations):
    adds = Role.OPERATOR  # withdrawn, never rewritten
    form = ExceptionForm
    list_display = ("person", "reason", "valid_from", "valid_until", "granted_by", "used_by", "withdrawn_at")
    list_filter = ("valid_until", "used_at")
    list_select_related = ("person", "granted_by", "used_by")
    search_fields = ("person__display_name", "person__principal_name", "reason")
    fields = ("person", "reason", "valid_from", "valid_until")
    autocomplete_fields = ("person",)
    actions = ("withdraw",)

    def save_model(self, request: HttpRequest, obj: LegacyException, form: Any, change: bool) -> None:
        said = form.cleaned_data
        made = services.grant_exception(
            said["person"],
            reason=said["reason"],
            valid_from=said["valid_from"],
            valid_until=said["valid_until"],
            by=acting(request),
            now=timezone.now(),
        )
        obj.pk = made.pk
        obj._state.adding = False

    @admin.action(description="Withdraw: it can no longer be used", permissions=["act"])
    def withdraw(self, request: HttpRequest, queryset: QuerySet[LegacyException]) -> None:
        found = queryset.select_related("person")
        done = sum(services.withdraw_exception(e, by=acting(request), now=timezone.now()) for e in found)
        self.message_user(request, f"{done} withdrawn.")
