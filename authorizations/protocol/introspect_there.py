"""Introspection about one organization: may the token be used there? What our own REST API is answered, for other servers.

RFC 7662 §2.2 lets `active` depend on who asks and on what the token is for. A caller that names an organization gets
the decision of the policy for it: `active` says whether anything may be done there, `scope` names what may be.
"""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from django.conf import settings

from authorizations import explaining, selectors, there, usage
from authorizations.models import Connection
from authorizations.policy import Reason, decide
from authorizations.services.access_tokens import AccessToken
from oauthapps import scopes


def described(token: AccessToken, granted: list[str]) -> dict[str, Any]:
    """RFC 7662 §2.2."""
    return {
        "active": True,
        "scope": " ".join(granted),
        "client_id": token.client_id,
        "token_type": "Bearer",
        "exp": token.expires_at,
        "iat": token.issued_at,
        "nbf": token.issued_at,
        "sub": token.subject,
        "aud": settings.ISSUER,
        "iss": settings.ISSUER,
        "jti": token.jti,
    }


def answer(connection: Connection, token: AccessToken, trusted: bool, now: datetime) -> dict[str, Any]:
    """`connection` was read with the organization. `trusted`: the caller may introspect every token."""
    anywhere = selectors.connection_facts(connection, now)
    if refusal := decide(frozenset(), anywhere).reason:
        usage.note_refused(refusal, connection, "introspect", now)
        return {"active": False}
    place, membership = there.place_of(connection, now)
    still = scopes.closure(connection.authorization.scopes)
    held = [s for s in token.scopes if s in still]
    facts = selectors.connection_facts(connection, now, place)
    decided = {s: decide(frozenset({s}), facts).reason for s in held}
    usable = [s for s, reason in decided.items() if reason is None]
    asked = scopes.of_the_api(held)
    if membership is None or not any(decided[s] is None for s in asked):
        reason = decide(frozenset(asked[:1]), facts).reason or Reason.SCOPE_NOT_CONSENTED
        return {"active": False} | (_why(reason, connection, membership, asked, now) if trusted else {})
    usage.note_call(connection, "introspect", now)
    usage.note_organization(connection, membership.organization_id, now)
    person = connection.authorization.person
    return described(token, usable) | {"username": person.principal_name, "organization": membership.organization.slug}


def _why(
    reason: Reason, connection: Connection, membership: Any, asked: Sequence[str], now: datetime
) -> dict[str, Any]:
    """For a server that is trusted with every token, so that it can tell the person what to do."""
    authorization = connection.authorization
    address = explaining.address(
        reason,
        person=authorization.person,
        app=authorization.application,
        organization=membership.organization if membership else None,
        scopes=asked[:1],
        now=now,
    )
    return {"reason": str(reason), "why": address}
