"""What a person approved, and how to take it back: /_apis/delegatedauth/authorizations/{userId}."""

from datetime import datetime
from typing import Any
from uuid import UUID

from django.db.models import OuterRef, QuerySet, Subquery
from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from ninja import Router

from accounts.models import User
from authorizations.api import delegatedauth_shapes as shapes
from authorizations.api import paging
from authorizations.api.access import admit
from authorizations.api.described import CONTINUATION, CONTINUED, TOP, Query, described
from authorizations.api.errors import invalid, not_found
from authorizations.api.versions import check_version
from authorizations.models import Authorization, Connection
from authorizations.services.revocation import revoke_authorizations

SCOPE = "vso.tokens"
RECEIPT = "X-Gatehouse-Receipt"
router = Router()


@router.get("/authorizations/{user_id}")
@described(SCOPE, query=[TOP, CONTINUATION], gives=list[shapes.AuthorizationDetails], headers=CONTINUED)
def listing(request: HttpRequest, response: HttpResponse, user_id: str) -> list[dict[str, Any]]:
    """What the person approved and is not over: `me`, or the own id."""
    now = timezone.now()
    person = admit(request, now, SCOPE).person
    check_version(request)
    _check_own(person, user_id)
    asked = paging.window(request)
    found = list(_standing(person, after=paging.as_uuid(asked), now=now)[: asked.top + 1])
    page = paging.cut(found, asked, response, lambda a: str(a.pk))
    return [shapes.authorization_details(a, now) for a in page]


@router.post("/authorizations/{user_id}")
@described(
    SCOPE,
    query=[Query("authorizationId", "The one that is to end.", {"type": "string", "format": "uuid"}, required=True)],
    status=204,
    headers={RECEIPT: "The reference of the receipt, when it ended with this call."},
)
def revoke(request: HttpRequest, user_id: str) -> HttpResponse:
    """Ends one authorization. Twice is once: what has ended already is 204 too."""
    now = timezone.now()
    person = admit(request, now, SCOPE).person
    check_version(request)
    _check_own(person, user_id)
    authorization = _mine(person, request.GET.get("authorizationId", ""))
    receipt = revoke_authorizations(person, [authorization.pk], by=person, reason=Authorization.Ended.REVOKED, now=now)
    return HttpResponse(status=204, headers={RECEIPT: receipt.reference} if receipt else {})


def _check_own(person: User, user_id: str) -> None:
    """Raises ApiError 404 for everybody else, whether there is such a person or not."""
    if user_id.lower() not in {"me", str(person.pk)}:
        raise not_found("person")


def _mine(person: User, authorization_id: str) -> Authorization:
    """Raises ApiError."""
    try:
        asked = UUID(authorization_id)
    except ValueError as error:
        raise invalid("authorizationId is missing or no id: name the authorization that is to end.") from error
    found = Authorization.objects.of(person).select_related("application", "person").filter(pk=asked).first()
    if found is None:
        raise not_found("authorization")
    return found


def _standing(person: User, *, after: UUID | None, now: datetime) -> QuerySet[Authorization]:
    """What is approved and not over, with the app and the start of the newest connection, by id. One statement."""
    newest = Connection.objects.filter(authorization=OuterRef("pk")).order_by("-created_at").values("created_at")
    found = (
        Authorization.objects.of(person)
        .live(now)
        .select_related("application", "person")
        .annotate(access_issued=Subquery(newest[:1]))
    )
    return (found.filter(pk__gt=after) if after else found).order_by("pk")
