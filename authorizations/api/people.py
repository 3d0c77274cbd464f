"""The person of a token, and the organizations that it reaches: profile and accounts."""

from typing import Any

from django.conf import settings
from django.http import HttpRequest
from django.utils import timezone
from ninja import Router

from authorizations import explaining, selectors
from authorizations.api import shapes
from authorizations.api.access import admit, admit_in
from authorizations.api.described import FLAG, Listed, Query, described
from authorizations.api.errors import forbidden, invalid, not_found
from authorizations.api.versions import check_version
from authorizations.explaining import Denial
from authorizations.protocol.bearer import Access

SCOPE = "vso.profile"
ATTRIBUTES = ("Avatar", "DisplayName", "Email", "PublicAlias")
router = Router()
PROFILE = described(
    SCOPE,
    query=[
        Query("details", "Taken as true: the answer says no more and no less without it.", FLAG),
        Query("coreAttributes", f"Separated by commas: any of {', '.join(ATTRIBUTES)}."),
    ],
    gives=shapes.Profile,
)
ACCOUNTS = described(
    SCOPE,
    query=[
        Query("memberId", "The id of the person of the token, if any.", {"type": "string", "format": "uuid"}),
        Query("ownerId", "The same; lists what the person owns.", {"type": "string", "format": "uuid"}),
    ],
    gives=Listed[shapes.Account],
)


@router.get("_apis/profile/profiles/{identifier}")
@PROFILE
def profile(request: HttpRequest, identifier: str) -> shapes.Profile:
    """The person of the token: `me`, or the own id."""
    return _profile(request, admit(request, timezone.now(), SCOPE), identifier)


@router.get("{organization}/_apis/profile/profiles/{identifier}")
@PROFILE
def profile_in(request: HttpRequest, organization: str, identifier: str) -> shapes.Profile:
    """The same, for clients that keep to the address of one organization."""
    return _profile(request, admit_in(request, timezone.now(), organization, SCOPE).access, identifier)


def _profile(request: HttpRequest, access: Access, identifier: str) -> shapes.Profile:
    check_version(request)
    if request.GET.get("details", "true").lower() not in {"true", "false"}:
        raise invalid("details is true or false.")
    if identifier.lower() not in {"me", str(access.person.pk)}:
        raise not_found("profile")
    return shapes.profile(access.person, _attributes(request))


def _attributes(request: HttpRequest) -> list[str]:
    """Names without regard to case; what we do not keep is passed over, as clients ask for more than there is."""
    asked = {name.strip().lower() for name in request.GET.get("coreAttributes", "").split(",")}
    return [name for name in ATTRIBUTES if name.lower() in asked]


@router.get("_apis/accounts")
@ACCOUNTS
def accounts(request: HttpRequest) -> dict[str, Any]:
    """The organizations of the person that the token reaches."""
    return _accounts(request, admit(request, timezone.now(), SCOPE))


@router.get("{organization}/_apis/accounts")
@ACCOUNTS
def accounts_in(request: HttpRequest, organization: str) -> dict[str, Any]:
    """The same, for clients that keep to the address of one organization."""
    return _accounts(request, admit_in(request, timezone.now(), organization, SCOPE).access)


def _accounts(request: HttpRequest, access: Access) -> dict[str, Any]:
    check_version(request)
    asked = {v.lower() for v in (request.GET.get("memberId", ""), request.GET.get("ownerId", "")) if v}
    if asked - {str(access.person.pk)}:
        words = "A token lists the organizations of its own person only."
        raise forbidden(str(access.person.pk), words, explaining.page(Denial.SOMEBODY_ELSES))
    found = [m.organization for m in selectors.reached(access.person, access.organizations, access.app)]
    if request.GET.get("ownerId"):
        found = [o for o in found if o.owner_id == access.person.pk]
    return {"count": len(found), "value": [shapes.account(o, settings.ISSUER) for o in found]}
