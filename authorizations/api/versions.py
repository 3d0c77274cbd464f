"""api-version, in the query or in Accept, as the SDKs send it (04-wire-contracts.md)."""

import re

from django.http import HttpRequest

from authorizations.api.errors import ApiError

VERSION = re.compile(r"^(\d{1,2})\.(\d{1,2})(-preview(\.\d{1,2})?)?$")
NEWEST = (7, 2)


def check_version(request: HttpRequest) -> None:
    """Raises ApiError 400."""
    version = request.GET.get("api-version") or _from_accept(request.headers.get("Accept", ""))
    if not version:
        raise ApiError(
            400,
            "VssVersionNotSpecifiedException",
            "No api-version was supplied for the request. Add api-version=7.1, for example.",
        )
    found = VERSION.match(version)
    if not found:
        raise ApiError(400, "VssInvalidPreviewVersionException", "The api-version is not like 7.1 or 7.1-preview.1.")
    if not (1, 0) <= (int(found[1]), int(found[2])) <= NEWEST:
        raise ApiError(400, "VssVersionOutOfRangeException", "The api-version must be between 1.0 and 7.2.")


def _from_accept(accept: str) -> str:
    found = re.search(r"api-version=([^;,\s]+)", accept)
    return found[1] if found else ""
