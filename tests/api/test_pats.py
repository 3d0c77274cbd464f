"""/{organization}/_apis/tokens/pats: a person's program lists, makes, changes and revokes their personal tokens."""

import json
import uuid
from datetime import timedelta

import pytest
from django.test import Client
from django.utils import timezone

from accounts import policies
from accounts.models import Membership
from accounts.services import deactivate
from authorizations.models import PersonalAccessToken
from authorizations.personal_format import is_ours
from authorizations.services import personal_tokens
from tests import factories
from tests.api.conftest import program

pytestmark = pytest.mark.django_db
PATS = "/contoso/_apis/tokens/pats"
VERSION = "api-version=7.1-preview.1"


@pytest.fixture
def contoso(alice, bob):
    return factories.organization("contoso", bob, alice)


class Pats:
    """Calls the area with a bearer token of a program."""

    def __init__(self, token, path=PATS):
        self.headers, self.path = {"HTTP_AUTHORIZATION": f"Bearer {token}"}, path

    def call(self, method, document=None, query="", path=None):
        body = {} if document is None else {"data": json.dumps(document), "content_type": "application/json"}
        url = f"{path or self.path}?{VERSION}&{query}"
        return getattr(Client(), method)(url, **body, **self.headers)

    def list(self, query="", path=None):
        answer = self.call("get", query=query, path=path)
        assert answer.status_code == 200, answer.content
        return answer.json()

    def names(self, query=""):
        return [t["displayName"] for t in self.list(query)["patTokens"]]

    def make(self, **said):
        answer = self.call("post", {"displayName": "Laptop", "scope": "vso.work"} | said)
        assert answer.status_code == 200, answer.content
        return answer.json()


@pytest.fixture
def pats(console, contoso):
    return Pats(console.token)


def decided(organization, **values):
    now = timezone.now()
    for key, value in values.items():
        organization.policies = policies.with_value(organization.policies, key, value, begins=now, now=now)
    organization.save()


def wire(instant):
    return instant.isoformat().replace("+00:00", "Z")


def test_a_program_makes_a_token_and_its_value_is_told_once(alice, contoso, pats):
    made = pats.make(validTo=wire(timezone.now() + timedelta(days=10)), allOrgs=False)
    token = made["patToken"]
    assert made["patTokenError"] == "none" and is_ours(token["token"])
    assert set(token) == {
        "displayName", "validFrom", "validTo", "scope", "targetAccounts", "authorizationId", "token",
    }  # fmt: skip
    assert token["scope"] == "vso.work" and token["targetAccounts"] == [str(contoso.pk)]
    row = PersonalAccessToken.objects.get()
    assert str(row.pk) == token["authorizationId"] and row.person == alice and row.organization == contoso
    [listed] = pats.list()["patTokens"]
    assert listed == token | {"token": None}
    again = pats.call("get", query=f"authorizationId={row.pk}").json()
    assert again == {"patToken": listed, "patTokenError": "none"}
    assert Client().get("/_apis/connectionData", **factories.basic(token["token"])).status_code == 200


def test_app_token_is_full_access_and_all_organizations_have_no_target(pats):
    made = pats.make(scope="app_token", allOrgs=True)["patToken"]
    assert made["scope"] == "app_token" and made["targetAccounts"] is None
    assert PersonalAccessToken.objects.get().is_full


def test_without_an_end_it_lives_for_thirty_days_or_as_long_as_it_may(contoso, pats):
    pats.make()
    decided(contoso, token_days=3)
    pats.make()
    lives = sorted((t.expires_at - t.issued_at).days for t in PersonalAccessToken.objects.all())
    assert lives == [3, 30]


def test_a_program_changes_a_token_and_its_value_stays(alice, pats):
    made = pats.make(scope="vso.work_write")["patToken"]
    answer = pats.call(
        "put", {"authorizationId": made["authorizationId"], "displayName": "Desk", "scope": "vso.work", "allOrgs": True}
    ).json()
    assert answer["patTokenError"] == "none" and answer["patToken"]["token"] is None
    assert (answer["patToken"]["displayName"], answer["patToken"]["scope"]) == ("Desk", "vso.work")
    assert answer["patToken"]["targetAccounts"] is None and answer["patToken"]["validTo"] == made["validTo"]
    assert personal_tokens.find(made["token"])


def test_a_program_sends_a_whole_answer_back(pats):
    made = pats.make()["patToken"]
    assert pats.call("put", made | {"displayName": "Again"}).json()["patToken"]["displayName"] == "Again"


