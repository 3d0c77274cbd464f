"""GET /{tenant}/oauth2/v2.0/logout: every account is signed out of the directory."""

from urllib.parse import urlsplit

from flask import Blueprint, redirect, render_template, request, session
from werkzeug import Response as Redirect

from demo.directory.state import directory

blueprint = Blueprint("logout", __name__)


@blueprint.get("/<tenant>/oauth2/v2.0/logout")
def logout(tenant: str) -> Redirect | str:
    session.clear()
    target = request.args.get("post_logout_redirect_uri", "")
    if origin(target) in {origin(uri) for uri in directory().config.redirect_uris}:
        return redirect(target)
    return render_template("problem.html", title="You are signed out", text="Nobody is signed in here any more.")


def origin(address: str) -> tuple[str, str]:
    parts = urlsplit(address)
    return parts.scheme, parts.netloc
