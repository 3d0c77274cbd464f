"""The old wire format as data: names and translations only, no framework, no database (04-wire-contracts.md)."""

from urllib.parse import unquote

ASSERTION_TYPE = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"
CODE_GRANT = "urn:ietf:params:oauth:grant-type:jwt-bearer"
REFRESH_GRANT = "refresh_token"

# What our refusals were called there, by the name of `services.refusals.Refusal`.
REFUSALS = {
    "CODE_UNKNOWN": "invalidAuthorizationGrant",
    "CODE_EXPIRED": "authorizationGrantExpired",
    "CODE_SPENT": "accessAlreadyIssued",
    "REDIRECT_MISMATCH": "invalidRedirectUri",
    "VERIFIER_MISSING": "invalidAuthorizationGrant",
    "VERIFIER_WRONG": "invalidAuthorizationGrant",
    "REFRESH_UNKNOWN": "invalidRefreshToken",
    "REFRESH_OUTDATED": "accessTokenAlreadyRefreshed",
    "SCOPE_WIDER": "invalidAuthorizationScopes",
    "NOT_ALLOWED": "authorizationNotFound",
}
# And what the policy refused, where the old system had a name of its own.
REASONS = {"app_disabled": "invalidClient", "model_ended": "invalidClient", "secret_ended": "clientSecretExpired"}


class WireError(Exception):
    """`code` is one of the old codes; the text is public."""

    def __init__(self, code: str, description: str) -> None:
        super().__init__(description)
        self.code, self.description = code, description


def grant_of(form: dict[str, str]) -> str:
    """ "code" or "refresh". Raises WireError."""
    grant = form.get("grant_type")
    if not grant:
        raise WireError("grantTypeRequired", "grant_type is missing.")
    if grant not in {CODE_GRANT, REFRESH_GRANT}:
        raise WireError("grantTypeRequired", f"grant_type must be {CODE_GRANT} or {REFRESH_GRANT}.")
    return "code" if grant == CODE_GRANT else "refresh"


def check_form(form: dict[str, str]) -> None:
    if form.get("client_assertion_type", ASSERTION_TYPE) != ASSERTION_TYPE:
        raise WireError("invalidClientSecret", f"client_assertion_type must be {ASSERTION_TYPE}.")
    for name, code in (
        ("client_assertion", "clientSecretRequired"),
        ("assertion", "authorizationGrantRequired"),
        ("redirect_uri", "redirectUriRequired"),
    ):
        if name not in form:
            raise WireError(code, f"{name} is missing.")


def candidates(secret: str) -> tuple[str, ...]:
    """Some clients encode the secret twice: the value as it came, and decoded once more."""
    return (secret,) if "%" not in secret else (secret, unquote(secret))


def refusal_code(refusal: str, reason: str | None) -> str:
    return REASONS.get(reason or "", REFUSALS[refusal])


def token_answer(
    access_token: str, expires_in: int, refresh_token: str, scope: str, *, historic: bool
) -> dict[str, object]:
    """`historic`: as the old system wrote it; strict clients refuse any type but bearer, so it is off by default."""
    return {
        "access_token": access_token,
        "token_type": "jwt-bearer" if historic else "bearer",
        "expires_in": str(expires_in) if historic else expires_in,
        "refresh_token": refresh_token,
        "scope": scope,
    }
