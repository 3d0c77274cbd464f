"""The limits of calls, as the endpoints ask them: in the words and statuses of their errors."""

from collections.abc import Callable
from typing import TypeVar

from authorizations import explaining, limits
from authorizations.events.context import current
from authorizations.explaining import Denial
from authorizations.protocol.bearer import Access, BearerRefused
from authorizations.protocol.errors import OAuthError
from authorizations.protocol.http import WithHeaders

T = TypeVar("T")
A = TypeVar("A", bound=Access)
WORDS = "Too many calls in a short time. Wait as many seconds as Retry-After says."


def caller(
    endpoint: str,
    client_id: str,
    secret_digest: str,
    authenticate: Callable[[], T],
    refused: type[Exception] = OAuthError,
) -> T:
    """Around whatever finds out whether a client is who it says. A client without a secret is counted together with its
    address: anybody can use its name. Raises OAuthError, and `refused` as `authenticate` does.

    `secret_digest`: its beginning shows again that the secret was good before, and is no secret."""
    address, proof = current().address, secret_digest[:32]
    if wait := limits.early(endpoint, address, client_id, proof):
        raise too_many(wait)
    try:
        found = authenticate()
    except refused as error:
        if getattr(error, "status", 401) == 401:
            refuse(endpoint, client_id)
        raise
    if wait := limits.passed(endpoint, client_id if proof else f"{client_id} {address}", proof):
        raise too_many(wait)
    return found


def refuse(endpoint: str, client_id: str = "") -> None:
    """Something was wrong that proves who calls. Raises OAuthError 429 when it was so too often."""
    if wait := limits.failed(endpoint, current().address, client_id):
        raise too_many(wait)


def too_many(wait: int) -> OAuthError:
    """RFC 6585 §4. The code says what RFC 6749 §4.1.2.1 means by it: overloaded for now, so keep what you have."""
    return OAuthError("temporarily_unavailable", WORDS, status=429, why=Denial.TOO_MANY_REQUESTS, retry_after=str(wait))


def bearer(request: WithHeaders, authenticate: Callable[[], A], proof: str = "") -> A:
    """Around whatever finds out whether a token is good. A call that brings none proves nothing and costs nothing: old
    clients begin with one, so it is not counted. `proof`: of a token that is looked up before it is known to be real.
    Raises BearerRefused."""
    address = current().address
    if wait := limits.early("api", address, proof=proof):
        raise bearer_too_many(wait)
    try:
        access = authenticate()
    except BearerRefused as refusal:
        if refusal.status == 401 and request.headers.get("Authorization") and (wait := limits.failed("api", address)):
            raise bearer_too_many(wait) from refusal
        raise
    presented = access.presented
    if presented and (wait := limits.passed("api", f"{presented.kind}:{presented.id}", proof)):
        raise bearer_too_many(wait)
    return access


def bearer_too_many(wait: int) -> BearerRefused:
    why = explaining.page(Denial.TOO_MANY_REQUESTS)
    return BearerRefused(429, "temporarily_unavailable", WORDS, retry_after=str(wait), why=why)
