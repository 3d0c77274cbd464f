"""Errors of the REST API in the shape that existing clients read."""

from typing import Any

from django.http import HttpRequest, HttpResponse, JsonResponse

from authorizations import brown_outs
from authorizations.protocol.bearer import REALM

ANONYMOUS = "00000000-0000-0000-0000-000000000000"


class ApiError(Exception):
    def __init__(self, status: int, type_key: str, message: str, challenge: str = "") -> None:
        super().__init__(message)
        self.status, self.type_key, self.message, self.challenge = status, type_key, message, challenge


def unauthorized_text(person_id: str) -> str:
    return f"TF400813: The user '{person_id}' is not authorized to access this resource."


def forbidden(person_id: str, why: str) -> ApiError:
    return ApiError(403, "UnauthorizedRequestException", f"{unauthorized_text(person_id)} {why}")


def invalid(message: str) -> ApiError:
    return ApiError(400, "VssPropertyValidationException", message)


def not_found(what: str) -> ApiError:
    """The same words for what is not there and for what is somebody else's."""
    return ApiError(404, "VssResourceNotFoundException", f"There is no such {what}, or it is not yours to see.")


def body(type_key: str, message: str) -> dict[str, object]:
    return {
        "$id": "1",
        "innerException": None,
        "message": message,
        "typeName": f"Microsoft.VisualStudio.Services.Common.{type_key}, Microsoft.VisualStudio.Services.Common",
        "typeKey": type_key,
        "errorCode": 0,
        "eventId": 3000,
    }


def on_api_error(request: HttpRequest, error: Any) -> JsonResponse:
    answer = JsonResponse(body(error.type_key, error.message), status=error.status)
    if error.challenge:
        answer["WWW-Authenticate"] = error.challenge
    return answer


def on_bearer_refused(request: HttpRequest, refusal: Any) -> HttpResponse:
    if refusal.retry_after:
        paused = JsonResponse(body("VssServiceUnavailableException", refusal.description), status=refusal.status)
        return brown_outs.tell(paused, refusal.retry_after)
    message = f"{unauthorized_text(ANONYMOUS)} {refusal.description}"
    answer = JsonResponse(body("UnauthorizedRequestException", message), status=refusal.status)
    answer["WWW-Authenticate"] = refusal.challenge or REALM
    return answer
