"""The headers that say when the legacy model ends: RFC 9745 (Deprecation) and RFC 8594 (Sunset)."""

from django.conf import settings
from django.utils.http import http_date

from authorizations.brown_outs import Response


def sunset_headers() -> dict[str, str]:
    return {
        "Deprecation": f"@{int(settings.LEGACY_DEPRECATED_SINCE.timestamp())}",
        "Sunset": http_date(settings.LEGACY_SUNSET.timestamp()),
        "Link": f'<{settings.ISSUER}/app/register/legacy>; rel="deprecation"; type="text/html"',
    }


def announce_end(response: Response) -> Response:
    for name, value in sunset_headers().items():
        response[name] = value
    return response
