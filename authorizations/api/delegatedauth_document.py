"""From the JSON of a registration to what the services take, and from their refusals back to its field names."""

from typing import Any

from typing_extensions import TypedDict

from authorizations import explaining
from authorizations.api.delegatedauth_shapes import RESPONSE_TYPES
from authorizations.api.errors import ApiError, invalid, unavailable
from authorizations.api.reading import text, texts
from oauthapps import services
from oauthapps.models import Application
from oauthapps.rules import still_verified

TEXTS = {
    "registrationName": "name",
    "registrationDescription": "description",
    "organizationName": "company",
    "registrationTermsOfServiceLocation": "terms_url",
    "registrationPrivacyStatementLocation": "privacy_url",
}
WRITABLE = frozenset(
    {
        *TEXTS,
        *("registrationLocation", "organizationLocation", "redirectUris", "responseTypes", "scopes", "optionalScopes"),
        *("clientType", "registrationId", "revision", "confirmed"),
    }
)
# A document that was read here may be sent back whole: what cannot be said is passed over.
READ_ONLY = frozenset(
    [
        "identityId",
        "isValid",
        "isWellKnown",
        "issuer",
        "validFrom",
        "secretValidTo",
        "secretVersionId",
        "alternativeSecretValidFrom",
        "alternativeSecretValidTo",
        "alternativeSecretVersionId",
        "registrationLogoSecureLocation",
        "accessHash",
        "secondaryHash",
        "publicKey",
        "setupUri",
        "tenantIds",
    ]
)
SECRETS = frozenset({"secret", "alternativeSecret"})
KNOWN = WRITABLE | READ_ONLY | SECRETS
NAMES = {column: name for name, column in TEXTS.items()} | {
    "website": "registrationLocation",
    "redirect_uris": "redirectUris",
    "scopes": "scopes",
    "model": "responseTypes",
    "client_type": "clientType",
}
CLIENT_TYPES = {"confidential": "confidential", "public": "public", "0": "confidential", "1": "public"}
MODELS = {"assertion": "legacy", "code": "standard"}
KEPT = ("resource_server", "historic_answers", "id_token_algorithm")
NO_ID = "00000000-0000-0000-0000-000000000000"


class Document(TypedDict, total=False):
    """What may be said of an app. One that was read here may be sent back: what cannot be said is passed over."""

    registrationId: str
    registrationName: str
    registrationDescription: str
    registrationLocation: str
    registrationTermsOfServiceLocation: str
    registrationPrivacyStatementLocation: str
    organizationName: str
    organizationLocation: str
    redirectUris: list[str]
    responseTypes: str
    scopes: str
    optionalScopes: str
    clientType: str
    revision: int
    confirmed: list[str]


def new(said: dict[str, Any]) -> services.Registration:
    """The registration of a new app. Raises ApiError 400."""
    if text(said, "registrationId") not in {None, "", NO_ID}:
        raise invalid("registrationId is chosen here. Leave it out to register an app, or use POST to change one.")
    required, optional = _scopes(said, None)
    columns: dict[str, Any] = {column: text(said, name) or "" for name, column in TEXTS.items()}
    return services.Registration(
        **columns,
        website=_site(said, ""),
        redirect_uris=texts(said, "redirectUris") or [],
        scopes=required,
        optional_scopes=optional,
        model=_model(said, "standard"),
        client_type=_client_type(said, "confidential"),
    )


def changed(said: dict[str, Any], app: Application) -> services.Registration:
    """The app as it is, with what the document says instead. Raises ApiError 400."""
    required, optional = _scopes(said, app)
    columns: dict[str, Any] = {column: _said(text(said, name), getattr(app, column)) for name, column in TEXTS.items()}
    website = _site(said, app.website)
    return services.Registration(
        **columns,
        **{name: getattr(app, name) for name in KEPT},
        website=website,
        verified_domain=still_verified(app.verified_domain, (app.company, app.website), (columns["company"], website)),
        redirect_uris=_said(texts(said, "redirectUris"), app.callbacks),
        scopes=required,
        optional_scopes=optional,
        model=_model(said, app.model),
        client_type=_client_type(said, app.client_type),
    )


def check_no_secret(said: dict[str, Any]) -> None:
    """Raises ApiError 400: somebody who sends a secret believes that it is set."""
    if SECRETS & set(said):
        raise invalid("Secrets are made here and shown once; they cannot be set. Leave them out.")


def refused(refusal: services.RegistrationRefused) -> ApiError:
    """Everything that is wrong at once; 409 when somebody else was quicker, 503 while nobody registers."""
    if isinstance(refusal, services.RegistrationsStopped):
        return unavailable(explaining.Denial.REGISTRATIONS_STOPPED, str(refusal), refusal.seconds)
    if isinstance(refusal, services.Stale):
        return ApiError(409, "VssServiceException", f"{refusal} (revision is not the one that is stored.)")
    return invalid(" ".join(map(_told, refusal.problems)))


def _told(problem: services.Problem) -> str:
    meant = f' If it is meant, send it again with "confirmed": ["{problem.token}"].' if problem.confirm else ""
    return f"{NAMES.get(problem.field, problem.field)}: {problem.message}{meant}"


def _said(value: Any, before: Any) -> Any:
    return before if value is None else value


def _site(said: dict[str, Any], before: str) -> str:
    """One site is kept for the app and its publisher; a document may name it under either name."""
    new = {text(said, name) for name in ("registrationLocation", "organizationLocation")} - {None, before}
    if len(new) > 1:
        raise invalid("registrationLocation and organizationLocation differ: one site is kept, give it in one of them.")
    return new.pop() or "" if new else before


def _scopes(said: dict[str, Any], app: Application | None) -> tuple[list[str], list[str]]:
    """Required and optional. `scopes` names both; what was optional stays so unless the document says otherwise."""
    asked, optional = text(said, "scopes"), text(said, "optionalScopes")
    every = asked.split() if asked is not None else list(app.all_scopes) if app else []
    left = optional.split() if optional is not None else [s for s in app.optional_scopes if s in every] if app else []
    return list(dict.fromkeys(s for s in every if s not in left)), list(dict.fromkeys(left))


def _model(said: dict[str, Any], before: str) -> str:
    value = text(said, "responseTypes")
    if not value:
        return before
    if value.lower() not in MODELS:
        raise invalid(f"responseTypes is {' or '.join(sorted(RESPONSE_TYPES.values()))}.")
    return MODELS[value.lower()]


def _client_type(said: dict[str, Any], before: str) -> str:
    """By its name, or by its number as one SDK writes it."""
    value = said.get("clientType", before)
    found = CLIENT_TYPES.get(str(value).lower()) if isinstance(value, str | int) else None
    if found is None:
        raise invalid("clientType is confidential or public.")
    return found
