"""Reads request parameters strictly: form-encoded, once each, UTF-8, no control characters, bounded."""

import re
from urllib.parse import parse_qsl

from django.http import HttpRequest

from authorizations.protocol.errors import OAuthError
from authorizations.protocol.http import MOST_BYTES, Request

FORM = "application/x-www-form-urlencoded"
MOST_PARAMETERS = 60
LONGEST_VALUE = 8 * 1024
BAD_ESCAPE = re.compile(r"%(?![0-9A-Fa-f]{2})")


def read_form(request: HttpRequest | Request) -> dict[str, str]:
    """The body's parameters. Raises OAuthError("invalid_request")."""
    if request.content_type != FORM:
        raise OAuthError("invalid_request", f"Send the parameters as {FORM}.")
    if len(request.body) > MOST_BYTES:
        raise OAuthError("invalid_request", "The request is too large.", status=413)
    try:
        return parse(request.body.decode("ascii"))
    except UnicodeDecodeError:
        return parse(_utf8(request.body))


def _utf8(body: bytes) -> str:
    try:
        return body.decode("utf-8")
    except UnicodeDecodeError as error:
        raise OAuthError("invalid_request", "The parameters are not UTF-8.") from error


def read_query(request: HttpRequest) -> dict[str, str]:
    return parse(request.META.get("QUERY_STRING", ""))


def parse(text: str) -> dict[str, str]:
    """RFC 6749 §3.1-3.2: parameters without a value count as omitted, a repeated one is an error."""
    if len(text) > MOST_BYTES:
        raise OAuthError("invalid_request", "The request is too large.")
    if BAD_ESCAPE.search(text):
        raise OAuthError("invalid_request", "A percent escape is not valid.")
    try:
        pairs = parse_qsl(text, keep_blank_values=False, errors="strict", max_num_fields=MOST_PARAMETERS)
    except ValueError as error:
        raise OAuthError("invalid_request", "The parameters cannot be read (not UTF-8, or too many).") from error
    found: dict[str, str] = {}
    for name, value in pairs:
        _check(name, value, found)
        found[name] = value
    return found


def _check(name: str, value: str, found: dict[str, str]) -> None:
    if name in found:
        raise OAuthError("invalid_request", f"{_shown(name)} is given more than once.")
    if "\x00" in name or "\x00" in value:
        raise OAuthError("invalid_request", "A parameter holds a NUL character.")
    if len(value) > LONGEST_VALUE:
        raise OAuthError("invalid_request", f"{_shown(name)} is too long.")


def _shown(name: str) -> str:
    return re.sub(r"[^A-Za-z0-9_.-]", "?", name)[:40]
