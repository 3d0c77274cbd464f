"""What every call below `_apis` passes before and after its view: names, methods, and errors in one shape."""

from django.http import HttpRequest, HttpResponse, HttpResponseBase, JsonResponse
from django.urls import ResolverMatch

from authorizations.api import handshake, read_only
from authorizations.api.errors import body, on_api_error
from authorizations.api.names import canonical


def answer(request: HttpRequest, match: ResolverMatch | None) -> HttpResponseBase:
    """`match` is what the path leads to, if anything. OPTIONS is the handshake, and asks nobody who they are."""
    if request.method == "OPTIONS":
        return handshake.answer(request.path_info.strip("/"))
    if match is None:
        return error(404, "VssResourceNotFoundException", "There is nothing at this address.")
    request.resolver_match = match
    request.GET = canonical(request.GET)  # type: ignore[assignment]
    if stopped := read_only.refusal(request.method or "", match.route):
        return on_api_error(request, stopped)
    if request.method == "HEAD":
        return without_body(_called(request, match, "GET"))
    return _called(request, match, request.method or "")


def _called(request: HttpRequest, match: ResolverMatch, method: str) -> HttpResponseBase:
    request.method = method
    response = match.func(request, *match.args, **match.kwargs)
    return not_allowed(response) if response.status_code == 405 else response


def not_allowed(response: HttpResponseBase) -> HttpResponse:
    """RFC 9110 §15.5.6: the answer names what is allowed."""
    allowed = {method.strip() for method in response.headers.get("Allow", "").split(",") if method.strip()}
    allowed |= {"OPTIONS"} | ({"HEAD"} if "GET" in allowed else set())
    said = ", ".join(sorted(allowed))
    refusal = error(405, "VssServiceException", f"This address does not take this method. It takes {said}.")
    refusal["Allow"] = said
    return refusal


def without_body(response: HttpResponseBase) -> HttpResponse:
    """The head that GET would have had (RFC 9110 §9.3.2)."""
    length = len(response.content) if isinstance(response, HttpResponse) else None
    head = HttpResponse(status=response.status_code, headers=dict(response.headers))
    if length is not None:
        head["Content-Length"] = str(length)
    return head


def error(status: int, type_key: str, message: str) -> JsonResponse:
    return JsonResponse(body(type_key, message), status=status)
