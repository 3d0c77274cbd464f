"""The directory's three ways to say no: on a page, by redirect, and in JSON."""

import time
import uuid
from typing import Any

from flask import Flask, Response, jsonify, render_template


class Refused(Exception):
    """`number` is Entra's: https://learn.microsoft.com/entra/identity-platform/reference-error-codes."""

    def __init__(self, error: str, number: int, text: str) -> None:
        super().__init__(text)
        self.error, self.number = error, number
        self.description = f"AADSTS{number}: {text}"


class RefusedOnPage(Refused):
    """RFC 6749 §4.1.2.1: without a client and a callback that we know, nobody is sent anywhere."""


class RefusedByRedirect(Exception):
    """The answer goes back to the client's callback."""

    def __init__(self, error: str, description: str) -> None:
        super().__init__(description)
        self.error, self.description = error, description


def register(app: Flask) -> None:
    app.register_error_handler(RefusedOnPage, page)
    app.register_error_handler(Refused, as_json)


def page(error: RefusedOnPage) -> tuple[str, int]:
    return render_template("problem.html", title="This request cannot be answered", text=error.description), 400


def as_json(error: Refused) -> tuple[Response, int]:
    """RFC 6749 §5.2, with the members that Entra adds."""
    trace, correlation, timestamp = (
        str(uuid.uuid4()),
        str(uuid.uuid4()),
        time.strftime("%Y-%m-%d %H:%M:%SZ", time.gmtime()),
    )
    body: dict[str, Any] = {
        "error": error.error,
        "error_description": f"{error.description} Trace ID: {trace} Correlation ID: {correlation} Timestamp: {timestamp}",
        "error_codes": [error.number],
        "timestamp": timestamp,
        "trace_id": trace,
        "correlation_id": correlation,
    }
    return jsonify(body), 401 if error.error == "invalid_client" else 400
