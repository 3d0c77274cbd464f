"""The base of every operations page: its rights, its lists, and forms for one act on one thing."""

from typing import Any

from django.contrib import admin, messages
from django.db.models import QuerySet
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from unfold.admin import ModelAdmin, TabularInline

from accounts.operations import around
from accounts.operations.counting import CappedPaginator
from accounts.operations.filters import Filters
from accounts.operations.keysets import Keyset
from accounts.operations.lists import List
from accounts.operations.rights import may_act, may_configure, may_read
from accounts.operations.searching import Words, by_id, is_uuid
from accounts.roles import Role, at_least
from accounts.services.standing import Refused


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

    # Lists. `keyset`: descending columns, the last one unique, for lists that can be long; then columns do not sort.
    filters: type[Filters] | None = None
    keyset: tuple[str, ...] = ()
    words: Words | None = None
    ids: tuple[str, ...] = ("pk",)  # found by their full text
    paginator = CappedPaginator
    show_full_result_count = False
    list_per_page = 50
    list_max_show_all = 0
    list_before_template = "admin/filters.html"
    change_form_outer_before_template = "admin/around_links.html"
    change_form_outer_after_template = "admin/around_timeline.html"

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

    def get_changelist(self, request: HttpRequest, **kwargs: Any) -> type[List]:
        return List

    def get_keyset(self, request: HttpRequest) -> Keyset | None:
        return Keyset(self.keyset) if self.keyset else None

    def get_sortable_by(self, request: HttpRequest) -> Any:
        return () if self.get_keyset(request) else super().get_sortable_by(request)

    def get_search_fields(self, request: HttpRequest) -> Any:
        return self.search_fields or (self.ids if self.words else ())

    def get_search_results(self, request: HttpRequest, rows: QuerySet[Any], text: str) -> tuple[QuerySet[Any], bool]:
        text = text.strip()
        if not text or self.words is None:
            return super().get_search_results(request, rows, text)
        named = by_id(rows, self.ids, text)
        return (named if is_uuid(text) or named.exists() else self.words.narrow(rows, text)), False

    def render_change_form(
        self, request: HttpRequest, context: dict[str, Any], *args: Any, **kwargs: Any
    ) -> HttpResponse:
        record = kwargs.get("obj")
        context["around"] = around.find(record) if record is not None and record.pk else None
        return super().render_change_form(request, context, *args, **kwargs)

    def one(self, request: HttpRequest, object_id: str) -> Any:
        """The thing of a page of our own. Raises Http404."""
        found = self.get_object(request, object_id)
        if found is None:
            raise Http404
        return found

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
