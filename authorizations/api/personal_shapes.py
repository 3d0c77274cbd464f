"""Personal access tokens as existing clients read them (04-wire-contracts.md)."""

from datetime import datetime
from typing import Any, NotRequired

from typing_extensions import TypedDict

from accounts.models import User
from authorizations import explaining
from authorizations.api.shapes import instant
from authorizations.models import PersonalAccessToken
from authorizations.personal_rules import Problem
from authorizations.policy import Reason
from authorizations.services.personal_tokens import TokenRefused

FULL = "app_token"
# The pages that explain why: those of the rules that refuse such a token at use, where there is one.
CODES = {
    Problem.CREATION_OFF: "token_creation",
    Problem.EVERY_ORGANIZATION: Reason.TOKEN_ALL_ORGANIZATIONS,
    Problem.FULL_SCOPE: Reason.TOKEN_FULL_SCOPE,
    Problem.TOO_LONG: Reason.TOKEN_LIFE_TOO_LONG,
}


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
    """200, as clients expect it. `message` and `helpLink` are ours: what is wrong, and who can change it."""
    return {
        "patToken": None,
        "patTokenError": str(refusal.problem),
        "message": str(refusal),
        "helpLink": why(refusal, person, now) or None,
    }


def why(refusal: TokenRefused, person: User, now: datetime) -> str:
    """Empty when no organization's policy is the reason."""
    if refusal.organization is None:
        return ""
    return explaining.address(CODES[refusal.problem], now=now, person=person, organization=refusal.organization)
