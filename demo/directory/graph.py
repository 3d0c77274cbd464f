"""The little of Microsoft Graph that sign-in libraries call: GET /v1.0/me and GET /oidc/userinfo."""

import time
from typing import Any

from flask import Blueprint, Response, jsonify, request

from demo.directory.accounts import Account
from demo.directory.encoding import digest
from demo.directory.state import directory

blueprint = Blueprint("graph", __name__)


@blueprint.get("/v1.0/me")
def me() -> Response | tuple[Response, int]:
    account = caller()
    if account is None:
        return not_authenticated()
    wanted = [name for name in request.args.get("$select", "").split(",") if name]
    found = profile(account)
    context = f"{directory().config.base}/v1.0/$metadata#users/$entity"
    return jsonify({"@odata.context": context} | {k: v for k, v in found.items() if not wanted or k in wanted})


@blueprint.get("/oidc/userinfo")
def userinfo() -> Response | tuple[Response, int]:
    account = caller()
    if account is None:
        return not_authenticated()
    subject = digest(f"{directory().config.client_id}:{account.tid}:{account.oid}")
    names = {"name": account.name, "given_name": account.given_name, "family_name": account.surname}
    return jsonify({"sub": subject} | names | ({"email": account.mail} if account.mail else {}))


def caller() -> Account | None:
    header = request.authorization
    if header is None or header.type != "bearer" or not header.token:
        return None
    return directory().store.bearer(header.token, time.time())


def not_authenticated() -> tuple[Response, int]:
    error = {"code": "InvalidAuthenticationToken", "message": "Access token is empty, expired or not valid."}
    response = jsonify(error=error)
    response.headers["WWW-Authenticate"] = 'Bearer realm=""'  # RFC 6750 §3
    return response, 401


def profile(account: Account) -> dict[str, Any]:
    """A personal account's `id` is the end of its object id, as at Microsoft: it is not the `oid` of the ID token."""
    return {
        "id": account.oid.replace("-", "")[16:] if account.personal else account.oid,
        "displayName": account.name,
        "givenName": account.given_name,
        "surname": account.surname,
        "jobTitle": account.job_title,
        "mail": account.mail,
        "userPrincipalName": account.upn,
        "businessPhones": [],
        "mobilePhone": None,
        "officeLocation": None,
        "preferredLanguage": None,
    }
