"""The web app: its cookie, its headers, its error pages. What the pages do is in `pages.py`."""

import json
import secrets
from datetime import datetime
from http import HTTPStatus
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import requests
from flask import Flask, Response, jsonify, redirect, render_template, request, url_for
from werkzeug.exceptions import Forbidden, HTTPException
from werkzeug.wrappers import Response as AnyResponse

from demo.sample_service.config import Config
from demo.sample_service.keys import keys
from demo.sample_service.pages import NotConnected, pages
from demo.sample_service.problems import Problem, unreachable
from demo.sample_service.visits import Visits

LONGEST_BODY = 20_000

# No form-action: browsers apply it to the whole chain of redirects after a form, and ours goes on to the portal and
# from there to wherever people sign in.
CONTENT_SECURITY_POLICY = (
    "default-src 'none'; style-src 'self'; img-src 'self'; base-uri 'none'; frame-ancestors 'none'"
)


def create_app(config: Config, config_path: Path | None = None) -> Flask:
    """`config_path`: where changed keys are kept; without it they last as long as the process."""
    app = Flask(__name__)
    app.config.update(
        # The visits live in memory, so a cookie has no reason to outlive the process.
        SECRET_KEY=secrets.token_hex(32),
        # Cookies are shared between the ports of one host: the portal's must not be overwritten.
        SESSION_COOKIE_NAME="reports_session",
        SESSION_COOKIE_SAMESITE="Lax",
        SESSION_COOKIE_SECURE=config.base_url.startswith("https://"),
    )
    app.extensions["contoso_config"] = config
    app.extensions["contoso_config_path"] = config_path
    app.extensions["contoso_visits"] = Visits()
    app.register_blueprint(pages)
    app.register_blueprint(keys)
    app.add_url_rule("/health", "health", lambda: jsonify(status="ok", service="contoso-reports"))
    app.context_processor(lambda: {"portal": config.portal})
    app.template_filter("pretty")(pretty)
    app.template_filter("tail")(tail)
    app.template_filter("clock")(clock)
    app.template_filter("status")(status_line)
    app.before_request(refuse_strangers_buttons)
    app.before_request(lambda: one_address(config.base_url))
    app.after_request(add_headers)
    app.register_error_handler(Problem, problem_page)
    app.register_error_handler(requests.RequestException, lambda error: problem_page(unreachable()))
    app.register_error_handler(HTTPException, http_page)
    app.register_error_handler(NotConnected, lambda error: redirect(url_for("pages.home"), 303))
    return app


def refuse_strangers_buttons() -> None:
    """Another port of this host is the same *site*, so SameSite alone does not stop a form over there."""
    if request.method == "POST" and request.headers.get("Sec-Fetch-Site", "same-origin") not in ("same-origin", "none"):
        raise Forbidden("This button was pressed on another site, so nothing was done.")


def one_address(base_url: str) -> AnyResponse | None:
    """The portal sends people back to `base_url`; a cookie set under another name would be missing there."""
    if request.method == "GET" and request.endpoint != "health" and request.host != urlsplit(base_url).netloc:
        return redirect(base_url + request.full_path.rstrip("?"))
    return None


def add_headers(response: Response) -> Response:
    response.headers["Content-Security-Policy"] = CONTENT_SECURITY_POLICY
    response.headers["X-Content-Type-Options"] = "nosniff"
    # The callback's address holds the authorization code; no link may carry it on.
    response.headers["Referrer-Policy"] = "no-referrer"
    if request.endpoint != "static":
        response.headers["Cache-Control"] = "no-store"
    return response


def problem_page(problem: Problem) -> tuple[str, int]:
    return render_template("error.html", problem=problem), problem.status


def http_page(error: HTTPException) -> tuple[str, int]:
    status = error.code or 500
    return problem_page(Problem(f"http_{status}", error.name, error.description or "", status=status))


def pretty(body: Any) -> str:
    text = body if isinstance(body, str) else json.dumps(body, indent=2, ensure_ascii=False)
    return text if len(text) <= LONGEST_BODY else f"{text[:LONGEST_BODY]}\n… (shortened)"


def tail(secret: str) -> str:
    """Enough to tell two tokens apart, not enough to use one."""
    return f"…{secret[-6:]}" if len(secret) > 12 else "…"


def clock(instant: datetime) -> str:
    return instant.strftime("%H:%M:%S UTC")


def status_line(status: int | None) -> str:
    if status is None:
        return "no answer"
    known = {code.value: code.phrase for code in HTTPStatus}
    return f"HTTP {status} {known.get(status, '')}".strip()
