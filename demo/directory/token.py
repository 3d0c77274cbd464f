"""POST /{tenant}/oauth2/v2.0/token: an authorization code becomes an ID token and an access token."""

import time
from collections.abc import Mapping
from typing import Any

from flask import Blueprint, Response, jsonify, request

from demo.directory.claims import LIFETIME_SECONDS, id_token_claims
from demo.directory.client_authentication import authenticate
from demo.directory.encoding import digest
from demo.directory.errors import Refused
from demo.directory.state import directory
from demo.directory.store import Grant

CODE_SECONDS = 60
blueprint = Blueprint("token", __name__)


@blueprint.post("/<tenant>/oauth2/v2.0/token")
def token(tenant: str) -> Response:
    form, now = request.form, time.time()
    authenticate(request.authorization, form, directory().config)
    grant_type_is_code(form)
    grant = spend(form, now)
    redirect_uri_is_the_same(grant, form)
    verifier_matches(grant, form)
    return jsonify(tokens(grant, now))


def grant_type_is_code(form: Mapping[str, str]) -> None:
    if form.get("grant_type") != "authorization_code":
        raise Refused("unsupported_grant_type", 70003, "Only authorization_code is offered.")
    for name in ("code", "redirect_uri"):
        if not form.get(name):
            raise Refused("invalid_request", 900144, f"The request body must contain the parameter '{name}'.")


def spend(form: Mapping[str, str], now: float) -> Grant:
    """Spent before anything else is looked at: a guess at the verifier costs the code."""
    grant, first = directory().store.spend(form["code"])
    if grant is None:
        raise Refused("invalid_grant", 70000, "The provided authorization code is not valid.")
    if not first:
        raise Refused("invalid_grant", 54005, "OAuth2 Authorization code was already redeemed.")
    if now - grant.made_at > CODE_SECONDS:
        raise Refused("invalid_grant", 70008, "The provided authorization code has expired.")
    return grant


def redirect_uri_is_the_same(grant: Grant, form: Mapping[str, str]) -> None:
    """RFC 6749 §4.1.3."""
    if form["redirect_uri"] != grant.redirect_uri:
        raise Refused("invalid_grant", 500112, "The reply address is not the one of the authorization request.")


def verifier_matches(grant: Grant, form: Mapping[str, str]) -> None:
    """RFC 7636 §4.6; RFC 9700 §2.1.1: a verifier without a challenge is a downgrade, and refused as well."""
    verifier = form.get("code_verifier", "")
    if (digest(verifier) if verifier else "") != grant.challenge:
        raise Refused("invalid_grant", 501481, "The Code_Verifier does not match the code_challenge.")


def tokens(grant: Grant, now: float) -> dict[str, Any]:
    answer = {
        "token_type": "Bearer",
        "scope": grant.scope,
        "expires_in": LIFETIME_SECONDS,
        "ext_expires_in": LIFETIME_SECONDS,
        "access_token": directory().store.issue_access_token(grant.account, now),
    }
    return answer | ({"id_token": id_token(grant, int(now))} if "openid" in grant.scope.split() else {})


def id_token(grant: Grant, now: int) -> str:
    """With what a test asked for (see control.py) put over the honest claims."""
    override = directory().controls.take_override()
    omitted, key = override.pop("omit", []), override.pop("sign_with", "")
    claims = id_token_claims(grant, directory().config, now) | override
    kept = {name: value for name, value in claims.items() if name not in omitted}
    return directory().signer.sign(kept, stranger=key == "other_key")
