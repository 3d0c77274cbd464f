"""The protected REST API, decided by the policy on live facts. Paths are in lower case here (`gate`, `resources`)."""

import logging
from typing import Any

from django.db import InterfaceError, OperationalError
from django.http import HttpRequest
from ninja import NinjaAPI
from ninja.errors import HttpError, ValidationError

from authorizations.api import (
    audit,
    delegatedauth_authorizations,
    delegatedauth_registrations,
    delegatedauth_secrets,
    location,
    organization_policies,
    people,
    personal_tokens,
    projects,
    tokenadmin,
)
from authorizations.api.errors import ApiError, body, on_api_error, on_bearer_refused
from authorizations.protocol.bearer import BearerRefused

logger = logging.getLogger(__name__)
api = NinjaAPI(title="Gatehouse", version="7.1", docs_url=None, openapi_url=None, urls_namespace="rest")
api.add_exception_handler(ApiError, on_api_error)
api.add_exception_handler(BearerRefused, on_bearer_refused)


def _on_validation(request: HttpRequest, error: Any) -> Any:
    return api.create_response(
        request, body("VssPropertyValidationException", "A parameter has the wrong type."), status=400
    )


def _on_http(request: HttpRequest, error: Any) -> Any:
    return api.create_response(request, body("VssServiceException", str(error)), status=error.status_code)


def _on_away(request: HttpRequest, error: Any) -> Any:
    """The database is away, or was too busy: the same call may well succeed in a moment."""
    request_id = getattr(request, "request_id", "")
    logger.error("a call of the REST API had no database: %s (request %s)", type(error).__name__, request_id)
    answer = api.create_response(request, body("VssServiceException", "Try again in a moment."), status=503)
    answer["Retry-After"] = "2"
    return answer


def _on_crash(request: HttpRequest, error: Any) -> Any:
    """The trace is for the log; the caller gets the id to ask with (and it is in the answer's X-Request-Id)."""
    request_id = getattr(request, "request_id", "")
    logger.error("a call of the REST API failed (request %s)", request_id, exc_info=error)
    message = f"Something went wrong here. Say this number when you ask: {request_id}"
    return api.create_response(request, body("VssServiceException", message), status=500)


api.add_exception_handler(ValidationError, _on_validation)
api.add_exception_handler(HttpError, _on_http)
api.add_exception_handler(OperationalError, _on_away)
api.add_exception_handler(InterfaceError, _on_away)
api.add_exception_handler(Exception, _on_crash)
for part in (delegatedauth_authorizations, delegatedauth_registrations, delegatedauth_secrets):
    api.add_router("_apis/delegatedauth", part.router)
for area in (audit, location, people, projects, organization_policies, personal_tokens, tokenadmin):
    api.add_router("", area.router)
