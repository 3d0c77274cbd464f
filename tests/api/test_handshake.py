"""The handshake that every SDK makes, and the versions that it promises."""

from typing import Any

import pytest
from django.test import Client

from authorizations.api.errors import ApiError
from authorizations.api.resources import AREAS, RELEASED, RESOURCES, Resource
from authorizations.api.versions import check

PLACE = {
    "id",
    "area",
    "resourceName",
    "routeTemplate",
    "resourceVersion",
    "minVersion",
    "maxVersion",
    "releasedVersion",
}


def resources(path: str) -> dict[str, dict[str, Any]]:
    answer = Client().options(path)
    assert answer.status_code == 200
    said = answer.json()
    assert said["count"] == len(said["value"]) and all(set(r) == PLACE for r in said["value"])
    return {r["id"]: r for r in said["value"]}


def test_everything_at_the_root_is_said_to_anybody(db: Any, django_assert_num_queries: Any) -> None:
    with django_assert_num_queries(0):
        found = resources("/_apis")
    assert {r["resourceName"] for r in found.values()} >= {"ConnectionData", "ResourceAreas", "Profiles", "Accounts"}
    assert "Projects" not in {r["resourceName"] for r in found.values()}
    assert found["f83735dc-483f-4238-a291-d45f6080a9af"] == {
        "id": "f83735dc-483f-4238-a291-d45f6080a9af",
        "area": "Profile",
        "resourceName": "Profiles",
        "routeTemplate": "_apis/{area}/{resource}/{id}",
        "resourceVersion": 3,
        "minVersion": 1.0,
        "maxVersion": 7.2,
        "releasedVersion": "7.1",
    }


def test_an_organization_that_is_not_there_answers_like_one_that_is(db: Any) -> None:
    found = resources("/nowhere/_apis/")
    assert {r["resourceName"] for r in found.values()} >= {"ConnectionData", "Projects", "PersonalAccessTokens"}
    assert "Registration" not in {r["resourceName"] for r in found.values()}


@pytest.mark.parametrize("path", ["/_apis/Location", "/contoso/_apis/LOCATION/"])
def test_one_area(db: Any, path: str) -> None:
    assert {r["resourceName"] for r in resources(path).values()} == {"ConnectionData", "ResourceAreas"}


@pytest.mark.parametrize("path", ["/_apis/git", "/_apis/core", "/contoso/_apis/delegatedauth", "/_apis/x/y/z"])
def test_an_area_that_is_not_here_is_empty(db: Any, path: str) -> None:
    assert resources(path) == {}


@pytest.mark.parametrize("path", ["/contoso/_apis/projects", "/contoso/_apis/projects/Alpha"])
def test_the_resource_at_an_address(db: Any, path: str) -> None:
    assert {r["resourceName"] for r in resources(path).values()} == {"Projects"}


def test_ids_and_names_are_unique() -> None:
    for key in ("id", "path"):
        assert len({getattr(r, key).lower() for r in RESOURCES}) == len(RESOURCES)
    assert len({r for resource in RESOURCES for r in resource.routes()}) == sum(
        len(list(r.routes())) for r in RESOURCES
    )
    assert len(set(AREAS.values())) == len(AREAS)


RELEASED_ONE = Resource("1", "Area", "Thing", version=3, released=RELEASED)
PREVIEW_ONE = Resource("2", "Area", "Draft", version=2)


@pytest.mark.parametrize(
    "asked", ["7.1", "7.0", "7", "1.0", "7.2-preview", "7.2-preview.3", "7.1-preview.1", "5.0-PREVIEW"]
)
def test_a_version_of_what_is_released(asked: str) -> None:
    check(asked, RELEASED_ONE, "GET")


@pytest.mark.parametrize("asked", ["7.1-preview", "7.1-preview.1", "7.2-preview.2"])
def test_a_version_of_what_is_in_preview(asked: str) -> None:
    check(asked, PREVIEW_ONE, "GET")


@pytest.mark.parametrize(
    ("asked", "resource", "kind"),
    [
        ("", RELEASED_ONE, "VssVersionNotSpecifiedException"),
        ("7.3", RELEASED_ONE, "VssVersionOutOfRangeException"),
        ("99.0-preview", RELEASED_ONE, "VssVersionOutOfRangeException"),
        ("0.9", RELEASED_ONE, "VssVersionOutOfRangeException"),
        ("7.2", RELEASED_ONE, "VssInvalidPreviewVersionException"),
        ("7.1", PREVIEW_ONE, "VssInvalidPreviewVersionException"),
        ("7.1-preview.3", PREVIEW_ONE, "VssInvalidPreviewVersionException"),
        ("7.1-preview.0", PREVIEW_ONE, "VssInvalidPreviewVersionException"),
        *[
            (odd, RELEASED_ONE, "VssInvalidPreviewVersionException")
            for odd in ("x", "7.", ".1", "7.1-beta", "７.１", "-1")
        ],
    ],
)
def test_a_version_that_is_not_there_is_named(asked: str, resource: Resource, kind: str) -> None:
    with pytest.raises(ApiError) as refused:
        check(asked, resource, "GET")
    assert (refused.value.status, refused.value.type_key) == (400, kind)


def test_a_version_may_be_missing_where_nothing_depends_on_it() -> None:
    check("", Resource("3", "Area", "Open", versioned=False), "GET")
