"""Cells of lists and lines of pages: links to what a row belongs to."""

from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Any

from django.contrib import admin
from django.db.models import Model
from django.urls import NoReverseMatch, reverse
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString

NOTHING = "—"


def address(thing: Model) -> str:
    return reverse(f"admin:{thing._meta.app_label}_{thing._meta.model_name}_change", args=[thing.pk])


def listed(model: type[Model], query: str = "") -> str:
    """The address of the list of a kind of record, filtered."""
    return reverse(f"admin:{model._meta.app_label}_{model._meta.model_name}_changelist") + query


def link(thing: Model | None, text: Any = None) -> SafeString | str:
    if thing is None:
        return NOTHING
    try:
        return format_html('<a href="{}">{}</a>', address(thing), text or str(thing))
    except NoReverseMatch:
        return text or str(thing)


def linked(name: str, title: str = "") -> Callable[..., SafeString | str]:
    """A column that links to the thing of a foreign key."""

    @admin.display(description=title or name.replace("_", " "))
    def cell(admin_of: Any, row: Any) -> SafeString | str:
        return link(getattr(row, name))

    return cell


def links(pairs: Sequence[tuple[str, str]]) -> SafeString | str:
    """Address and text, one after the other."""
    return format_html_join(" · ", '<a href="{}">{}</a>', pairs) if pairs else NOTHING


def exact(at: datetime | None) -> str:
    return at.strftime("%Y-%m-%d %H:%M:%S") if at else NOTHING


def instant(name: str, title: str = "") -> Callable[..., str]:
    """A column with an instant to the second, UTC."""

    @admin.display(description=title or name.removesuffix("_at").replace("_", " "))
    def cell(admin_of: Any, row: Any) -> str:
        return exact(getattr(row, name))

    return cell
