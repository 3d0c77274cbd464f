"""Schemathesis sends each operation what the document allows, and what it does not: no crash, and no answer of which the
document does not speak."""

from collections.abc import Iterator
from typing import Any

import pytest
import schemathesis
from django.core.signals import request_finished, request_started
from django.db import close_old_connections
from hypothesis import HealthCheck, settings
from schemathesis.checks import not_a_server_error
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from accounts.models import User
from authorizations.api.described import Described
from authorizations.api.openapi import document, operations, versions
from authorizations.api.resources import AREAS
from authorizations.api.shapes import descriptor
from authorizations.models import Authorization
from portal.wsgi import application
from tests import factories, people

SCHEMA = schemathesis.openapi.from_dict(document())
SCHEMA.app = application
CHECKS = [
    not_a_server_error,
    status_code_conformance,
    content_type_conformance,
    response_schema_conformance,
]
EVERY_SCOPE = sorted({o.said.scope for o in operations() if o.said.scope})
BOUNDED = settings(
    max_examples=6,
    deadline=None,
    derandomize=True,
    database=None,
    suppress_health_check=list(HealthCheck),
)


@pytest.fixture
def administrator(alice: User, bob: User) -> dict[str, str]:
    """A token that may do all, so that calls get past the door, and what is there to stand for a name in a path."""
    contoso = factories.organization("contoso", alice, bob)
    everything = factories.app(name="Everything", scopes=["openid", *EVERY_SCOPE])
    ledger = factories.app(name="Ledger")
    ledger.app.owners.add(alice)
    token = factories.connect(people.browser(alice), everything)["access_token"]
    factories.connect(people.browser(alice), ledger)
    return {
        "token": token,
        "organization": "contoso",
        "userId": "me",
        "id": "me",
        "areaId": AREAS["Core"],
        "projectId": "Alpha",
        "policyName": "Policy.MaxAuthorizationLifespanInDays",
        "subjectDescriptor": descriptor(bob),
        "registrationId": ledger.client_id,
        "authorization": str(Authorization.objects.get(application=ledger.app).pk),
        "mine": str(factories.personal_token(alice, "vso.profile", place=contoso).token.pk),
        "bobs": str(factories.personal_token(bob, "vso.profile").token.pk),
    }


@pytest.fixture
def _connection_stays(administrator: dict[str, str]) -> Iterator[None]:
    """As Django's own test client does: the connection of the test is not for a request to close. That client connects
    the signals again after each call, so this comes after the last of them."""
    for signal in (request_started, request_finished):
        signal.disconnect(close_old_connections)
    yield
    for signal in (request_started, request_finished):
        signal.connect(close_old_connections)


@pytest.mark.usefixtures("_connection_stays")
@SCHEMA.parametrize()
@BOUNDED
def test_what_the_document_says_is_what_happens(administrator: dict[str, str], case: Any) -> None:
    for name, value in (case.path_parameters or {}).items():
        if len(str(value)) % 3:  # the others stay as odd as they were made
            case.path_parameters[name] = administrator.get(name, value)
    headers = {"Authorization": f"Bearer {administrator['token']}"}
    case.call_and_validate(headers=headers, checks=CHECKS)


def meant(there: dict[str, str]) -> dict[str, dict[str, Any]]:
    """What a call needs beyond its path and version, by the end of its path."""
    ledger = {"registrationName": "Books", "organizationName": "Contoso Ltd", "scopes": "openid vso.profile"}
    known = ledger | {"redirectUris": ["https://books.example/callback"], "registrationLocation": "https://a.example/"}
    token = {"displayName": "Nightly build", "scope": "vso.profile"}
    return {
        "get DownloadLog": {"query": {"format": "csv"}},
        "post {userId}": {"query": {"authorizationId": there["authorization"]}},
        "put Registration": {"body": known},
        "post Registration": {"body": {"registrationId": there["registrationId"], "registrationName": "Ledgers"}},
        "post {registrationId}": {"body": {"registrationName": "Ledger"}},
        "patch {policyName}": {"body": [{"op": "replace", "path": "/Value", "value": 30}]},
        "post Revocations": {"body": [{"authorizationId": there["bobs"]}]},
        "post RevocationRules": {"body": {"scopes": "vso.code"}},
        "post Pats": {"body": token},
        "put Pats": {"body": token | {"authorizationId": there["mine"]}},
        "delete Pats": {"query": {"authorizationId": there["mine"]}},
    }


@pytest.mark.usefixtures("_connection_stays")
def test_each_call_made_as_it_is_meant_answers_what_the_document_says(administrator: dict[str, str]) -> None:
    needs = meant(administrator)
    for operation in sorted(operations(), key=lambda o: o.method == "delete"):
        more = needs.get(f"{operation.method} {operation.path.rpartition('/')[2]}", {})
        said = {"body": more["body"], "media_type": operation.said.takes_kind} if operation.said.takes else {}
        case = SCHEMA[operation.path][operation.method.upper()].Case(
            path_parameters={name: administrator[name] for name in operation.parameters},
            query={"api-version": versions(operation.resource)[0], **more.get("query", {})},
            **said,
        )
        answer = case.call_and_validate(headers={"Authorization": f"Bearer {administrator['token']}"}, checks=CHECKS)
        assert answer.status_code == operation.said.status, (operation.id, answer.text)


def test_every_operation_is_tried() -> None:
    tried = {(found.ok().method.lower(), found.ok().path) for found in SCHEMA.get_all_operations()}
    assert tried == {(o.method, o.path) for o in operations()}
    assert all(isinstance(o.said, Described) for o in operations())
