"""Errors of the REST API in the shape that existing clients read."""

from typing import Any

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.utils import timezone

from authorizations import brown_outs, explaining, noticing
from authorizations.events.kinds import Kind
from authorizations.explaining import Code
from authorizations.protocol.bearer import REALM
from authorizations.protocol.personal import CHALLENGE

ANONYMOUS = "00000000-0000-0000-0000-000000000000"


class ApiError(Exception):
    """`why`: the address of the page that explains the refusal to a person."""

    def __init__(
        self,
        status: int,
        type_key: str,
        message: str,
        challenge: str = "",
        why: str = "",
        retry_after: str = "",
    ) -> None:
        super().__init__(message)
        self.status, self.type_key, self.message, self.challenge = status, type_key, message, challenge
        self.why = why
        self.retry_after = retry_after


def unauthorized_text(person_id: str) -> str:
    return f"TF400813: The user '{person_id}' is not authorized to access this resource."


def forbidden(person_id: str, words: str, why: str = "") -> ApiError:
    return ApiError(403, "UnauthorizedRequestException", f"{unauthorized_text(person_id)} {words}", why=why)


def invalid(message: str) -> ApiError:
    return ApiError(400, "VssPropertyValidationException", message)


def not_found(what: str) -> ApiError:
    """The same words for what is not there and for what is somebody else's."""
    return ApiError(404, "VssResourceNotFoundException", f"There is no such {what}, or it is not yours to see.")


def unavailable(code: Code, message: str, seconds: str) -> ApiError:
    """For what passes: a kill switch, or a limit (429 in the shape that the systems before us have for it)."""
    return ApiError(503, "VssServiceUnavailableException", message, why=explaining.page(code), retry_after=seconds)


def body(type_key: str, message: str, why: str = "") -> dict[str, object]:
    """`helpLink` is where the exceptions of the systems before us have the address of their help."""
    return {
        "$id": "1",
        "innerException": None,
        "message": f"{message} More about this: {why}" if why else message,
        **({"helpLink": why} if why else {}),
        "typeName": f"Microsoft.VisualStudio.Services.Common.{type_key}, Microsoft.VisualStudio.Services.Common",
        "typeKey": type_key,
        "errorCode": 0,
        "eventId": 3000,
    }


def on_api_error(request: HttpRequest, error: Any) -> JsonResponse:
    answer = JsonResponse(body(error.type_key, error.message, error.why), status=error.status)
    if error.challenge:
        answer["WWW-Authenticate"] = error.challenge
    if error.retry_after:
        brown_outs.tell(answer, error.retry_after)
    return answer


def on_bearer_refused(request: HttpRequest, refusal: Any) -> HttpResponse:
    noticing.refused(Kind.CALL_REFUSED, endpoint="api", reason=refusal.code.value, now=timezone.now())
    if refusal.retry_after:
        kind = "RequestBlockedException" if refusal.status == 429 else "VssServiceUnavailableException"
        said = body(kind, refusal.description, refusal.why)
        paused = JsonResponse(said, status=refusal.status)
        return brown_outs.tell(paused, refusal.retry_after)
    message = f"{unauthorized_text(ANONYMOUS)} {refusal.description}"
    answer = JsonResponse(body("UnauthorizedRequestException", message, refusal.why), status=refusal.status)
    answer["WWW-Authenticate"] = f"{refusal.challenge or REALM}, {CHALLENGE}"
    return answer
