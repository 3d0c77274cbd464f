"""What holds for every address below `_apis`, whatever is there."""

from typing import Any

import pytest
from django.test import Client

from accounts.models import User
from authorizations.api.errors import body
from portal.machine import leads_to
from tests import factories

BEARER = "HTTP_AUTHORIZATION"
SHAPE = set(body("", ""))


@pytest.fixture
def token(alice: User, connected: dict[str, Any]) -> dict[str, str]:
    factories.organization("contoso", alice)
    return {BEARER: f"Bearer {connected['access_token']}"}


@pytest.mark.parametrize(
    "path", ["/_apis/nothing", "/contoso/_apis/nothing", "/_apis/profile/profiles/me/more", "/_apis", "/_apis/x%00"]
)
@pytest.mark.parametrize("method", ["get", "post", "put", "patch", "delete"])
def test_an_unknown_address_is_404_in_the_shape_of_errors(db: Any, path: str, method: str) -> None:
    answer = getattr(Client(), method)(path)
    assert answer.status_code == 404 and answer.json()["typeKey"] == "VssResourceNotFoundException"
    assert set(answer.json()) == SHAPE


def test_a_wrong_method_is_405_and_says_which_are_right(db: Any) -> None:
    answer = Client().delete("/_apis/profile/profiles/me")
    assert answer.status_code == 405 and answer["Allow"] == "GET, HEAD, OPTIONS"
    assert set(answer.json()) == SHAPE and "GET, HEAD, OPTIONS" in answer.json()["message"]
    posting = Client().get("/_apis/delegatedauth/registrationsecret/x")
    assert posting["Allow"] == "OPTIONS, POST, PUT"


def test_a_head_has_what_get_would_have_and_no_body(token: dict[str, str]) -> None:
    path = "/_apis/profile/profiles/me?api-version=7.1"
    whole, head = Client().get(path, **token), Client().head(path, **token)
    assert head.status_code == 200 and head.content == b"" and head["Content-Length"] == str(len(whole.content))
    assert Client().head(path).status_code == 401


@pytest.mark.parametrize(
    "headers",
    [{}, {"HTTP_X_TFS_FEDAUTHREDIRECT": "Suppress"}, {"HTTP_ACCEPT": "text/html", "HTTP_USER_AGENT": "Mozilla"}],
)
def test_nobody_is_sent_to_a_sign_in_page(db: Any, headers: dict[str, str]) -> None:
    answer = Client().get("/_apis/connectionData", **headers)
    assert answer.status_code == 401 and "TF400813" in answer.json()["message"]
    assert answer["WWW-Authenticate"] and answer["Content-Type"] == "application/json"


@pytest.mark.parametrize(
    "path",
    [
        "/_apis/Profile/PROFILES/Me/?API-Version=7.1",
        "/_APIS/profile/profiles/me?Api-Version=7.1",
        "/_apis/accounts?api-version=7.1&MEMBERID={me}",
        "/CONTOSO/_apis/Projects/?api-VERSION=7.1&$TOP=1",
    ],
)
def test_names_are_matched_without_regard_to_case(alice: User, token: dict[str, str], path: str) -> None:
    assert Client().get(path.replace("{me}", str(alice.pk)), **token).status_code == 200


@pytest.mark.parametrize("query", ["$top=0x1", "$TOP=0x1", "%24Top=0x1"])
def test_a_name_in_another_case_is_no_way_around_a_check(token: dict[str, str], query: str) -> None:
    assert Client().get(f"/contoso/_apis/projects?api-version=7.1&{query}", **token).status_code == 400


@pytest.mark.parametrize(
    ("path", "values"),
    [
        ("/_APIS/Profile/profiles/aad.MTEx/", {"identifier": "aad.MTEx"}),
        ("/Contoso/_apis/PROJECTS", {"organization": "Contoso"}),
        ("/İstanbul/_apis/projects", {"organization": "İstanbul"}),  # its lower case is longer
        ("/_apis/delegatedauth/Registration/ABC", {"client_id": "ABC"}),
    ],
)
def test_values_in_a_path_keep_their_case(path: str, values: dict[str, str]) -> None:
    match = leads_to(path)
    assert match and match.kwargs == values
