"""The application: which parts it has, and the rules that hold for every request."""

from urllib.parse import urlsplit

from flask import Flask, Response, request

from demo.directory import authorize, control, errors, graph, logout, metadata, token
from demo.directory.accounts import is_tenant, load
from demo.directory.config import Config
from demo.directory.errors import Refused, RefusedOnPage
from demo.directory.keys import Signer, cookie_key
from demo.directory.state import Directory, directory

PAGES = {authorize.blueprint.name, logout.blueprint.name}
# No form-action: Chromium applies it to the redirect that follows the picker, which leads to the portal.
POLICY = "default-src 'none'; style-src 'self'; base-uri 'none'; frame-ancestors 'none'"


def create_app(config: Config) -> Flask:
    app = Flask(__name__)
    app.extensions["directory"] = Directory(config, load(), Signer(config.state))
    app.config.update(
        SECRET_KEY=cookie_key(config.state),
        # Cookies of localhost are shared between ports: the name must be our own.
        SESSION_COOKIE_NAME="directory_session",
        SESSION_COOKIE_SAMESITE="Lax",
        # A foreign name that resolves to loopback is another site's way in (DNS rebinding).
        TRUSTED_HOSTS=["localhost", "127.0.0.1", urlsplit(config.base).hostname or "localhost"],
    )
    app.before_request(tenant_is_known)
    app.after_request(protect)
    errors.register(app)
    for part in (metadata, authorize, token, graph, logout, control):
        app.register_blueprint(part.blueprint)
    return app


def tenant_is_known() -> None:
    segment = (request.view_args or {}).get("tenant", "common")
    if not is_tenant(segment.lower(), directory().accounts):
        refused = RefusedOnPage if request.blueprint in PAGES else Refused
        raise refused("invalid_tenant", 90002, f"Tenant '{segment}' not found.")


def protect(response: Response) -> Response:
    response.headers["Content-Security-Policy"] = POLICY
    response.headers["X-Content-Type-Options"] = "nosniff"
    response.headers["Referrer-Policy"] = "no-referrer"  # the address of the picker carries state and nonce
    if request.endpoint != "static":
        response.headers["Cache-Control"] = "no-store"
    return response
