"""Why a token was not issued, in words of our own; each wire translates them."""

from enum import StrEnum
from uuid import UUID

from authorizations.models import Authorization
from authorizations.policy import Reason


class Refusal(StrEnum):
    CODE_UNKNOWN = "The authorization code is not known here."
    CODE_EXPIRED = "The authorization code has expired."
    CODE_SPENT = "The authorization code was used already; what it issued has been ended."
    REDIRECT_MISMATCH = "redirect_uri is not the one of the authorization request."
    VERIFIER_MISSING = "code_verifier is missing: the authorization request carried a code_challenge."
    VERIFIER_WRONG = "code_verifier does not belong to the code_challenge."
    REFRESH_UNKNOWN = "The refresh token is not known here."
    REFRESH_OUTDATED = "The refresh token was used already."
    SCOPE_WIDER = "The scope goes beyond what was granted."
    NOT_ALLOWED = "The authorization is no longer in force."


class TokenRefused(Exception):
    """`reason` is set when the policy refused; the authorization and the connection, where what was presented had one."""

    def __init__(
        self,
        refusal: Refusal,
        reason: Reason | None = None,
        *,
        authorization: Authorization | None = None,
        connection: UUID | None = None,
    ) -> None:
        super().__init__(refusal.value if reason is None else f"{refusal.value} ({reason.value})")
        self.refusal, self.reason = refusal, reason
        self.authorization, self.connection = authorization, connection
