"""What a list was asked for: the text to look for and the number of the page."""

from typing import Any

from django.core.paginator import Page, Paginator
from django.db.models import QuerySet
from django.http import HttpRequest

LONGEST = 100


def query(request: HttpRequest) -> str:
    return request.GET.get("q", "").replace("\x00", "").strip()[:LONGEST]


def page(request: HttpRequest, found: QuerySet[Any], per_page: int, *, count: int | None = None) -> Page[Any]:
    """`count`: when it is known, it is not asked for again."""
    paginator = Paginator(found, per_page)
    if count is not None:
        paginator.count = count  # type: ignore[misc]
    return paginator.get_page(request.GET.get("page"))
