"""The protected REST API, decided by the policy on live facts. Paths are in lower case here (`gate`, `resources`)."""

from typing import Any

from django.conf import settings
from django.http import HttpRequest
from django.utils import timezone
from ninja import NinjaAPI
from ninja.errors import HttpError, ValidationError

from accounts.models import Project
from authorizations import explaining, selectors
from authorizations.api import (
    delegatedauth_authorizations,
    delegatedauth_registrations,
    delegatedauth_secrets,
    organization_policies,
    personal_tokens,
    shapes,
    tokenadmin,
)
from authorizations.api.access import admit, admit_in
from authorizations.api.errors import ApiError, body, forbidden, not_found, on_api_error, on_bearer_refused
from authorizations.api.paging import MOST, number
from authorizations.api.versions import check_version
from authorizations.explaining import Denial
from authorizations.protocol.bearer import BearerRefused

api = NinjaAPI(title="Gatehouse", version="7.1", docs_url=None, openapi_url=None, urls_namespace="rest")
api.add_exception_handler(ApiError, on_api_error)
api.add_exception_handler(BearerRefused, on_bearer_refused)


def _on_validation(request: HttpRequest, error: Any) -> Any:
    return api.create_response(
        request, body("VssPropertyValidationException", "A parameter has the wrong type."), status=400
    )


def _on_http(request: HttpRequest, error: Any) -> Any:
    return api.create_response(request, body("VssServiceException", str(error)), status=error.status_code)


api.add_exception_handler(ValidationError, _on_validation)
api.add_exception_handler(HttpError, _on_http)
for part in (delegatedauth_authorizations, delegatedauth_registrations, delegatedauth_secrets):
    api.add_router("_apis/delegatedauth", part.router)
api.add_router("", organization_policies.router)
api.add_router("", tokenadmin.router)
api.add_router("", personal_tokens.router)


@api.get("_apis/connectiondata")
def connection_data(request: HttpRequest) -> dict[str, Any]:
    person = admit(request, timezone.now()).person
    check_version(request)
    return shapes.connection_data(person)


@api.get("_apis/profile/profiles/{identifier}")
def profile(request: HttpRequest, identifier: str) -> dict[str, Any]:
    now = timezone.now()
    access = admit(request, now, "vso.profile")
    check_version(request)
    if identifier.lower() not in {"me", str(access.person.pk)}:
        raise not_found("profile")
    return shapes.profile(access.person)


@api.get("_apis/accounts")
def accounts(request: HttpRequest) -> dict[str, Any]:
    now = timezone.now()
    access = admit(request, now, "vso.profile")
    check_version(request)
    asked = {v.lower() for v in (request.GET.get("memberId", ""), request.GET.get("ownerId", "")) if v}
    if asked - {str(access.person.pk)}:
        words = "A token lists the organizations of its own person only."
        raise forbidden(str(access.person.pk), words, explaining.page(Denial.SOMEBODY_ELSES))
    found = [m.organization for m in selectors.reached(access.person, access.organizations, access.app)]
    if request.GET.get("ownerId"):
        found = [o for o in found if o.owner_id == access.person.pk]
    return {"count": len(found), "value": [shapes.account(o, settings.ISSUER) for o in found]}


@api.get("{organization}/_apis/projects")
def projects(request: HttpRequest, organization: str) -> dict[str, Any]:
    now = timezone.now()
    placed = admit_in(request, now, organization, "vso.project")
    check_version(request)
    skip, top = number(request, "$skip", 0), min(number(request, "$top", 100), MOST)
    visible = Project.objects.filter(organization=placed.organization)
    if not placed.membership.administers:
        visible = visible.filter(members=placed.access.person)
    found = [
        shapes.project(p, placed.organization, settings.ISSUER) for p in visible.order_by("name")[skip : skip + top]
    ]
    return {"count": len(found), "value": found}
