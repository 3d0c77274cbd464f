"""Template helpers of the pages: instants as people read them, and icons."""

from datetime import datetime, timedelta
from functools import lru_cache

from django import template
from django.template.loader import render_to_string
from django.utils import timezone
from django.utils.html import format_html
from django.utils.safestring import SafeString, mark_safe
from django.utils.timesince import timesince, timeuntil
from django.utils.translation import gettext as _

register = template.Library()


@register.filter
def relative_time(value: datetime | None) -> str | SafeString:
    """ "3 hours ago", with the exact UTC instant on hover and for screen readers."""
    if not value:
        return _("never")
    exact = value.strftime("%Y-%m-%d %H:%M:%S UTC")
    return format_html(
        '<time datetime="{}" title="{}" data-relative>{}<span class="visually-hidden"> ({})</span></time>',
        value.isoformat(),
        exact,
        in_words(value, timezone.now()),
        exact,
    )


def in_words(value: datetime, now: datetime) -> str:
    if abs((value - now).total_seconds()) < 60:
        return _("just now") if value <= now else _("in less than a minute")
    if value <= now:
        return _("%(time)s ago") % {"time": timesince(value, now, depth=1)}
    return _("in %(time)s") % {"time": timeuntil(value, now, depth=1)}


@register.filter
def grouped(number: object) -> str:
    """12,345; anything else as it is."""
    return f"{number:,}" if isinstance(number, int) else str(number)


@register.filter
def days_left(value: datetime) -> int:
    """Whole days until then, rounded up: 1 on the last day, 0 when it is over."""
    return max(0, -(-int((value - timezone.now()).total_seconds()) // 86_400))


@register.simple_tag
@lru_cache(maxsize=256)
def icon(name: str) -> SafeString:
    """An inline drawing from templates/icons/; the name is a literal of our templates, never input."""
    return mark_safe(render_to_string(f"icons/{name}.svg"))


@register.simple_tag
@lru_cache(maxsize=64)
def weight(name: str, label: str) -> SafeString:
    """What kind of power a permission is. Kept: a list shows the same few dozens of times."""
    return mark_safe(render_to_string("partials/weight.html", {"weight": name, "label": label}))


@register.simple_tag
@lru_cache(maxsize=512)
def badge(tone: str, icon_name: str, label: str) -> SafeString:
    """A word with an icon. Kept, as above; `label` is a text of ours, never input."""
    return mark_safe(render_to_string("partials/badge.html", {"tone": tone, "icon_name": icon_name, "label": label}))


@register.filter
def period(span: timedelta | None) -> str:
    """A span in its largest whole unit: 15 s, 5 min, 3 h, 2 d."""
    if span is None:
        return ""
    seconds = int(span.total_seconds())
    for size, unit in ((86400, "d"), (3600, "h"), (60, "min")):
        if seconds >= 2 * size or seconds == size:
            return f"{seconds // size} {unit}"
    return f"{seconds} s"
