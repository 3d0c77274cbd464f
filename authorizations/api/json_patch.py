"""Reads a JSON Patch (RFC 6902) for documents whose members are replaced one by one.

Operations may be words or the numbers that the clients of the systems before us send; paths match without regard to case.
"""

import json
from collections.abc import Collection
from dataclasses import dataclass, field
from typing import Any

from django.http import HttpRequest

from authorizations.api import reading
from authorizations.api.errors import ApiError, invalid

OPERATIONS = {"add": "set", "replace": "set", "test": "test", 0: "set", 2: "set", 5: "test"}
TYPES = {"application/json-patch+json", "application/json", "text/json", ""}
MOST_OPERATIONS = 20


@dataclass
class Patch:
    """By path, in lower case."""

    values: dict[str, Any] = field(default_factory=dict)
    tests: dict[str, Any] = field(default_factory=dict)


def document(request: HttpRequest, paths: Collection[str]) -> Patch:
    """Raises ApiError 400, 413 or 415."""
    if request.content_type not in TYPES:
        raise ApiError(415, "VssServiceException", "Send a JSON Patch as application/json-patch+json.")
    try:
        found = json.loads(reading.body(request))
    except (ValueError, RecursionError) as error:
        raise invalid("The body is not a JSON document.") from error
    if not isinstance(found, list) or not 1 <= len(found) <= MOST_OPERATIONS:
        raise invalid('The body must be a list of operations: [{"op": "replace", "path": "/Value", "value": ...}].')
    patch = Patch()
    for operation in found:
        _read(operation, paths, patch)
    return patch


def _read(operation: Any, paths: Collection[str], patch: Patch) -> None:
    if not isinstance(operation, dict):
        raise invalid("Each operation must be an object with op, path and value.")
    op, path = operation.get("op"), operation.get("path")
    named = op.lower() if isinstance(op, str) else op
    if isinstance(named, bool) or not isinstance(named, str | int) or named not in OPERATIONS:
        raise invalid("op must be replace, add or test.")
    if not isinstance(path, str) or path.lower() not in paths:
        raise invalid(f"path must be one of: {', '.join(paths)}, without regard to case.")
    if "value" not in operation:
        raise invalid("Each operation needs a value.")
    said = patch.values if OPERATIONS[named] == "set" else patch.tests
    said[path.lower()] = operation["value"]
