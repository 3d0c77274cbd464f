"""connectionData and ResourceAreas: the first calls of every client."""

from typing import Any

import pytest
from django.test import Client

from accounts.models import Organization, User
from authorizations.api.resources import AREAS
from tests import factories


class Caller:
    def __init__(self, token: str) -> None:
        self.bearer = {"HTTP_AUTHORIZATION": f"Bearer {token}"}

    def get(self, path: str) -> Any:
        return Client().get(path, **self.bearer)


@pytest.fixture
def contoso(alice: User, bob: User) -> Organization:
    return factories.organization("contoso", alice, bob)


@pytest.fixture
def caller(contoso: Organization, connected: dict[str, Any]) -> Caller:
    return Caller(connected["access_token"])


@pytest.mark.parametrize("path", ["/_apis/connectionData", "/contoso/_apis/connectionData/"])
def test_who_calls(alice: User, caller: Caller, path: str) -> None:
    said = caller.get(path).json()
    assert said["authenticatedUser"] == said["authorizedUser"]
    assert said["authenticatedUser"]["id"] == str(alice.pk) and said["authenticatedUser"]["isActive"] is True
    assert "serviceDefinitions" not in said["locationServiceData"]


def test_an_organization_says_its_own_id_and_place(contoso: Organization, caller: Caller) -> None:
    root, there = caller.get("/_apis/connectionData").json(), caller.get("/contoso/_apis/connectionData").json()
    assert there["instanceId"] == str(contoso.pk) and there["deploymentId"] == root["instanceId"]
    assert there["webApplicationRelativeDirectory"] == "/contoso/"


def test_the_services_are_told_when_they_are_asked_for(caller: Caller) -> None:
    for option in ("1", "includeServices", "INCLUDESERVICES"):
        said = caller.get(f"/contoso/_apis/connectionData?connectOptions={option}").json()["locationServiceData"]
        mapping = said["accessMappings"][0]
        assert mapping["moniker"] == said["defaultAccessMappingMoniker"] and mapping["accessPoint"].endswith(
            "/contoso/"
        )
        known = {s["identifier"] for s in said["serviceDefinitions"]}
        assert known == {r["id"] for r in Client().options("/contoso/_apis").json()["value"]}


@pytest.mark.parametrize("name", ["lastChangeId", "lastChangeId64"])
def test_a_client_that_is_up_to_date_is_told_so_and_not_told_again(caller: Caller, name: str) -> None:
    known = caller.get("/_apis/connectionData?connectOptions=1&lastChangeId=-1").json()["locationServiceData"]
    assert known["clientCacheFresh"] is False
    again = f"/_apis/connectionData?connectOptions=1&{name}={known['lastChangeId']}"
    said = caller.get(again).json()["locationServiceData"]
    assert said["clientCacheFresh"] is True and "serviceDefinitions" not in said


@pytest.mark.parametrize("query", ["connectOptions=all", "lastChangeId=x", "lastChangeId64=-2", "api-version=x"])
def test_what_makes_no_sense_is_said(caller: Caller, query: str) -> None:
    assert caller.get(f"/_apis/connectionData?{query}").status_code == 400


@pytest.mark.parametrize("path", ["connectionData", "ResourceAreas", "ResourceAreas/x", "projects?api-version=7.1"])
def test_a_stranger_learns_nothing_about_an_organization(contoso: Any, charlie_browser: Client, path: str) -> None:
    charlies = Caller(factories.connect(charlie_browser, factories.app(name="Charlie's"))["access_token"])
    there, nowhere = charlies.get(f"/contoso/_apis/{path}"), charlies.get(f"/nowhere/_apis/{path}")
    assert there.status_code == nowhere.status_code == 403 and "TF400813" in there.json()["message"]
    assert there.json()["typeKey"] == nowhere.json()["typeKey"]


def test_nothing_is_at_another_address(caller: Caller) -> None:
    """With a list, the Python SDK looks for an area that is not in it at its vendor's, with our token."""
    for path in ("/_apis/ResourceAreas", "/contoso/_apis/resourceAreas?api-version=7.1-preview.1"):
        assert caller.get(path).json() == {"count": 0, "value": []}


@pytest.mark.parametrize("area", sorted(AREAS))
def test_the_address_of_an_area(caller: Caller, area: str) -> None:
    said = caller.get(f"/contoso/_apis/ResourceAreas/{AREAS[area].upper()}").json()
    assert said["name"] == area and said["locationUrl"].endswith("/contoso/")


@pytest.mark.parametrize("area", ["x", "00000000-0000-0000-0000-000000000000"])
def test_an_area_that_is_not_here(caller: Caller, area: str) -> None:
    assert caller.get(f"/_apis/ResourceAreas/{area}").status_code == 404