def test_a_program_revokes_a_token_twice_is_once(pats):
    made = pats.make()["patToken"]
    for _ in range(2):
        answer = pats.call("delete", query=f"authorizationId={made['authorizationId']}")
        assert answer.status_code == 204 and answer.content == b""
    assert Client().get("/_apis/connectionData", **factories.basic(made["token"])).status_code == 401
    assert pats.names() == [] and pats.names("displayFilterOption=revoked") == ["Laptop"]


REFUSED = [
    ({"token_creation": "none"}, {}, "disablePatCreationPolicyViolation"),
    ({"all_organizations_tokens": False}, {"allOrgs": True}, "globalPatPolicyViolation"),
    ({"full_scope_tokens": False}, {"scope": "app_token"}, "fullScopePatPolicyViolation"),
    ({"token_days": 7}, {"validTo": wire(timezone.now() + timedelta(days=30))}, "patLifespanPolicyViolation"),
]


@pytest.mark.parametrize(("policy", "said", "error"), REFUSED, ids=[e for _, _, e in REFUSED])
def test_what_a_policy_refuses_is_told_in_the_answer(contoso, pats, policy, said, error):
    decided(contoso, **policy)
    answer = pats.make(**said)
    assert answer["patTokenError"] == error and answer["patToken"] is None
    assert "Contoso" in answer["message"] and "/why/" in answer["helpLink"]
    assert not PersonalAccessToken.objects.exists()


@pytest.mark.parametrize(
    ("said", "error"),
    [
        ({"displayName": ""}, "displayNameRequired"),
        ({"displayName": None}, "displayNameRequired"),
        ({"displayName": "x" * 300}, "invalidDisplayName"),
        ({"scope": "vso.nothing"}, "invalidScope"),
        ({"scope": None}, "invalidScope"),
        ({"validTo": "2020-01-01T00:00:00Z"}, "invalidValidTo"),
        ({"validTo": "9999-12-31T23:59:59"}, "invalidValidTo"),
    ],
)
def test_what_no_token_can_be_is_told_in_the_answer(pats, said, error):
    assert pats.make(**said)["patTokenError"] == error


@pytest.mark.parametrize(
    "said",
    [
        {"displayName": 7},
        {"displayName": "a\x00"},
        {"scope": ["vso.work"]},
        {"allOrgs": "yes"},
        {"validTo": "tomorrow"},
        {"validTo": "2026-13-40T00:00:00Z"},
        {"validTo": "0001-01-01T00:00:00+14:00"},
        {"validTo": 5},
        {"unknown": 1},
    ],
)
def test_what_cannot_be_read_is_a_400(pats, said):
    answer = pats.call("post", {"displayName": "x", "scope": "vso.work"} | said)
    assert answer.status_code == 400 and answer.json()["typeKey"] == "VssPropertyValidationException"


def test_lists_by_state_and_order(alice, contoso, pats):
    now = timezone.now()
    for number, name in enumerate(["beta", "Alpha", "gamma", "over"]):
        factories.personal_token(
            alice, "vso.work", place=contoso, name=name, expires_at=now + timedelta(days=9 - number)
        )
    PersonalAccessToken.objects.filter(name="over").update(
        issued_at=now - timedelta(days=2), expires_at=now - timedelta(days=1)
    )
    personal_tokens.revoke(PersonalAccessToken.objects.get(name="gamma"), by=alice, now=now)
    assert pats.names("sortByOption=displayName&isSortAscending=true") == ["Alpha", "beta"]
    assert pats.names("sortByOption=displayName") == ["beta", "Alpha"]
    assert pats.names() == ["beta", "Alpha"], "the one that ends last comes first"
    assert pats.names("displayFilterOption=EXPIRED") == ["over"]
    assert pats.names("displayFilterOption=revoked") == ["gamma"]
    by_status = pats.names("displayFilterOption=all&sortByOption=status&isSortAscending=true")
    assert set(by_status[:2]) == {"Alpha", "beta"} and by_status[2:] == ["gamma", "over"]


@pytest.mark.parametrize("sort", ["displayName", "displayDate", "status"])
@pytest.mark.parametrize("up", ["true", "false"])
def test_pages_hold_each_token_once(alice, contoso, pats, sort, up):
    now = timezone.now()
    for number in range(7):
        factories.personal_token(alice, "vso.work", name=f"T{number // 2}", now=now, expires_at=now + timedelta(days=3))
    seen, token = [], ""
    for _ in range(9):
        page = pats.list(f"$top=2&sortByOption={sort}&isSortAscending={up}&continuationToken={token}")
        seen += [t["authorizationId"] for t in page["patTokens"]]
        token = page["continuationToken"]
        if not token:
            break
    assert len(seen) == len(set(seen)) == 7


