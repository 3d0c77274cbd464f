"""Long lists come in pages: `$top`, and a continuation token that names the last row of the page before."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TypeVar
from uuid import UUID

from django.http import HttpRequest, HttpResponse

from authorizations.api.errors import ApiError, invalid

USUAL, MOST = 100, 200
HEADER = "X-MS-ContinuationToken"
Row = TypeVar("Row")


@dataclass(frozen=True)
class Window:
    """`top` rows from the first one after `after`; empty: from the start."""

    top: int
    after: str


def window(request: HttpRequest) -> Window:
    """Raises ApiError 400."""
    return Window(max(1, min(number(request, "$top", USUAL), MOST)), request.GET.get("continuationToken", ""))


def number(request: HttpRequest, name: str, default: int) -> int:
    """Raises ApiError 400."""
    value = request.GET.get(name, str(default))
    if not (value.isascii() and value.isdigit()) or len(value) > 9:
        raise invalid(f"{name} must be a number.")
    return int(value)


def as_uuid(asked: Window) -> UUID | None:
    """Where the page starts, in a list that is ordered by a UUID. Raises ApiError 400."""
    try:
        return UUID(asked.after) if asked.after else None
    except ValueError as error:
        raise _not_ours() from error


def as_text(asked: Window) -> str:
    """The same in a list that is ordered by a text. Raises ApiError 400."""
    if "\x00" in asked.after or len(asked.after) > 255:
        raise _not_ours()
    return asked.after


def _not_ours() -> ApiError:
    return invalid(f"continuationToken is not one that this list gave. Send the value of {HEADER} unchanged.")


def cut(found: Sequence[Row], asked: Window, response: HttpResponse, name: Callable[[Row], str]) -> Sequence[Row]:
    """`found` holds one row more than asked for when there is another page; the header then says how to get it."""
    page = found[: asked.top]
    if len(found) > asked.top:
        response[HEADER] = name(page[-1])
    return page
