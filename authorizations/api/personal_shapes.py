"""Personal access tokens as existing clients read them (04-wire-contracts.md)."""

from datetime import datetime
from typing import Any, NotRequired

from typing_extensions import TypedDict

from accounts.models import User
from authorizations import pauses
from authorizations.api.errors import unavailable
from authorizations.api.shapes import instant
from authorizations.models import PersonalAccessToken
from authorizations.services import personal_tokens
from authorizations.services.personal_tokens import TokenRefused

FULL = "app_token"


class PersonalToken(TypedDict):
    """`token` is in the answer that made it, and null everywhere else."""

    displayName: str
    validFrom: str
    validTo: str
    scope: str
    targetAccounts: list[str] | None
    authorizationId: str
    token: str | None


class PersonalTokens(TypedDict):
    continuationToken: str
    patTokens: list[PersonalToken]


class PersonalTokenResult(TypedDict):
    """`patTokenError` other than "none" says which policy refused; `message` says it to people."""

    patToken: PersonalToken | None
    patTokenError: str
    message: NotRequired[str]
    helpLink: NotRequired[str | None]


class PersonalTokenWanted(TypedDict, total=False):
    """`authorizationId` names the one to change."""

    displayName: str
    scope: str
    validTo: str
    allOrgs: bool
    authorizationId: str


def shape(token: PersonalAccessToken, value: str | None = None) -> dict[str, Any]:
    return {
        "displayName": token.name,
        "validFrom": instant(token.issued_at),
        "validTo": instant(token.expires_at),
        "scope": FULL if token.is_full else " ".join(token.scopes),
        "targetAccounts": token.organizations,
        "authorizationId": str(token.pk),
        "token": value,
    }


def result(token: PersonalAccessToken, value: str | None = None) -> dict[str, Any]:
    return {"patToken": shape(token, value), "patTokenError": "none"}


def failed(refusal: TokenRefused, person: User, now: datetime) -> dict[str, Any]:
    """200, as clients expect it. `message` and `helpLink` are ours: what is wrong, and who can change it. Raises ApiError
    where a kill switch is the reason: the request is right, and will be again."""
    if refusal.reason is not None:
        pause = pauses.of(refusal.reason, now)
        raise unavailable(pause.reason, pause.sentence, pause.seconds)
    return {
        "patToken": None,
        "patTokenError": str(refusal.problem),
        "message": str(refusal),
        "helpLink": personal_tokens.why(refusal, person, now) or None,
    }