@pytest.mark.parametrize(
    "query",
    [
        "continuationToken=x", "continuationToken=" + "A" * 3000, "continuationToken=W10", "continuationToken=%00",
        "continuationToken=WyJkaXNwbGF5RGF0ZSIsIGZhbHNlLCA3LCAieCJd", "displayFilterOption=odd", "sortByOption=used",
        "isSortAscending=maybe", "$top=many", "authorizationId=7",
    ],
)  # fmt: skip
def test_an_odd_question_is_a_400(pats, query):
    assert pats.call("get", query=query).status_code == 400


def test_a_continuation_token_of_another_order_is_refused(alice, pats):
    for _ in range(3):
        factories.personal_token(alice, "vso.work")
    token = pats.list("$top=1&sortByOption=displayName")["continuationToken"]
    answer = pats.call("get", query=f"$top=1&sortByOption=displayDate&continuationToken={token}")
    assert answer.status_code == 400 and "continuationToken" in answer.json()["message"]


def test_tokens_of_others_and_of_other_organizations_are_not_there(alice, bob, contoso, pats):
    elsewhere = factories.personal_token(alice, place=factories.organization("fabrikam", alice)).token
    bobs, never = factories.personal_token(bob, place=contoso).token, uuid.uuid4()
    assert pats.names("displayFilterOption=all") == []
    answers = []
    for pk in (elsewhere.pk, bobs.pk, never):
        for answer in (
            pats.call("get", query=f"authorizationId={pk}"),
            pats.call("delete", query=f"authorizationId={pk}"),
            pats.call("put", {"authorizationId": str(pk), "displayName": "Mine"}),
        ):
            assert answer.status_code == 404
            answers.append(answer.json())
    assert all(a == answers[0] for a in answers)
    assert PersonalAccessToken.objects.filter(revoked_at=None, name="Build script").count() == 2


def test_a_personal_token_manages_none(alice, contoso):
    value = factories.personal_token(alice).value
    answer = Client().get(f"{PATS}?{VERSION}", **factories.basic(value))
    assert answer.status_code == 403 and "standard model" in answer.json()["message"]


def test_a_token_of_the_legacy_model_manages_none(alice_browser, contoso):
    app = factories.app(model="legacy", name="Old", scopes=["vso.tokens"])
    token = factories.connect(alice_browser, app)["access_token"]
    answer = Pats(token).call("get")
    assert answer.status_code == 403 and "legacy" in answer.json()["message"]


def test_without_the_permission_it_is_refused(alice_browser, payroll, contoso):
    token = factories.connect(alice_browser, payroll)["access_token"]
    answer = Pats(token).call("post", {"displayName": "x", "scope": "vso.work"})
    assert answer.status_code == 403 and "vso.tokens" in answer.json()["message"]


def test_strangers_members_that_left_and_people_who_are_gone(alice, charlies_console, pats, contoso):
    stranger = Pats(charlies_console.token).call("get")
    nowhere = Pats(charlies_console.token).call("get", path="/nowhere/_apis/tokens/pats")
    assert stranger.status_code == nowhere.status_code == 403
    Membership.objects.filter(person=alice, organization=contoso).delete()
    assert pats.call("get").status_code == 403
    deactivate(alice, by=None, reason="left", now=timezone.now())
    assert pats.call("get").status_code == 401
    assert Client().get(f"{PATS}?{VERSION}").status_code == 401


def test_it_is_preview_as_in_the_systems_before_us(console, contoso):
    bearer = {"HTTP_AUTHORIZATION": f"Bearer {console.token}"}
    for query in ("", "?api-version=7.1", "?api-version=99.1-preview.1"):
        assert Client().get(PATS + query, **bearer).status_code == 400


def test_paths_and_names_have_no_case(pats):
    pats.make()
    assert pats.list("DISPLAYFILTEROPTION=all&SortByOption=DISPLAYNAME", "/CONTOSO/_APIS/Tokens/Pats")["patTokens"]


def test_charlies_console_works_in_his_own_organization(charlie, charlie_browser):
    factories.organization("fabrikam", charlie)
    mine = Pats(program(charlie_browser, name="Mine").token, "/fabrikam/_apis/tokens/pats")
    assert mine.make()["patTokenError"] == "none" and mine.names() == ["Laptop"]
