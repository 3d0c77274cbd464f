"""Reads JSON bodies strictly: one object, bounded, known names, and text that a database can hold."""

import json
from collections.abc import Collection
from typing import Any

from django.core.exceptions import RequestDataTooBig
from django.http import HttpRequest

from authorizations.api.errors import ApiError, invalid

MOST_BYTES = 64 * 1024


def document(request: HttpRequest, known: Collection[str]) -> dict[str, Any]:
    """What the body says; a name with null was not said. Raises ApiError 400, 413 or 415."""
    return _known(_json(request), known)


def _json(request: HttpRequest) -> Any:
    if request.content_type not in {"application/json", "text/json", ""}:
        raise ApiError(415, "VssServiceException", "Send a JSON document as application/json.")
    try:
        return json.loads(body(request))
    except (ValueError, RecursionError) as error:
        raise invalid("The body is not a JSON document.") from error


def _known(found: Any, known: Collection[str]) -> dict[str, Any]:
    if not isinstance(found, dict):
        raise invalid("The body must be one JSON object.")
    if unknown := sorted(set(found) - set(known)):
        raise invalid(f"{_shown(unknown[0])} is not a field here. Known: {', '.join(sorted(known))}.")
    return {name: value for name, value in found.items() if value is not None}


def documents(request: HttpRequest, known: Collection[str], *, most: int) -> list[dict[str, Any]]:
    """The same for a list of objects, at least one and at most `most`. Raises as `document`."""
    found = _json(request)
    if not isinstance(found, list) or not found:
        raise invalid("The body must be a JSON list with at least one object.")
    if len(found) > most:
        raise invalid(f"The list has more than {most} objects. Send them in several calls.")
    return [_known(one, known) for one in found]


def body(request: HttpRequest) -> bytes:
    try:
        found = request.body
    except RequestDataTooBig as error:
        raise _too_large() from error
    if len(found) > MOST_BYTES:
        raise _too_large()
    return found


def _too_large() -> ApiError:
    return ApiError(413, "VssServiceException", f"The body has more than {MOST_BYTES} bytes.")


def text(said: dict[str, Any], name: str) -> str | None:
    """None when it was not said. Raises ApiError 400."""
    value = said.get(name)
    if value is None:
        return None
    if not isinstance(value, str):
        raise invalid(f"{name} must be a string.")
    return _storable(name, value)


def texts(said: dict[str, Any], name: str) -> list[str] | None:
    """None when it was not said. Raises ApiError 400."""
    value = said.get(name)
    if value is None:
        return None
    if not isinstance(value, list) or not all(isinstance(item, str) for item in value):
        raise invalid(f"{name} must be a list of strings.")
    return [_storable(name, item) for item in value]


def whole(said: dict[str, Any], name: str) -> int | None:
    """None when it was not said. Raises ApiError 400."""
    value = said.get(name)
    if value is not None and (not isinstance(value, int) or isinstance(value, bool) or not 0 <= value < 2**31):
        raise invalid(f"{name} must be a whole number.")
    return value


def flag(said: dict[str, Any], name: str) -> bool | None:
    """None when it was not said. Raises ApiError 400."""
    value = said.get(name)
    if value is not None and not isinstance(value, bool):
        raise invalid(f"{name} must be true or false.")
    return value


def _storable(name: str, value: str) -> str:
    """JSON can write a NUL and halves of a surrogate pair; no database here can hold them."""
    if "\x00" in value or any("\ud800" <= c <= "\udfff" for c in value):
        raise invalid(f"{name} holds a character that is not possible.")
    return value


def _shown(name: str) -> str:
    return "".join(c if c.isascii() and (c.isalnum() or c in "_.-") else "?" for c in name[:60])
