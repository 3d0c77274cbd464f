"""What the developer of a legacy app has to change, line by line, with the app's own values. Never a secret."""

from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

from django.conf import settings
from django.utils.translation import gettext as _

from oauthapps.models import Application


@dataclass(frozen=True)
class Difference:
    title: str
    why: str
    old: str
    new: str


def checklist(legacy: Application, twin: Application | None, issuer: str) -> list[dict[str, Any]]:
    """In the order in which somebody changes a program: grouped, old beside new."""
    client_id = twin.client_id if twin else _("ID_OF_THE_NEW_VERSION")
    return [
        {"title": _("Sending people here"), "items": _request(legacy, client_id, issuer)},
        {"title": _("Getting and renewing tokens"), "items": _tokens(legacy, client_id, issuer)},
        {"title": _("Keeping it running"), "items": _running(legacy)},
    ]


def _request(legacy: Application, client_id: str, issuer: str) -> list[Difference]:
    callback, scope = (legacy.callbacks or [""])[0], " ".join(legacy.all_scopes)
    old = {
        "client_id": legacy.client_id,
        "response_type": "Assertion",
        "state": "STATE",
        "scope": scope,
        "redirect_uri": callback,
    }
    new = {"client_id": client_id, "response_type": "code"} | {k: old[k] for k in ("state", "scope", "redirect_uri")}
    pkce = {"code_challenge": "CHALLENGE", "code_challenge_method": "S256"}
    return [
        Difference(
            _("The address and its parameters"),
            _("The new version has its own app ID. The callbacks and permissions are the same."),
            _lines(f"{issuer}/oauth2/authorize", old),
            _lines(f"{issuer}/oauth2/v2.0/authorize", new | pkce),
        ),
        Difference(
            _("PKCE"),
            _(
                "Make a random verifier of 43 to 128 characters for each request, keep it in the session, and send its SHA-256."
            ),
            _("optional"),
            "code_challenge = base64url(sha256(code_verifier))",
        ),
        Difference(
            _("The answer"),
            _("Compare state as before, and iss with the issuer: an answer of another server is not for you."),
            f"{callback}?code=…&state=STATE",
            f"{callback}?code=…&state=STATE&iss={issuer}",
        ),
        Difference(
            _("Permissions"),
            _(
                "Same names. Add openid, profile or email in the settings of the new version if you want sign-in as well."
            ),
            scope,
            scope,
        ),
    ]


def _tokens(legacy: Application, client_id: str, issuer: str) -> list[Difference]:
    callback = (legacy.callbacks or [""])[0]
    assertion = {
        "client_assertion_type": "urn:ietf:params:oauth:client-assertion-type:jwt-bearer",
        "client_assertion": "SECRET",
    }
    basic = f"Authorization: Basic base64({client_id}:NEW_SECRET)"
    grant = "urn:ietf:params:oauth:grant-type:jwt-bearer"
    return [
        Difference(
            _("From code to tokens"),
            _("The app names itself and its secret in the header, not in the form."),
            _form(
                f"POST {issuer}/oauth2/token",
                assertion | {"grant_type": grant, "assertion": "CODE", "redirect_uri": callback},
            ),
            _form(
                f"POST {issuer}/oauth2/v2.0/token\n{basic}",
                {
                    "grant_type": "authorization_code",
                    "code": "CODE",
                    "redirect_uri": callback,
                    "code_verifier": "VERIFIER",
                },
            ),
        ),
        Difference(
            _("Renewing"),
            _(
                "As before each answer has a new refresh token, and the old one is used up. A retry within ten seconds gets the same answer."
            ),
            _form(
                f"POST {issuer}/oauth2/token",
                assertion | {"grant_type": "refresh_token", "assertion": "REFRESH_TOKEN", "redirect_uri": callback},
            ),
            _form(
                f"POST {issuer}/oauth2/v2.0/token\n{basic}",
                {"grant_type": "refresh_token", "refresh_token": "REFRESH_TOKEN"},
            ),
        ),
        Difference(
            _("Reading the answer"),
            _("The type is compared without case; the lifetime is a number of seconds."),
            '"token_type": "jwt-bearer", "expires_in": "3600"'
            if legacy.historic_answers
            else '"token_type": "bearer", "expires_in": 3600',
            '"token_type": "Bearer", "expires_in": 3600',
        ),
        Difference(
            _("Errors"),
            _("One code stands for all reasons why a code or a refresh token is no longer good: ask the person again."),
            '{"Error": "invalidRefreshToken", "ErrorDescription": "…"}',
            '{"error": "invalid_grant", "error_description": "…"}',
        ),
    ]


def _running(legacy: Application) -> list[Difference]:
    return [
        Difference(
            _("How long"),
            _(
                "An access token lives as long as before, at most 90 minutes. A connection lives shorter, so expect to send people here again."
            ),
            _("%(days)s days") % {"days": settings.LEGACY_CONNECTION_LIFETIME.days},
            _("%(days)s days") % {"days": settings.CONNECTION_LIFETIME.days},
        ),
        Difference(
            _("Secrets"),
            _("The new version has two secrets of its own. Those of the old one do not work for it."),
            "SECRET",
            "NEW_SECRET",
        ),
        Difference(
            _("Calls of the API"), _("Nothing to change."), "Authorization: Bearer TOKEN", "Authorization: Bearer TOKEN"
        ),
    ]


def _lines(address: str, parameters: dict[str, str]) -> str:
    """One parameter a line, encoded as it is sent."""
    shown = [urlencode({name: value}) for name, value in parameters.items()]
    return f"{address}\n?" + "\n&".join(shown)


def _form(head: str, parameters: dict[str, str]) -> str:
    shown = [urlencode({name: value}, safe=":") for name, value in parameters.items()]
    return f"{head}\n\n" + "\n&".join(shown)
