"""A list of the operations pages: filtered by a form, counted by estimate, paged by place where it can be long."""

from typing import Any

from django.contrib import messages
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils import timezone
from unfold.views import ChangeList

from accounts.operations import counting, keysets

AFTER, BEFORE = "after", "before"


class PagedByPlace(counting.CappedPaginator):
    template_name = "admin/keyset_pagination.html"


class List(ChangeList):
    params: dict[str, Any]
    filter_params: dict[str, Any]

    def __init__(self, request: HttpRequest, *args: Any, **kwargs: Any) -> None:
        admin = kwargs.get("model_admin") or args[10]
        self.place = {name: request.GET.get(name, "") for name in (AFTER, BEFORE)}
        self.form = admin.filters.read(request.GET) if admin.filters else None
        self.keyset: keysets.Keyset | None = admin.get_keyset(request)
        super().__init__(request, *args, **kwargs)
        self.title = f"{str(self.opts.verbose_name_plural).capitalize()} ({self.counted})"

    @property
    def asked(self) -> bool:
        """Whether anything narrows the list."""
        return bool(self.query or self.get_filters_params() or (self.form and self.form.is_valid() and self.form.said))

    def get_filters_params(self, params: Any = None) -> dict[str, Any]:
        """Only what Django's own filters read: the form reads the rest."""
        ours = {AFTER, BEFORE, *(self.form.fields if self.form else ())}
        return {key: value for key, value in super().get_filters_params(params).items() if key not in ours}

    def get_filters(self, request: HttpRequest) -> Any:
        if not self.list_filter and (unknown := self.get_filters_params()):
            named = ", ".join(sorted(unknown))[:80]
            messages.warning(request, f"There is no filter “{named}” here, so it was left out.")
            self.filter_params = {k: v for k, v in self.filter_params.items() if k not in unknown}
            self.params = {k: v for k, v in self.params.items() if k not in unknown}
        return super().get_filters(request)

    def get_queryset(self, request: HttpRequest, exclude_parameters: Any = None) -> QuerySet[Any]:
        rows = super().get_queryset(request, exclude_parameters)
        if self.form is None:
            return rows
        return self.form.narrow(rows, timezone.now()) if self.form.is_valid() else rows.none()

    def get_ordering(self, request: HttpRequest, queryset: QuerySet[Any]) -> Any:
        return self.keyset.ordering if self.keyset else super().get_ordering(request, queryset)

    def get_results(self, request: HttpRequest) -> None:
        self.counted = counting.of(self.queryset, everything=not self.asked)
        if self.keyset is None:
            super().get_results(request)
            return
        self.page = self.keyset.page(
            self.queryset, self.list_per_page, after=self.place[AFTER], before=self.place[BEFORE]
        )
        self.result_list = self.page.rows
        self.result_count, self.full_result_count = self.counted.number, None
        self.show_full_result_count, self.show_admin_actions = False, True
        self.can_show_all = self.multi_page = False
        self.paginator = PagedByPlace(self.queryset, self.list_per_page)

    def links(self) -> dict[str, str]:
        """To the neighbouring pages, with the filters kept."""
        if self.keyset is None:
            return {}
        found = {"newest": self.get_query_string({AFTER: None, BEFORE: None}) if self.page.back else ""}
        if self.page.newer:
            found["newer"] = self.get_query_string({BEFORE: self.page.newer, AFTER: None})
        if self.page.older:
            found["older"] = self.get_query_string({AFTER: self.page.older, BEFORE: None})
        return found

    def kept(self) -> list[tuple[str, str]]:
        """What the filter form repeats although it has no field for it."""
        ours = {AFTER, BEFORE, "q", *(self.form.fields if self.form else ())}
        return [(k, v) for k, values in self.filter_params.items() for v in values if k not in ours]
