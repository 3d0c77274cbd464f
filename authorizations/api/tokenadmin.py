"""Tokens of members, for administrators: /{organization}/_apis/tokenadmin.

What is listed and ended here is what reaches this organization, and it ends in this organization.
"""

from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.utils import timezone
from django.utils.dateparse import parse_datetime
from ninja import Router

from accounts.models import Membership
from authorizations import token_listing
from authorizations.api import paging, reading
from authorizations.api import tokenadmin_shapes as shapes
from authorizations.api.access import Placed, admit_in
from authorizations.api.described import CONTINUATION, CONTINUED, FLAG, WHOLE, Query, described
from authorizations.api.errors import invalid, not_found
from authorizations.api.shapes import instant
from authorizations.api.versions import check_version
from authorizations.models import reaching
from authorizations.services import revocation_rules, token_administration
from authorizations.services.revocation_rules import RuleRefused
from authorizations.services.token_administration import NotHere
from oauthapps import scopes as catalogue

SCOPE = "vso.tokenadministration"
BASE = "{organization}/_apis/tokenadmin"
PUBLIC = Query("isPublic", "Public keys, of which there are none here.", FLAG)
router = Router()


@router.get(BASE + "/personalaccesstokens/{subject_descriptor}")
@described(
    SCOPE,
    query=[Query("pageSize", "At most so many; never more than 200.", WHOLE), CONTINUATION, PUBLIC],
    gives=shapes.SessionTokens,
    headers=CONTINUED,
)
def personal_access_tokens(
    request: HttpRequest, organization: str, subject_descriptor: str, response: HttpResponse
) -> dict[str, Any]:
    """The personal access tokens of a member: those in force that reach the organization.

    `isValid` is false where the organization refuses one."""
    placed, now = _admitted(request, organization)
    member = _member(placed, subject_descriptor)
    asked, after = _window(request)
    if _public(request):
        return {"value": [], "continuationToken": None}
    found = reaching.personal_tokens(placed.organization, now).filter(person=member.person).order_by("pk")
    rows = list((found.filter(pk__gt=after) if after else found).select_related("person")[: asked.top + 1])
    page = paging.cut(rows, asked, response, lambda t: str(t.pk))
    value = [
        shapes.session_token(t, placed.organization, valid=token_listing.refused(t, member, now) is None) for t in page
    ]
    return {"value": value, "continuationToken": response.headers.get(paging.HEADER)}


@router.post(BASE + "/revocations")
@described(SCOPE, query=[PUBLIC], takes=list[shapes.Revocation], status=204, also=[404])
def revocations(request: HttpRequest, organization: str) -> HttpResponse:
    """Ends tokens and authorizations: all of them, or none. Twice is once."""
    placed, now = _admitted(request, organization)
    _public(request)
    said = reading.documents(request, ("authorizationId",), most=token_administration.MOST)
    ids = list(dict.fromkeys(_id(one) for one in said))
    try:
        token_administration.revoke(placed.organization, ids, why=_through(placed), by=placed.access.person, now=now)
    except NotHere as error:
        raise not_found(f"authorization as {error.unknown} (nothing was revoked)") from error
    return HttpResponse(status=204)


@router.post(BASE + "/revocationrules")
@described(SCOPE, takes=shapes.RevocationRule, gives=shapes.RevocationRule, status=201)
def make_rule(request: HttpRequest, organization: str) -> HttpResponse:
    """Refuses from now on what was begun before an instant and has any of these permissions."""
    placed, now = _admitted(request, organization)
    said = reading.document(request, ("scopes", "createdBefore", "reason"))
    try:
        rule = revocation_rules.make(
            placed.organization,
            _scopes(reading.text(said, "scopes")),
            created_before=_instant(reading.text(said, "createdBefore")),
            why=reading.text(said, "reason") or _through(placed),
            by=placed.access.person,
            now=now,
        )
    except RuleRefused as error:
        raise invalid(f"{NAMES[error.field]}: {error}" if error.field in NAMES else str(error)) from error
    made = {"scopes": " ".join(rule.scopes), "createdBefore": instant(rule.created_before), "reason": rule.why}
    return JsonResponse(made, status=201)


NAMES = {"scopes": "scopes", "created_before": "createdBefore"}


def _admitted(request: HttpRequest, organization: str) -> tuple[Placed, datetime]:
    now = timezone.now()
    placed = admit_in(request, now, organization, SCOPE, administrator=True)
    check_version(request)
    return placed, now


def _through(placed: Placed) -> str:
    app = placed.access.app
    return f"Through the REST API, by {app.name}." if app else "Through the REST API."


def _member(placed: Placed, subject: str) -> Membership:
    """Raises ApiError 404, in the same words for whoever is no member and for nobody."""
    pk = shapes.person_of(subject)
    found = (
        Membership.objects.select_related("person").filter(organization=placed.organization, person=pk).first()
        if pk
        else None
    )
    if found is None or not shapes.is_of(subject, found):
        raise not_found("person")
    found.organization = placed.organization
    return found


def _window(request: HttpRequest) -> tuple[paging.Window, UUID | None]:
    """Raises ApiError 400."""
    top = max(1, min(paging.number(request, "pageSize", paging.USUAL), paging.MOST))
    asked = paging.Window(top, request.GET.get("continuationToken", ""))
    return asked, paging.as_uuid(asked)


def _public(request: HttpRequest) -> bool:
    """Public keys, of which there are none here. Raises ApiError 400."""
    said = request.GET.get("isPublic", "").lower()
    if said not in {"", "true", "false"}:
        raise invalid("isPublic must be true or false.")
    return said == "true"


def _id(said: dict[str, Any]) -> UUID:
    """Raises ApiError 400."""
    try:
        return UUID(reading.text(said, "authorizationId") or "")
    except ValueError as error:
        raise invalid("authorizationId is missing or no id: name the authorization that is to end.") from error


def _scopes(said: str | None) -> tuple[str, ...]:
    """Raises ApiError 400."""
    if not said or not said.strip():
        raise invalid("scopes is missing: name at least one permission, several of them with spaces between.")
    try:
        return catalogue.parse(said)
    except catalogue.MalformedScope as error:
        raise invalid("scopes holds a character that no permission has.") from error


def _instant(said: str | None) -> datetime | None:
    """Raises ApiError 400."""
    if said is None:
        return None
    try:
        found = parse_datetime(said)
        if found is None or found.tzinfo is None:
            raise ValueError
        return found.astimezone(UTC)
    except (ValueError, OverflowError) as error:
        raise invalid("createdBefore must be an instant with its zone, such as 2026-05-01T10:00:00Z.") from error
