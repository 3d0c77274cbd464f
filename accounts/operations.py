"""What the operations pages have in common: who may look, act and configure there, and through what they change.

It stands here, below everything that has such a page; nothing but the admin modules imports it.
"""

from typing import Any, cast

from django.contrib import admin, messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from unfold.admin import ModelAdmin, TabularInline

from accounts.models import User
from accounts.roles import Role, at_least
from accounts.services.standing import Refused


def acting(request: HttpRequest) -> User:
    """Who acts: the admin site lets nobody else in."""
    return cast(User, request.user)


def may_read(request: HttpRequest) -> bool:
    return at_least(request.user, Role.AUDITOR)


def may_act(request: HttpRequest) -> bool:
    """Revoke, switch off, deactivate, assign: what is done to one thing or to many."""
    return at_least(request.user, Role.OPERATOR)


def may_configure(request: HttpRequest) -> bool:
    """Roles, organizations, marks of apps, announced windows: what changes how the portal decides."""
    return at_least(request.user, Role.ADMINISTRATOR)


def act_page(request: HttpRequest, thing: Any, said: dict[str, Any], back: str) -> HttpResponse:
    """A form for one act on one thing. `said` has `form`, `title`, `verb` (on the button) and what is to be read first."""
    context = admin.site.each_context(request) | {"thing": thing, "back": reverse(back, args=[thing.pk])} | said
    return render(request, "admin/act.html", context, status=400 if said["form"].errors else 200)


class Operations(ModelAdmin):
    """Auditors read every page. Which role may add, change or delete rows by a form, a page says; None: nobody.

    Actions say `permissions=["act"]` or `permissions=["configure"]`.
    """

    adds: Role | None = None
    changes: Role | None = None
    deletes: Role | None = None

    def has_module_permission(self, request: HttpRequest) -> bool:
        return may_read(request)

    def has_view_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return may_read(request)

    def has_add_permission(self, request: HttpRequest) -> bool:
        return self.adds is not None and at_least(request.user, self.adds)

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return self.changes is not None and at_least(request.user, self.changes)

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return self.deletes is not None and at_least(request.user, self.deletes)

    def has_act_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return may_act(request)

    def has_configure_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return may_configure(request)

    def log_addition(self, *args: Any, **kwargs: Any) -> None:
        """The event log says what happened; Django's own log of the admin could be edited."""

    log_change = log_deletions = log_addition


class ThroughServices(Operations):
    """What is saved here goes through the services, which keep the rules and write the event; they may say no."""

    def changeform_view(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        try:
            return super().changeform_view(request, *args, **kwargs)
        except Refused as refusal:  # after the transaction was rolled back
            self.message_user(request, str(refusal), messages.ERROR)
            return HttpResponseRedirect(request.get_full_path())


class ReadOnlyInline(TabularInline):
    """Rows of another table, to read."""

    extra = 0
    can_delete = False
    per_page = 20
    ordering: tuple[str, ...] = ("-pk",)  # in pages, so the order is to be the same each time

    def has_view_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return may_read(request)

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False
