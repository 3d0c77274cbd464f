"""The filters of a list: a plain form in the address, so that a filtered list can be kept and sent to somebody."""

from datetime import UTC, datetime, timedelta
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.db.models import QuerySet
from django.http import QueryDict

DATES = ("%Y-%m-%d", "%Y-%m-%d %H:%M", "%Y-%m-%dT%H:%M", "%Y-%m-%d %H:%M:%S", "%Y-%m-%dT%H:%M:%S", "%Y-%m-%dT%H:%MZ")
WRITE_A_DATE = "Write a date such as 2026-11-26, or 2026-11-26 14:30 (UTC)."


class Instant(forms.Field):
    """A day or a minute, UTC. `end`: of a day, its end is meant."""

    def __init__(self, *, end: bool = False, **said: Any) -> None:
        super().__init__(required=False, **said)
        self.end = end
        self.widget.attrs |= {"placeholder": "2026-11-26 14:30", "size": 16}

    def clean(self, value: Any) -> datetime | None:
        text = str(value or "").strip()
        if not text:
            return None
        for form in DATES:
            try:
                found = datetime.strptime(text, form).replace(tzinfo=UTC)
                return found + timedelta(days=1) if self.end and form == DATES[0] else found
            except (ValueError, OverflowError):
                continue
        raise ValidationError(WRITE_A_DATE)


class Filters(forms.Form):
    """Each list adds its fields and says in `narrow` what they mean. Empty asks for nothing."""

    def narrow(self, rows: QuerySet[Any], now: datetime) -> QuerySet[Any]:
        raise NotImplementedError

    @property
    def said(self) -> dict[str, Any]:
        return {name: value for name, value in self.cleaned_data.items() if value not in (None, "", [])}

    @classmethod
    def read(cls, query: QueryDict) -> "Filters":
        return cls(query)


class Between(Filters):
    """From an instant on, and up to one."""

    since = Instant(label="From")
    until = Instant(label="Until", end=True)

    def clean(self) -> dict[str, Any]:
        said = super().clean() or {}
        if said.get("since") and said.get("until") and said["since"] >= said["until"]:
            self.add_error("until", "This is before the beginning, so there is nothing in between.")
        return said

    def between(self, rows: QuerySet[Any], column: str) -> QuerySet[Any]:
        if since := self.cleaned_data.get("since"):
            rows = rows.filter(**{f"{column}__gte": since})
        if until := self.cleaned_data.get("until"):
            rows = rows.filter(**{f"{column}__lt": until})
        return rows
