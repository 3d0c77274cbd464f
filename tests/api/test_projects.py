"""The projects of an organization that a person belongs to."""

from typing import Any
from urllib.parse import quote

import pytest

from accounts.models import Organization, Project, User
from tests import factories
from tests.api.test_location import Caller

NAMES = ("Alpha", "Beta Zwei", "Größe 💥", "delta")
PATH = "/contoso/_apis/projects"


@pytest.fixture
def contoso(alice: User, bob: User) -> Organization:
    made = factories.organization("contoso", bob, alice, projects=NAMES)
    Project.objects.create(organization=made, name="Bob's own").members.set([bob])
    return made


@pytest.fixture
def caller(contoso: Organization, connected: dict[str, Any]) -> Caller:
    return Caller(connected["access_token"])


def names(answer: Any) -> list[str]:
    assert answer.status_code == 200, answer.content
    return [p["name"] for p in answer.json()["value"]]


def test_a_member_sees_the_own_projects_and_an_administrator_all(alice: User, caller: Caller) -> None:
    assert set(names(caller.get(f"{PATH}?api-version=7.1"))) == set(NAMES)
    alice.memberships.update(administrator=True)
    assert "Bob's own" in names(caller.get(f"{PATH}?api-version=7.1"))


def test_pages_follow_each_other(caller: Caller) -> None:
    seen: list[str] = []
    token = "0"
    while token:
        page = caller.get(f"{PATH}?api-version=7.1-preview.4&$top=3&continuationToken={token}")
        seen, token = seen + names(page), page.headers.get("X-MS-ContinuationToken", "")
    assert sorted(seen) == sorted(NAMES)
    assert names(caller.get(f"{PATH}?api-version=7.1&$skip=3&$top=1")) == seen[3:4]
    assert names(caller.get(f"{PATH}?api-version=7.1&continuationToken=999999999")) == []
    assert len(names(caller.get(f"{PATH}?api-version=7.1&$top=999999999"))) == 4


@pytest.mark.parametrize(
    "query", ["$top=x", "$skip=-1", "continuationToken=aGk", "stateFilter=lost", "$top=" + "9" * 40]
)
def test_what_makes_no_sense_is_said(caller: Caller, query: str) -> None:
    assert caller.get(f"{PATH}?api-version=7.1&{query}").json()["typeKey"] == "VssPropertyValidationException"


def test_all_of_ours_are_well_formed(caller: Caller) -> None:
    assert len(names(caller.get(f"{PATH}?api-version=7.1&stateFilter=WELLFORMED"))) == 4
    assert names(caller.get(f"{PATH}?api-version=7.1&stateFilter=deleting")) == []


@pytest.mark.parametrize("name", NAMES)
def test_one_project_by_id_and_by_name(caller: Caller, name: str) -> None:
    by_name = caller.get(f"{PATH}/{quote(name)}?api-version=7.1").json()
    assert by_name["name"] == name
    assert caller.get(f"{PATH}/{by_name['id'].upper()}?api-version=7.1").json() == by_name
    assert caller.get(f"{PATH}/alpha?api-version=7.1").json()["name"] == "Alpha"


def test_a_project_of_others_and_one_that_is_not_there_look_the_same(alice: User, bob: User, caller: Caller) -> None:
    factories.organization("fabrikam", bob, projects=("Secret",))
    hidden = Project.objects.get(name="Bob's own")
    elsewhere = Project.objects.get(name="Secret")
    for named in (str(hidden.pk), "Bob's own", str(elsewhere.pk), "Secret", "nothing", str(alice.pk)):
        answer = caller.get(f"{PATH}/{quote(named)}?api-version=7.1")
        assert (answer.status_code, answer.json()["message"]) == (
            404,
            "There is no such project, or it is not yours to see.",
        )
