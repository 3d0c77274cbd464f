"""A consent receipt: who agreed to what, when, shown by which page, and how to withdraw.

The names are those of the Kantara Initiative's Consent Receipt Specification 1.1.0, so that tools can read it; what
has no name there is under `authorization`.
"""

from datetime import datetime
from typing import Any

from django.conf import settings
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from accounts.models import Organization
from authorizations.models import Authorization
from authorizations.services.export_rows import callback_hosts
from oauthapps import scopes as catalogue
from oauthapps.models import Application

KINDS = {
    "standard": "web form, each permission listed",
    "legacy": "web form of the legacy model, each permission listed",
}


def document(authorization: Authorization, *, now: datetime) -> dict[str, Any]:
    """`authorization` with its app and person."""
    app = authorization.application
    return {
        "version": "KI-CR-v1.1.0",
        "consentReceiptID": str(authorization.pk),
        "consentTimestamp": int(authorization.granted_at.timestamp()),
        "collectionMethod": KINDS.get(app.model, app.model),
        "language": get_language() or "en",
        "piiPrincipalId": str(authorization.person_id),
        "piiControllers": [{"piiController": app.company, "piiControllerUrl": app.website, "contact": app.website}],
        "policyUrl": app.privacy_url,
        "services": [{"service": app.name, "purposes": purposes(authorization.scopes)}],
        "sensitive": bool(catalogue.high_privilege(authorization.scopes)),
        "spiCat": [],
        "authorization": _details(authorization, app, now),
    }


def purposes(identifiers: list[str]) -> list[dict[str, Any]]:
    known = [catalogue.CATALOGUE[s] for s in identifiers if s in catalogue.CATALOGUE]
    return [
        {
            "purpose": _(scope.sentence),
            "purposeCategory": [_(scope.category)],
            "consentType": "EXPLICIT",
            "piiCategory": [_(scope.title)],
            "primaryPurpose": True,
            "termination": "until it ends, or is revoked",
            "thirdPartyDisclosure": True,
            "scope": scope.identifier,
        }
        for scope in known
    ]


def _details(authorization: Authorization, app: Application, now: datetime) -> dict[str, Any]:
    return {
        "issuer": settings.ISSUER,
        "issued_at": _instant(now),
        "person": {"name": authorization.person.display_name, "user_name": authorization.person.principal_name},
        "app_id": app.client_id,
        "model": app.model,
        "publisher_verified_domain": app.verified_domain,
        "recipients": callback_hosts(app.callbacks),
        "terms_url": app.terms_url,
        "page_version": authorization.page_version,
        "given_from_address": authorization.address,
        "given_with": authorization.user_agent,
        "organizations": organizations(authorization),
        "declined": list(authorization.declined),
        "granted_at": _instant(authorization.granted_at),
        "widened_at": _instant(authorization.widened_at),
        "expires_at": _instant(authorization.expires_at),
        "ended_at": _instant(authorization.revoked_at),
        "withdraw_at": f"{settings.ISSUER}/_usersSettings/authorizations/{authorization.pk}/revoke",
    }


def organizations(authorization: Authorization) -> list[str] | None:
    """Names; None for every one of the person's, now and later."""
    if authorization.organizations is None:
        return None
    found = Organization.objects.filter(pk__in=authorization.organizations).order_by("name")
    return list(found.values_list("name", flat=True))


def _instant(value: datetime | None) -> str | None:
    return value.strftime("%Y-%m-%dT%H:%M:%SZ") if value else None
