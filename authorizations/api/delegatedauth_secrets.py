"""The two secrets of an app: /_apis/delegatedauth/registrationsecret/{registrationId}."""

from typing import Any

from django.http import HttpRequest
from django.utils import timezone
from ninja import Router

from authorizations.api import delegatedauth_document as documents
from authorizations.api.access import admit
from authorizations.api.delegatedauth_registrations import SCOPE, owned, shown
from authorizations.api.delegatedauth_shapes import Registration
from authorizations.api.described import Query, described
from authorizations.api.errors import ApiError, invalid
from authorizations.api.versions import check_version
from authorizations.services import app_secrets
from oauthapps import services

FIELD = {"primary": "secret", "alternative": "alternativeSecret"}
router = Router()


@router.post("/registrationsecret/{client_id}")
@described(SCOPE, gives=Registration, also=[409])
def create_alternative(request: HttpRequest, client_id: str) -> dict[str, Any]:
    """Makes the second secret. One that is in force is not replaced: that would end what hangs on it unasked."""
    return _made(request, client_id, "alternative", replaces="")


@router.put("/registrationsecret/{client_id}")
@described(
    SCOPE,
    query=[Query("secretType", "Which of the two.", {"type": "string", "enum": list(FIELD)})],
    gives=Registration,
    also=[409],
)
def rotate(request: HttpRequest, client_id: str) -> dict[str, Any]:
    """Replaces one of the two. The old value ends at once, with the connections made with it."""
    slot = request.GET.get("secretType", "").lower() or "primary"
    if slot not in FIELD:
        raise invalid("secretType is primary or alternative.")
    return _made(request, client_id, slot, replaces=None)


def _made(request: HttpRequest, client_id: str, slot: str, *, replaces: str | None) -> dict[str, Any]:
    now = timezone.now()
    person = admit(request, now, SCOPE).person
    check_version(request)
    app = owned(person, client_id)
    try:
        made = app_secrets.regenerate(app, slot=slot, by=person, now=now, replaces=replaces)
    except services.SecretChanged as refusal:
        raise _exists() from refusal
    except services.RegistrationRefused as refusal:
        raise documents.refused(refusal) from refusal
    return shown(app, person, now) | {FIELD[slot]: made.value}


def _exists() -> ApiError:
    message = "There is an alternative secret in force. Rotate it with PUT and secretType=alternative."
    return ApiError(409, "VssServiceException", message)
