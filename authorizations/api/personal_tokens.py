"""A person's own personal access tokens: /{organization}/_apis/tokens/pats.

For access tokens of the standard model alone: who has a personal token must not be able to make another that outlives
it. Listed are those that reach the organization of the address; what is somebody else's is not there.
"""

from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from django.utils.dateparse import parse_datetime
from ninja import Router

from accounts import policies
from accounts.models import Organization
from authorizations import personal_listing
from authorizations.api import personal_paging, reading
from authorizations.api.access import Placed, admit_in, refused
from authorizations.api.described import CONTINUATION, FLAG, TOP, Query, described
from authorizations.api.errors import invalid, not_found
from authorizations.api.personal_shapes import (
    FULL,
    PersonalTokenResult,
    PersonalTokens,
    PersonalTokenWanted,
    failed,
    result,
    shape,
)
from authorizations.api.versions import check_version
from authorizations.explaining import Denial
from authorizations.models import PersonalAccessToken
from authorizations.personal_listing import State
from authorizations.services import personal_tokens
from authorizations.services.personal_tokens import Changes, TokenRefused
from oauthapps.scopes import FULL_ACCESS

SCOPE = "vso.tokens"
FIELDS = ("displayName", "scope", "validTo", "allOrgs")
# What answers hold besides; a client that sends a whole answer back means nothing by them.
KNOWN = (*FIELDS, "authorizationId", "validFrom", "targetAccounts", "token")
USUAL_DAYS = 30
router = Router()
BASE = "{organization}/_apis/tokens/pats"


@router.get(BASE)
@described(
    SCOPE,
    query=[
        Query(
            "displayFilterOption",
            "Which of them; active when it is not said.",
            {"type": "string", "enum": [str(s) for s in State]},
        ),
        Query(
            "sortByOption",
            "By what; displayDate when it is not said.",
            {"type": "string", "enum": [str(s) for s in personal_paging.SORTS]},
        ),
        Query("isSortAscending", "Downwards, when it is not said.", FLAG),
        Query("authorizationId", "That one alone, as `patToken`.", {"type": "string", "format": "uuid"}),
        TOP,
        CONTINUATION,
    ],
    gives=PersonalTokens | PersonalTokenResult,
    also=[404],
    personal=False,
)
def listing(request: HttpRequest, organization: str) -> dict[str, Any]:
    """The personal access tokens of the person that reach the organization; with `authorizationId`, that one."""
    placed, now = _admitted(request, organization)
    if "authorizationId" in request.GET:
        return result(_mine(placed, request.GET["authorizationId"]))
    asked = personal_paging.read(request)
    mine = personal_listing.selected(placed.access.person, asked.state, now=now).reaching(placed.organization)
    found, token = personal_paging.cut(mine, asked, now)
    return {"continuationToken": token, "patTokens": [shape(t) for t in found]}


@router.post(BASE)
@described(SCOPE, takes=PersonalTokenWanted, gives=PersonalTokenResult, personal=False)
def create(request: HttpRequest, organization: str) -> dict[str, Any]:
    """Makes a token. The answer to this call alone holds the value."""
    placed, now = _admitted(request, organization)
    said = reading.document(request, KNOWN)
    everywhere = reading.flag(said, "allOrgs") or False
    try:
        made = personal_tokens.create(
            placed.access.person,
            name=reading.text(said, "displayName") or "",
            scopes=_scopes(said) or [],
            organization=None if everywhere else placed.organization,
            expires_at=_instant(said) or _usual_end(placed.organization, now),
            now=now,
        )
    except TokenRefused as refusal:
        return failed(refusal, placed.access.person, now)
    return result(made.token, made.value)


@router.put(BASE)
@described(SCOPE, takes=PersonalTokenWanted, gives=PersonalTokenResult, also=[404], personal=False)
def change(request: HttpRequest, organization: str) -> dict[str, Any]:
    """Changes a token. What is not said stays. The value stays as well, and is not told."""
    placed, now = _admitted(request, organization)
    said = reading.document(request, KNOWN)
    token = _mine(placed, reading.text(said, "authorizationId") or "")
    changes = Changes(
        name=reading.text(said, "displayName"),
        scopes=_scopes(said),
        place=_place(said, token, placed.organization),
        expires_at=_instant(said),
    )
    try:
        changed = personal_tokens.edit(token, by=placed.access.person, changes=changes, now=now)
    except TokenRefused as refusal:
        return failed(refusal, placed.access.person, now)
    return result(changed)


@router.delete(BASE)
@described(
    SCOPE,
    query=[Query("authorizationId", "The one that is to end.", {"type": "string", "format": "uuid"}, required=True)],
    status=204,
    also=[404],
    personal=False,
)
def revoke(request: HttpRequest, organization: str) -> HttpResponse:
    """Ends a token. Twice is once: what has ended already is 204 too."""
    placed, now = _admitted(request, organization)
    token = _mine(placed, request.GET.get("authorizationId", ""))
    personal_tokens.revoke(token, by=placed.access.person, now=now)
    return HttpResponse(status=204)


def _admitted(request: HttpRequest, organization: str) -> tuple[Placed, datetime]:
    now = timezone.now()
    placed = admit_in(request, now, organization, SCOPE)
    app = placed.access.app
    if app is None or app.is_legacy:
        raise refused(
            placed.access,
            Denial.APP_TOKEN_NEEDED,
            "Personal access tokens are managed with an access token of the standard model: not with a personal "
            "access token, and not with a token of the legacy model.",
            placed.organization,
            now,
        )
    check_version(request)
    return placed, now


def _mine(placed: Placed, authorization_id: str) -> PersonalAccessToken:
    """Raises ApiError."""
    try:
        asked = UUID(authorization_id)
    except ValueError as error:
        raise invalid("authorizationId is missing or no id: name the token that is meant.") from error
    mine = PersonalAccessToken.objects.of(placed.access.person).reaching(placed.organization)
    found = mine.select_related("person", "organization").filter(pk=asked).first()
    if found is None:
        raise not_found("personal access token")
    return found


def _scopes(said: dict[str, Any]) -> list[str] | None:
    text = reading.text(said, "scope")
    return None if text is None else [FULL_ACCESS if s == FULL else s for s in text.split()]


def _place(
    said: dict[str, Any], token: PersonalAccessToken, organization: Organization
) -> tuple[Organization | None] | None:
    everywhere = reading.flag(said, "allOrgs")
    if everywhere is None or everywhere == (token.organization_id is None):
        return None
    return (None if everywhere else organization,)


def _instant(said: dict[str, Any]) -> datetime | None:
    text = reading.text(said, "validTo")
    if text is None:
        return None
    try:
        found = parse_datetime(text)
    except ValueError:
        found = None
    if found is None:
        raise invalid("validTo must be an instant like 2026-12-01T09:00:00Z.")
    try:
        # Without a time zone it is UTC, as clients of the systems before us write it.
        return found.replace(tzinfo=UTC) if found.tzinfo is None else found.astimezone(UTC)
    except OverflowError as error:
        raise invalid("validTo is no instant that a token could end at.") from error


def _usual_end(organization: Organization, now: datetime) -> datetime:
    most = policies.effective(organization.policies, now).token_days
    return now + timedelta(days=min(USUAL_DAYS, most or USUAL_DAYS))
