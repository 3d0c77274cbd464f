"""POST /_control/*: tests tell the directory to refuse an account, or to sign a hostile ID token. Loopback only."""

import ipaddress

from flask import Blueprint, Response, abort, jsonify, request

from demo.directory.state import directory

blueprint = Blueprint("control", __name__, url_prefix="/_control")


@blueprint.before_request
def only_programs_on_this_machine() -> None:
    """A browser names the origin of every POST, so a web page that guesses the address is refused too."""
    if not ipaddress.ip_address(request.remote_addr or "192.0.2.1").is_loopback or "Origin" in request.headers:
        abort(403)


@blueprint.post("/refuse")
def refuse() -> Response:
    """{"upn": ..., "error": "access_denied", "description": "AADSTS...: ..."}: until reset, on every sign-in."""
    told = request.get_json()
    if told.get("upn") not in directory().accounts:
        abort(400, "There is no such account.")
    description = told.get("description") or "AADSTS50105: The directory was told to refuse this account."
    directory().controls.refusals[told["upn"]] = (told.get("error", "access_denied"), description)
    return jsonify(status="ok")


@blueprint.post("/token")
def token() -> Response:
    """{"override": {claim: value, ..., "omit": [claims], "sign_with": "other_key"}}: for the next ID token only."""
    override = request.get_json().get("override")
    if not isinstance(override, dict) or override.get("sign_with", "other_key") != "other_key":
        abort(400, "override must be an object; the only other key is other_key.")
    directory().controls.override = override
    return jsonify(status="ok")


@blueprint.post("/reset")
def reset() -> Response:
    directory().controls.reset()
    return jsonify(status="ok")
