"""A small picture of calls per day, drawn on the server: attributes only, because the CSP forbids inline style."""

from datetime import date
from typing import Any, Protocol

from django import template
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

register = template.Library()
BAR, GAP, HEIGHT, LEAST = 3, 1, 24, 2


class Series(Protocol):
    calls: tuple[int, ...]

    @property
    def total(self) -> int: ...
    @property
    def days(self) -> int: ...
    @property
    def busiest(self) -> date | None: ...


@register.inclusion_tag("partials/sparkline.html")
def sparkline(series: Series) -> dict[str, Any]:
    """`{% sparkline series %}`: one bar a day, the tallest the busiest; the words say the same."""
    width = str(series.days * (BAR + GAP))
    return {"bars": bars(series.calls), "width": width, "height": str(HEIGHT), "words": words(series)}


def bars(calls: tuple[int, ...]) -> str:
    """All bars as one path, which is drawn and rendered fast. Days without a call get none, and a single call among
    thousands stays visible."""
    most = max(calls, default=0)
    heights = [max(LEAST, round(HEIGHT * c / most)) if c else 0 for c in calls]
    return "".join(f"M{n * (BAR + GAP)} {HEIGHT}v-{tall}h{BAR}v{tall}z" for n, tall in enumerate(heights) if tall)


def words(series: Series) -> str:
    if series.busiest is None:
        return _("No calls in %(days)s days") % {"days": series.days}
    said = ngettext("%(number)s call in %(days)s days", "%(number)s calls in %(days)s days", series.total)
    said %= {"number": f"{series.total:,}", "days": series.days}
    if series.total == 1:
        return _("%(calls)s, on %(day)s") % {"calls": said, "day": date_format(series.busiest, "j M")}
    return _("%(calls)s, most on %(day)s") % {"calls": said, "day": date_format(series.busiest, "j M")}
