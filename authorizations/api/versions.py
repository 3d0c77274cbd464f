"""api-version, in the query or in Accept, as the SDKs send it (04-wire-contracts.md)."""

import re

from django.http import HttpRequest

from authorizations.api.errors import ApiError
from authorizations.api.resources import NEWEST, OLDEST, Resource, of_route

VERSION = re.compile(r"^(\d{1,2})(?:\.(\d{1,2}))?(-preview(?:\.(\d{1,3}))?)?$", re.ASCII | re.I)
IN_ACCEPT = re.compile(r"""api-version\s*=\s*"?([^;,\s"]+)""", re.I)


def check_version(request: HttpRequest) -> None:
    """Against the resource that the request was routed to. Raises ApiError 400."""
    match = request.resolver_match
    check(asked_version(request), of_route(match.route if match else request.path_info), request.method or "")


def asked_version(request: HttpRequest) -> str:
    """The query wins, as it does in the systems before us."""
    if in_query := request.GET.get("api-version"):
        return in_query
    found = IN_ACCEPT.search(request.headers.get("Accept", ""))
    return found[1] if found else ""


def check(asked: str, resource: Resource, method: str) -> None:
    """Raises ApiError 400."""
    if not asked:
        if resource.versioned:
            raise _missing(method)
        return
    found = VERSION.match(asked)
    if not found:
        raise ApiError(400, "VssInvalidPreviewVersionException", "The api-version is not like 7.1 or 7.1-preview.1.")
    version = int(found[1]), int(found[2] or 0)
    if not OLDEST <= version <= NEWEST:
        raise _out_of_range(version)
    if found[3] is None and (resource.released is None or version > resource.released):
        raise _needs_preview(version)
    if found[4] is not None and not 1 <= int(found[4]) <= resource.version:
        raise _no_such_preview(version, resource)


def written(version: tuple[int, int]) -> str:
    return f"{version[0]}.{version[1]}"


def _missing(method: str) -> ApiError:
    return ApiError(
        400,
        "VssVersionNotSpecifiedException",
        f'No api-version was supplied for the "{method}" request. Send it in the query (?api-version=7.1) or in the '
        'Accept header ("application/json; api-version=7.1").',
    )


def _out_of_range(version: tuple[int, int]) -> ApiError:
    return ApiError(
        400,
        "VssVersionOutOfRangeException",
        f"The requested REST API version of {written(version)} is out of range for this server. The latest REST API "
        f"version this server supports is {written(NEWEST)}, the earliest {written(OLDEST)}.",
    )


def _needs_preview(version: tuple[int, int]) -> ApiError:
    said = written(version)
    return ApiError(
        400,
        "VssInvalidPreviewVersionException",
        f'The requested version "{said}" of the resource is under preview. The -preview flag must be supplied in the '
        f'api-version for such requests. For example: "{said}-preview".',
    )


def _no_such_preview(version: tuple[int, int], resource: Resource) -> ApiError:
    newest = f"{written(version)}-preview.{resource.version}"
    return ApiError(
        400,
        "VssInvalidPreviewVersionException",
        f"There is no such preview of {resource.area}/{resource.name}. The newest is {newest}.",
    )
