"""GET /reports for whoever brings a token with the right to read work items."""

from flask import Flask, Response, current_app, jsonify, request

from demo.resource_server.config import Config
from demo.resource_server.introspection import NoVerdict, introspect, is_active, scopes

SCOPE = "vso.work"
# The wider ones include it; an introspection answer need not spell that out.
ENOUGH = {SCOPE, "vso.work_write", "vso.work_full", "user_impersonation"}
METADATA_PATH = "/.well-known/oauth-protected-resource"
REPORTS = (
    {"title": "Work finished this week", "period": "week 23", "items": 42},
    {"title": "Work waiting for a review", "period": "week 23", "items": 7},
    {"title": "Oldest open question", "period": "since March", "items": 1},
)


def create_app(config: Config, *, resource: str) -> Flask:
    app = Flask(__name__, static_folder=None)
    app.extensions["resource"] = resource
    app.add_url_rule("/health", view_func=health)
    app.add_url_rule(METADATA_PATH, view_func=lambda: metadata(config), endpoint="metadata")
    app.add_url_rule("/reports", view_func=lambda: reports(config), endpoint="reports")
    app.register_error_handler(NoVerdict, no_verdict)
    return app


def health() -> Response:
    return jsonify(status="ok", service="contoso-reports-api")


def metadata(config: Config) -> Response:
    """RFC 9728 §2."""
    return jsonify(
        resource=current_app.extensions["resource"],
        resource_name="Contoso Reports API",
        authorization_servers=[config.portal],
        scopes_supported=[SCOPE],
        bearer_methods_supported=["header"],
    )


def reports(config: Config) -> Response:
    token = bearer_token()
    if token is None:
        return challenge(401)
    verdict = introspect(config, token)
    if not is_active(verdict):
        return challenge(401, "invalid_token", "The token is expired, revoked or unknown")
    if not scopes(verdict) & ENOUGH:
        return challenge(403, "insufficient_scope", f"This needs the scope {SCOPE}")
    answer = jsonify(sub=verdict.get("sub"), client_id=verdict.get("client_id"), reports=REPORTS)
    answer.headers["Cache-Control"] = "no-store"
    return answer


def bearer_token() -> str | None:
    """RFC 6750 §2.1; a token in the query or the body would end up in logs, so it is not looked for."""
    scheme, _, token = request.headers.get("Authorization", "").partition(" ")
    return token.strip() or None if scheme.lower() == "bearer" else None


def challenge(status: int, error: str = "", description: str = "") -> Response:
    """RFC 6750 §3: no error code for whoever brought no token; RFC 9728 §5.1: where to read about us."""
    answer = jsonify(error=error or "token_required", error_description=description or "Bring a bearer token")
    answer.status_code = status
    details = {"resource_metadata": current_app.extensions["resource"] + METADATA_PATH}
    if error:
        details |= {"error": error, "error_description": description}
    if status == 403:
        details["scope"] = SCOPE
    answer.headers["WWW-Authenticate"] = "Bearer " + ", ".join(f'{key}="{value}"' for key, value in details.items())
    return answer


def no_verdict(error: NoVerdict) -> tuple[Response, int, dict[str, str]]:
    # Not 401: the token may be fine, and a client must not throw it away because the portal is down.
    current_app.logger.warning("introspection failed: %s", error)
    body = jsonify(error="temporarily_unavailable", error_description="The portal could not be asked about the token")
    return body, 503, {"Retry-After": "5"}
