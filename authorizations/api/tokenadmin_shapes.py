"""Personal access tokens as administrators' programs read them: SessionToken of the systems before us. Never a value."""

import base64
import binascii
import uuid
from typing import Any, NotRequired
from uuid import UUID

from typing_extensions import TypedDict

from accounts.models import Membership, Organization
from authorizations.api.errors import ANONYMOUS
from authorizations.api.shapes import descriptor, instant
from authorizations.models import PersonalAccessToken

FULL = "app_token"


class SessionToken(TypedDict):
    clientId: str
    accessId: str
    authorizationId: str
    hostAuthorizationId: str
    userId: str
    validFrom: str
    validTo: str
    displayName: str
    scope: str
    targetAccounts: list[str] | None
    token: None
    alternateToken: None
    isValid: bool
    isPublic: bool
    publicData: None
    source: None
    claims: None


class SessionTokens(TypedDict):
    value: list[SessionToken]
    continuationToken: str | None


class Revocation(TypedDict):
    authorizationId: str


class RevocationRule(TypedDict):
    """`scopes` with spaces between; `createdBefore` is now when it is not said."""

    scopes: str
    createdBefore: NotRequired[str]
    reason: NotRequired[str]


def session_token(token: PersonalAccessToken, organization: Organization, *, valid: bool) -> dict[str, Any]:
    """`authorizationId` names the token, also after it was made anew; `accessId` names its value."""
    return {
        "clientId": ANONYMOUS,  # no app stands between
        "accessId": str(uuid.uuid5(token.pk, token.version)),
        "authorizationId": str(token.pk),
        "hostAuthorizationId": str(uuid.uuid5(token.pk, str(organization.pk))),
        "userId": str(token.person_id),
        "validFrom": instant(token.issued_at),
        "validTo": instant(token.expires_at),
        "displayName": token.name,
        "scope": FULL if token.is_full else " ".join(token.scopes),
        "targetAccounts": None if token.organization_id is None else [str(token.organization_id)],
        "token": None,
        "alternateToken": None,
        "isValid": valid,
        "isPublic": False,
        "publicData": None,
        "source": None,
        "claims": None,
    }


def person_of(subject: str) -> UUID | None:
    """The id in a descriptor; None for what is none. Whether it is exactly that person's, `is_of` says."""
    _, _, encoded = subject.partition(".")
    try:
        return UUID(base64.urlsafe_b64decode(encoded + "=" * (-len(encoded) % 4)).decode("ascii"))
    except (ValueError, binascii.Error):
        return None


def is_of(subject: str, member: Membership) -> bool:
    return descriptor(member.person) == subject
