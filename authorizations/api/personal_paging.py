"""The pages of `tokens/pats`: a continuation token says after which row of which order to go on."""

import base64
import binascii
import json
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any, TypeVar
from uuid import UUID

from django.db.models import Q
from django.http import HttpRequest
from django.utils.dateparse import parse_datetime

from authorizations.api import paging
from authorizations.api.errors import invalid
from authorizations.models import PersonalAccessToken
from authorizations.models.personal import PersonalTokenQuerySet
from authorizations.personal_listing import Sort, State, ordered

MOST = 100
SORTS = (Sort.NAME, Sort.DATE, Sort.STATUS)
Word = TypeVar("Word", bound=StrEnum)


@dataclass(frozen=True)
class Asked:
    state: State
    sort: Sort
    ascending: bool
    top: int
    after: tuple[Any, UUID] | None


def read(request: HttpRequest) -> Asked:
    """Raises ApiError 400."""
    said = request.GET
    state = _word(said.get("displayFilterOption", ""), "displayFilterOption", tuple(State), State.ACTIVE)
    sort = _word(said.get("sortByOption", ""), "sortByOption", SORTS, Sort.DATE)
    up = said.get("isSortAscending", "").lower()
    if up not in {"", "true", "false"}:
        raise invalid("isSortAscending must be true or false.")
    top = max(1, min(paging.number(request, "$top", MOST), MOST))
    after = _after(said.get("continuationToken", ""), sort, up == "true")
    return Asked(state, sort, up == "true", top, after)


def _word(said: str, name: str, known: tuple[Word, ...], default: Word) -> Word:
    found = {word.lower(): word for word in known}.get(said.lower(), None if said else default)
    if found is None:
        raise invalid(f"{name} must be one of: {', '.join(known)}.")
    return found


def cut(found: PersonalTokenQuerySet, asked: Asked, now: datetime) -> tuple[list[PersonalAccessToken], str]:
    """The rows of the page, and how to get the next one; empty when there is none. One statement."""
    rows = ordered(found, asked.sort, now=now, ascending=asked.ascending)
    if asked.after:
        value, pk = asked.after
        way = "gt" if asked.ascending else "lt"
        rows = rows.filter(Q(**{f"place__{way}": value}) | Q(place=value, **{f"pk__{way}": pk}))
    page = list(rows[: asked.top + 1])
    return page[: asked.top], _token(page[asked.top - 1], asked) if len(page) > asked.top else ""


def _token(last: Any, asked: Asked) -> str:
    value = last.place.isoformat() if isinstance(last.place, datetime) else last.place
    said = json.dumps([asked.sort, asked.ascending, value, str(last.pk)])
    return base64.urlsafe_b64encode(said.encode()).decode().rstrip("=")


def _after(token: str, sort: Sort, ascending: bool) -> tuple[Any, UUID] | None:
    """Raises ApiError 400 also for one that belongs to another order: the rows after it would be others."""
    if not token:
        return None
    try:
        raw = base64.urlsafe_b64decode(token[:2000] + "=" * (-len(token) % 4))
        said_sort, said_ascending, value, pk = json.loads(raw)
        if (said_sort, said_ascending) != (sort, ascending):
            raise ValueError
        return _typed(value, sort), UUID(pk)
    except (binascii.Error, ValueError, TypeError, AttributeError, RecursionError) as error:
        raise invalid(
            "continuationToken is not one that this list gave for this order. Send the one of the page before unchanged."
        ) from error


def _typed(value: Any, sort: Sort) -> Any:
    if sort is Sort.DATE:
        found = parse_datetime(value)
        if found is None or found.tzinfo is None:
            raise ValueError
        return found
    if sort is Sort.STATUS:
        if type(value) is not int or not 0 <= value < len(State):
            raise ValueError
        return value
    if not isinstance(value, str) or "\x00" in value:
        raise ValueError
    value.encode()  # halves of a surrogate pair are nothing that a database can compare with
    return value
