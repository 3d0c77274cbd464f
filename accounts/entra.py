"""Sign-in with Microsoft: allauth's Microsoft provider, with the ID token as the source of identity.

allauth's own asks Graph who the person is and never sees the tenant (docs/decisions/0003). Here the ID token is
verified (signature, audience, expiry, issuer of the very tenant, nonce) and the person is (tid, oid).
"""

import functools
import secrets
import uuid
from dataclasses import dataclass
from typing import Any

import jwt
from allauth.socialaccount.providers.base.provider import ProviderException
from allauth.socialaccount.providers.microsoft.provider import MicrosoftGraphProvider
from allauth.socialaccount.providers.microsoft.views import MicrosoftGraphOAuth2Adapter
from allauth.socialaccount.providers.oauth2.views import OAuth2CallbackView
from django.conf import settings
from django.http import HttpRequest
from django.urls import reverse

LEEWAY_SECONDS = 60


class SignInRefused(ProviderException):
    """The directory's answer was not acceptable. `code` is stable and shown to the person."""

    def __init__(self, code: str, detail: str) -> None:
        super().__init__(detail)
        self.code = code


@dataclass(frozen=True)
class Identity:
    tenant_id: uuid.UUID
    object_id: uuid.UUID
    name: str
    principal_name: str
    email: str
    auth_time: int | None


@functools.lru_cache(maxsize=8)
def directory_keys(login_url: str, tenant: str) -> jwt.PyJWKClient:
    """The directory's signing keys, cached by PyJWT and asked again when a new key id appears."""
    return jwt.PyJWKClient(f"{login_url}/{tenant}/discovery/v2.0/keys", cache_keys=True, lifespan=3600, timeout=10)


def read_id_token(
    token: str, *, client_id: str, login_url: str, tenant: str, nonce: str, allowed: list[str]
) -> Identity:
    """OpenID Connect Core §3.1.3.7, and Entra's rule that the issuer carries the tenant of the token itself.

    Raises SignInRefused with a stable code.
    """
    try:
        key = directory_keys(login_url, tenant).get_signing_key_from_jwt(token)
        claims = jwt.decode(
            token,
            key,
            algorithms=["RS256"],
            audience=client_id,
            leeway=LEEWAY_SECONDS,
            options={"require": ["exp", "iat", "iss", "aud", "tid", "oid", "nonce"]},
        )
    except jwt.PyJWTError as error:
        raise SignInRefused("id_token_invalid", f"ID token refused: {error}") from error
    return identity_from(claims, login_url=login_url, nonce=nonce, allowed=allowed)


def identity_from(claims: dict[str, Any], *, login_url: str, nonce: str, allowed: list[str]) -> Identity:
    try:
        tenant_id, object_id = uuid.UUID(str(claims["tid"])), uuid.UUID(str(claims["oid"]))
    except ValueError as error:
        raise SignInRefused("id_token_invalid", "tid or oid is not an identifier") from error
    if claims["iss"] != f"{login_url}/{tenant_id}/v2.0":
        raise SignInRefused("issuer_mismatch", "the issuer is not the token's own tenant")
    if not nonce or not secrets.compare_digest(str(claims["nonce"]), nonce):
        raise SignInRefused("nonce_mismatch", "the nonce is not the one this session sent")
    if allowed and str(tenant_id) not in allowed:
        raise SignInRefused("tenant_not_allowed", f"tenant {tenant_id} may not sign in here")
    auth_time = claims.get("auth_time")
    return Identity(
        tenant_id,
        object_id,
        str(claims.get("name") or "")[:200],
        str(claims.get("preferred_username") or "")[:320],
        str(claims.get("email") or "")[:320],
        auth_time if isinstance(auth_time, int) else None,
    )


class EntraAdapter(MicrosoftGraphOAuth2Adapter):
    def get_callback_url(self, request: HttpRequest, app: Any) -> str:
        """From the configured issuer: the Host header is the caller's to choose."""
        return settings.ISSUER + reverse("microsoft_callback")

    def complete_login(self, request: HttpRequest, app: Any, token: Any, **kwargs: Any) -> Any:
        sent = request.session.pop(NONCE_KEY, "")
        identity = read_id_token(
            kwargs["response"].get("id_token", ""),
            client_id=app.client_id,
            login_url=app.settings["login_url"],
            tenant=app.settings["tenant"],
            nonce=sent,
            allowed=settings.ENTRA_ALLOWED_TENANTS,
        )
        return self.get_provider().sociallogin_from_response(request, identity)


NONCE_KEY = "entra_nonce"


class EntraProvider(MicrosoftGraphProvider):
    """Replaces allauth's provider of the same id."""

    pkce_enabled_default = True
    oauth2_adapter_class = EntraAdapter

    def get_default_scope(self) -> list[str]:
        return ["openid", "profile", "email"]

    def get_scope_from_request(self, request: HttpRequest) -> list[str]:
        return self.get_scope()  # a caller's ?scope= is not ours to pass on

    def get_auth_params_from_request(self, request: HttpRequest, action: str) -> dict[str, str]:
        return self.get_auth_params()  # nor its ?auth_params=, which could replace redirect_uri

    def extract_uid(self, data: Identity) -> str:
        return f"{data.tenant_id}.{data.object_id}"

    def extract_extra_data(self, data: Identity) -> dict[str, Any]:
        return {"auth_time": data.auth_time}

    def extract_common_fields(self, data: Identity) -> dict[str, Any]:
        return {"identity": data}

    def extract_email_addresses(self, data: Identity) -> list[Any]:
        return []  # the directory does not prove an address, so allauth gets none to link or verify


callback = OAuth2CallbackView.adapter_view(EntraAdapter)
provider_classes = [EntraProvider]
