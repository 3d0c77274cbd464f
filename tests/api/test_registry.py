"""Routes, handshake and OpenAPI document say the same, because they are made of the same."""

from pathlib import Path
from typing import Any

import pytest
from django.test import Client

from accounts.models import User
from authorizations.api.names import KNOWN
from authorizations.api.openapi import Operation, document, operations, refusals
from authorizations.api.resources import RESOURCES, Resource, of_route, shape
from authorizations.api.routes import api
from oauthapps import scopes
from tests import factories, people

ROUTES = sorted(api.get_openapi_schema(path_prefix="")["paths"])
SCOPED = [o for o in operations() if o.said.scope]


def address(operation: Operation, **values: str) -> str:
    path = operation.path
    for name in operation.parameters:
        path = path.replace(f"{{{name}}}", values.get(name, "me"))
    return path


def call(operation: Operation, token: str, **values: str) -> Any:
    body = {"data": b"{}", "content_type": operation.said.takes_kind} if operation.said.takes is not None else {}
    bearer = {"HTTP_AUTHORIZATION": f"Bearer {token}"} if token else {}
    query = "?api-version=7.1-preview.1"
    return getattr(Client(), operation.method)(address(operation, **values) + query, **body, **bearer)


@pytest.mark.parametrize("route", ROUTES)
def test_every_route_is_in_the_registry(route: str) -> None:
    assert shape(route) in set(of_route(route).routes())


@pytest.mark.parametrize("resource", RESOURCES, ids=lambda r: f"{r.area}/{r.name}")
def test_every_resource_is_routed_wherever_it_says(resource: Resource) -> None:
    """The handshake tells clients of each place, at the root or in an organization; its whole template is one."""
    routed = {shape(route) for route in ROUTES} & set(resource.routes())
    inside = {route for route in routed if route.startswith("{}/")}
    assert routed and resource.in_organization == bool(inside) and resource.at_root == bool(routed - inside)
    assert {shape(resource.path), "{}/" + shape(resource.path)} & routed


def test_a_route_that_nobody_registered_is_refused() -> None:
    with pytest.raises(LookupError, match=r"resources\.py"):
        of_route("_apis/nobody/registered")


def test_every_name_that_is_described_is_matched_without_regard_to_case() -> None:
    assert {q.name for o in operations() for q in o.said.query} <= set(KNOWN)


def test_every_operation_has_its_own_id_and_a_sentence() -> None:
    assert len({o.id for o in operations()}) == len(operations()) and all(o.summary for o in operations())


@pytest.mark.parametrize("operation", operations(), ids=lambda o: o.id)
def test_nobody_calls_anything_without_a_token(db: Any, operation: Operation) -> None:
    answer = call(operation, "", organization="contoso")
    assert answer.status_code == 401 and answer.json()["message"].startswith("TF400813")


@pytest.fixture
def small_token(alice: User) -> str:
    factories.organization("contoso", alice)
    app = factories.app(name="Curious", scopes=["openid"])
    return factories.connect(people.browser(alice), app)["access_token"]


def test_each_operation_refuses_a_token_without_its_permission(small_token: str) -> None:
    for operation in SCOPED:
        answer = call(operation, small_token, organization="contoso")
        assert answer.status_code == 403, operation.id
        assert f'scope="{operation.said.scope}"' in answer["WWW-Authenticate"], operation.id


def test_each_permission_is_one_that_apps_can_ask_for() -> None:
    assert {o.said.scope for o in SCOPED} <= set(scopes.CATALOGUE)


def test_the_document_is_public_and_says_what_each_call_answers(db: Any, django_assert_num_queries: Any) -> None:
    with django_assert_num_queries(0):
        answer = Client().get("/_apis/openapi.json")
    assert answer.status_code == 200 and answer["Access-Control-Allow-Origin"] == "*"
    said = answer.json()
    assert said["openapi"].startswith("3.") and said["servers"] and len(said["paths"]) == len(document()["paths"])
    for operation in operations():
        shown = said["paths"][operation.path][operation.method]
        assert set(shown["responses"]) == {str(operation.said.status), *map(str, refusals(operation))}
        assert {"api-version", *operation.parameters} <= {p["name"] for p in shown["parameters"]}
        assert shown["security"][0]["OAuth2"] == ([operation.said.scope] if operation.said.scope else [])
    assert Client().post("/_apis/openapi.json").status_code == 405


def test_people_read_the_same_on_a_page(db: Any, django_assert_num_queries: Any) -> None:
    with django_assert_num_queries(0):
        page = Client().get("/rest-api").content.decode()
    for operation in operations():
        assert f'id="{operation.id}"' in page and operation.path in page and operation.said.scope in page


def test_the_table_of_permissions_in_the_docs_is_complete() -> None:
    said = (Path(__file__).resolve().parents[2] / "docs" / "developers.md").read_text()
    rows = {
        tuple(cell.strip(" `") for cell in line.split("|")[1:4]) for line in said.splitlines() if line.startswith("| `")
    }
    for operation in operations():
        row = (operation.method.upper(), operation.path, operation.said.scope or "any")
        assert row in rows, f"docs/developers.md lacks: | `{row[0]}` | `{row[1]}` | `{row[2]}` |"
