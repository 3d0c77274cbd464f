"""What the delegatedauth area says: authorizations, and registrations as the public or their owners see them."""

import uuid
from collections.abc import Iterable
from datetime import datetime
from typing import Any, NotRequired

from django.conf import settings
from typing_extensions import TypedDict

from authorizations import selectors
from authorizations.api.shapes import INSTANCE, instant
from authorizations.models import Authorization
from authorizations.policy import PASSING, Facts, decide
from oauthapps import scopes
from oauthapps.models import Application, ApplicationSecret

# What these clients read as "does not end": their type for an instant has no null.
NEVER = "9999-12-31T23:59:59.999Z"
RESPONSE_TYPES = {"legacy": "Assertion", "standard": "Code"}


class Authorized(TypedDict):
    authorizationId: str
    registrationId: str
    identityId: str
    audience: str
    scopes: str
    redirectUri: str
    source: str
    validFrom: str
    validTo: str
    accessIssued: NotRequired[str]
    isAccessUsed: bool
    isValid: bool


class ScopeDescription(TypedDict):
    market: str
    title: str
    description: str


class PublicRegistration(TypedDict):
    registrationId: str
    registrationName: str
    registrationDescription: str
    registrationLocation: str
    registrationLogoSecureLocation: str
    registrationTermsOfServiceLocation: str
    registrationPrivacyStatementLocation: str
    organizationName: str
    organizationLocation: str
    redirectUris: list[str]
    responseTypes: str
    scopes: str
    clientType: str
    isValid: bool


class Registration(PublicRegistration):
    """`secret` and `alternativeSecret` are in the answer that made them, and nowhere else."""

    identityId: str
    optionalScopes: str
    revision: int
    secret: NotRequired[str]
    validFrom: NotRequired[str]
    secretValidTo: NotRequired[str]
    secretVersionId: NotRequired[str]
    alternativeSecret: NotRequired[str]
    alternativeSecretValidFrom: NotRequired[str]
    alternativeSecretValidTo: NotRequired[str]
    alternativeSecretVersionId: NotRequired[str]


class AuthorizationDetails(TypedDict):
    authorization: Authorized
    clientRegistration: PublicRegistration
    scopeDescriptions: list[ScopeDescription]


def authorization_details(authorization: Authorization, now: datetime) -> dict[str, Any]:
    return {
        "authorization": _authorization(authorization, now),
        "clientRegistration": public_registration(authorization.application, now),
        "scopeDescriptions": [_described(s) for s in authorization.scopes if s in scopes.CATALOGUE],
    }


def _authorization(authorization: Authorization, now: datetime) -> dict[str, Any]:
    app = authorization.application
    issued = getattr(authorization, "access_issued", None)  # annotated by the listing
    said: dict[str, Any] = {
        "authorizationId": str(authorization.pk),
        "registrationId": app.client_id,
        "identityId": str(authorization.person_id),
        "audience": settings.ISSUER,
        "scopes": " ".join(authorization.scopes),
        "redirectUri": app.callbacks[0] if app.callbacks else "",
        "source": f"approval page {authorization.page_version}".strip(),
        "validFrom": instant(authorization.granted_at),
        "validTo": instant(authorization.expires_at) if authorization.expires_at else NEVER,
        "isAccessUsed": authorization.last_used_at is not None,
        "isValid": _stands(selectors.code_facts(authorization, app, None, now)),
    }
    return said | ({"accessIssued": instant(issued)} if issued else {})


def _stands(facts: Facts) -> bool:
    """A brown-out passes: what it pauses is as valid as before."""
    return decide(frozenset(), facts).reason in {None, *PASSING}


def _described(identifier: str) -> dict[str, str]:
    scope = scopes.CATALOGUE[identifier]
    return {"market": "en-US", "title": scope.title, "description": scope.sentence}


def public_registration(app: Application, now: datetime) -> dict[str, Any]:
    """What everybody may know of an app."""
    return {
        "registrationId": app.client_id,
        "registrationName": app.name,
        "registrationDescription": app.description,
        "registrationLocation": app.website,
        "registrationLogoSecureLocation": settings.ISSUER + app.logo_url if app.logo_id else "",
        "registrationTermsOfServiceLocation": app.terms_url,
        "registrationPrivacyStatementLocation": app.privacy_url,
        "organizationName": app.company,
        "organizationLocation": app.website,
        "redirectUris": app.callbacks,
        "responseTypes": RESPONSE_TYPES[app.model],
        "scopes": " ".join(app.all_scopes),
        "clientType": app.client_type,
        "isValid": _stands(selectors.request_facts(app, None, now)),
    }


def registration(
    app: Application, owner_id: uuid.UUID, secrets: Iterable[ApplicationSecret], now: datetime
) -> dict[str, Any]:
    """What an owner sees. Never a secret: one is in the answer that made it and nowhere else."""
    live = {s.slot: s for s in secrets if s.revoked_at is None}
    said = public_registration(app, now) | {
        "identityId": str(owner_id),
        "optionalScopes": " ".join(app.optional_scopes),
        "revision": app.version,
    }
    return said | _secret(live.get("primary"), "secret", "validFrom") | _alternative(live.get("alternative"))


def _alternative(secret: ApplicationSecret | None) -> dict[str, str]:
    return _secret(secret, "alternativeSecret", "alternativeSecretValidFrom")


def _secret(secret: ApplicationSecret | None, prefix: str, valid_from: str) -> dict[str, str]:
    if secret is None:
        return {}
    return {
        valid_from: instant(secret.created_at),
        f"{prefix}ValidTo": instant(secret.expires_at),
        f"{prefix}VersionId": str(uuid.uuid5(INSTANCE, secret.key_id)),
    }
