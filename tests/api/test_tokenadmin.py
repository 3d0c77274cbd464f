"""Tokens of members over REST, for administrators: list, end, and rules."""

import json
import uuid
from datetime import timedelta

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from accounts import policies
from accounts.models import Membership
from accounts.services import deactivate
from authorizations.api.shapes import descriptor
from authorizations.events.models import Event
from authorizations.models import Authorization, PersonalAccessToken, RevocationRule
from authorizations.notifications.models import Notice
from tests import factories, people

pytestmark = pytest.mark.django_db
BASE = "/contoso/_apis/tokenadmin"
VERSION = "api-version=7.1-preview.1"
SCOPE = "vso.tokenadministration"
FIELDS = {
    "clientId", "accessId", "authorizationId", "hostAuthorizationId", "userId", "validFrom", "validTo", "displayName",
    "scope", "targetAccounts", "token", "alternateToken", "isValid", "isPublic", "publicData", "source", "claims",
}  # fmt: skip


@pytest.fixture
def contoso(alice, bob):
    """Bob administers it, Alice is a member."""
    return factories.organization("contoso", bob, alice)


class Console:
    """A program of one person, with a personal token that administers tokens."""

    def __init__(self, person, *scopes):
        self.auth = factories.basic(factories.personal_token(person, *(scopes or (SCOPE,)), name="console").value)

    def get(self, subject, query=""):
        path = f"{BASE}/PersonalAccessTokens/{subject}"
        return Client().get(f"{path}?{VERSION}{query}", **self.auth)

    def post(self, what, document, query=""):
        body = document if isinstance(document, str) else json.dumps(document)
        return Client().post(f"{BASE}/{what}?{VERSION}{query}", body, content_type="application/json", **self.auth)

    def revoke(self, *ids):
        return self.post("revocations", [{"authorizationId": str(pk)} for pk in ids])


@pytest.fixture
def console(contoso, bob):
    return Console(bob)


def projects(value, slug="contoso"):
    return Client().get(f"/{slug}/_apis/projects?api-version=7.1", **factories.basic(value))


def test_the_tokens_of_a_member_are_listed_in_the_documented_shape(alice, contoso, console):
    here = factories.personal_token(alice, "vso.code", "vso.build", place=contoso, name="Pipeline").token
    factories.personal_token(alice, name="Everything")
    answer = console.get(descriptor(alice))
    assert answer.status_code == 200 and answer.json()["continuationToken"] is None
    rows = {row["displayName"]: row for row in answer.json()["value"]}
    assert all(set(row) == FIELDS and row["token"] is None for row in rows.values()) and len(rows) == 2
    assert rows["Pipeline"]["authorizationId"] == str(here.pk) and rows["Pipeline"]["userId"] == str(alice.pk)
    assert rows["Pipeline"]["targetAccounts"] == [str(contoso.pk)]
    assert set(rows["Pipeline"]["scope"].split()) == {"vso.code", "vso.build"}
    assert rows["Everything"]["scope"] == "app_token" and rows["Everything"]["targetAccounts"] is None
    assert rows["Everything"]["isValid"] is True


def test_what_does_not_reach_the_organization_is_not_listed(alice, contoso, console):
    other = factories.organization("fabrikam", alice)
    factories.personal_token(alice, place=other, name="Elsewhere")
    PersonalAccessToken.objects.filter(pk=factories.personal_token(alice, name="Over").token.pk).update(
        revoked_at=timezone.now()
    )
    assert console.get(descriptor(alice)).json()["value"] == []


def test_a_token_that_a_policy_refuses_is_said_to_be_not_valid(alice, contoso, console):
    factories.personal_token(alice)
    now = timezone.now()
    contoso.policies = policies.with_value({}, "full_scope_tokens", False, begins=now, now=now)
    contoso.save()
    assert [row["isValid"] for row in console.get(descriptor(alice)).json()["value"]] == [False]


def test_a_long_list_comes_in_pages_each_row_once(alice, contoso, console):
    for n in range(5):
        factories.personal_token(alice, name=f"Token {n}")
    seen, token = [], ""
    for size in (2, 2, 1):
        answer = console.get(descriptor(alice), f"&pageSize=2&continuationToken={token}")
        found, token = answer.json()["value"], answer.json()["continuationToken"] or ""
        assert len(found) == size and answer.headers.get("X-MS-ContinuationToken", "") == token
        seen += [row["authorizationId"] for row in found]
    assert not token and len(set(seen)) == 5


def test_public_keys_there_are_none(alice, contoso, console):
    factories.personal_token(alice)
    assert console.get(descriptor(alice), "&isPublic=true").json()["value"] == []
    assert len(console.get(descriptor(alice), "&isPublic=False").json()["value"]) == 1
    assert console.get(descriptor(alice), "&isPublic=maybe").status_code == 400


@pytest.mark.parametrize("query", ["&pageSize=x", "&pageSize=-1", "&continuationToken=x", "&continuationToken=%00"])
def test_odd_pages_are_a_clear_400(alice, contoso, console, query):
    assert console.get(descriptor(alice), query).status_code == 400


def test_a_stranger_of_the_organization_and_nobody_are_the_same(charlie, contoso, console):
    nobody = descriptor(charlie).replace(descriptor(charlie)[-3:], "xyz")
    swapped = "msa." + descriptor(contoso.owner).partition(".")[2]
    odd = ["x", "aad.", "aad.%F0%9F%92%A5", "aad.!!!!", f"aad.{uuid.uuid4()}", nobody, swapped]
    answers = [console.get(subject) for subject in (descriptor(charlie), *odd)]
    assert {a.status_code for a in answers} == {404} and len({a.content for a in answers}) == 1


def test_a_token_for_the_organization_is_over(alice, bob, contoso, console):
    made = factories.personal_token(alice, "vso.project", place=contoso, name="Pipeline")
    assert projects(made.value).status_code == 200
    assert console.revoke(made.token.pk).status_code == 204
    assert projects(made.value).status_code == 401
    event = Event.objects.get(name="personal_token.revoked")
    assert (event.actor_id, event.person_id, event.organization_id) == (str(bob.pk), str(alice.pk), str(contoso.pk))
    told = Notice.objects.get(kind="personal_token.stopped")
    assert told.person_id == alice.pk and told.detail["names"] == ["Pipeline"] and not told.detail["elsewhere"]


def test_a_token_for_all_organizations_stops_here_and_goes_on_elsewhere(alice, contoso, console):
    factories.organization("fabrikam", alice)
    made = factories.personal_token(alice)
    assert console.revoke(made.token.pk).status_code == 204
    refused = projects(made.value)
    assert refused.status_code == 403 and "/why/token_shut_out" in refused.json()["helpLink"]
    assert projects(made.value, "fabrikam").status_code == 200
    assert console.get(descriptor(alice)).json()["value"] == []
    assert Notice.objects.get(kind="personal_token.stopped").detail["elsewhere"] is True
    assert PersonalAccessToken.objects.get(pk=made.token.pk).revoked_at is None


def test_an_authorization_stops_here_and_goes_on_elsewhere(alice, contoso, console, payroll, connected):
    factories.organization("fabrikam", alice)
    known = Authorization.objects.get(application=payroll.app).pk
    assert console.revoke(known).status_code == 204
    bearer = {"HTTP_AUTHORIZATION": f"Bearer {connected['access_token']}"}
    assert Client().get("/contoso/_apis/projects?api-version=7.1", **bearer).status_code == 403
    assert Client().get("/fabrikam/_apis/projects?api-version=7.1", **bearer).status_code == 200


def test_revoking_twice_is_revoking_once(alice, contoso, console):
    made = factories.personal_token(alice)
    assert [console.revoke(made.token.pk, made.token.pk).status_code for _ in range(2)] == [204, 204]
    assert Event.objects.filter(name="personal_token.revoked").count() == 1


def test_an_id_that_is_not_there_and_one_that_is_not_yours_end_nothing(alice, charlie, contoso, console):
    other = factories.organization("fabrikam", charlie, alice)
    mine = factories.personal_token(alice)
    foreign = [
        factories.personal_token(alice, place=other).token.pk,  # of a member, for another organization
        factories.personal_token(charlie).token.pk,
        uuid.uuid4(),
    ]
    answers = [console.revoke(mine.token.pk, pk) for pk in foreign]
    assert {a.status_code for a in answers} == {404}
    assert len({a.json()["message"].replace(str(pk), "") for a, pk in zip(answers, foreign, strict=True)}) == 1
    assert projects(mine.value).status_code == 200 and "nothing was revoked" in answers[0].json()["message"]


ODD = [
    "",
    "x",
    "{}",
    "[]",
    "[1]",
    "null",
    '[{"authorizationId": 7}]',
    '[{"authorizationId": "x"}]',
    '[{"x": "y"}]',
    "[{}]",
]


@pytest.mark.parametrize("body", ODD)
def test_an_odd_list_is_a_clear_400(contoso, console, body):
    answer = console.post("revocations", body)
    assert answer.status_code == 400 and answer.json()["message"]


def test_a_list_that_is_too_long_says_so(contoso, console):
    answer = console.revoke(*(uuid.uuid4() for _ in range(201)))
    assert answer.status_code == 400 and "200" in answer.json()["message"]


def test_a_rule_refuses_personal_tokens_and_a_new_value_works(alice, contoso, console):
    made = factories.personal_token(alice, "vso.project")
    answer = console.post("RevocationRules", {"scopes": "vso.project vso.code"})
    assert answer.status_code == 201 and answer.json()["scopes"] == "vso.code vso.project"
    assert projects(made.value).status_code == 403
    assert projects(factories.personal_token(alice, "vso.project").value).status_code == 200
    assert RevocationRule.objects.get().made_by == contoso.owner


def test_a_rule_takes_an_instant_as_the_sdk_writes_it(alice, contoso, console):
    made = factories.personal_token(alice, "vso.project")
    before = (timezone.now() - timedelta(hours=1)).strftime("%Y-%m-%dT%H:%M:%S.%fZ")
    assert console.post("revocationrules", {"scopes": "vso.project", "createdBefore": before}).status_code == 201
    assert projects(made.value).status_code == 200


@pytest.mark.parametrize(
    ("document", "says"),
    [
        ({}, "scopes"),
        ({"scopes": " "}, "scopes"),
        ({"scopes": ["vso.code"]}, "scopes"),
        ({"scopes": "vso.nothing"}, "vso.nothing"),
        ({"scopes": "openid"}, "sign in"),
        ({"scopes": "vso.code", "createdBefore": "2999-01-01T00:00:00Z"}, "future"),
        ({"scopes": "vso.code", "createdBefore": "2026-01-01"}, "createdBefore"),
        ({"scopes": "vso.code", "createdBefore": "0001-01-01T00:00:00+23:59"}, "createdBefore"),
        ({"scopes": "vso.code", "x": 1}, "not a field"),
    ],
)
def test_a_rule_that_cannot_be_is_a_clear_400(contoso, console, document, says):
    answer = console.post("revocationrules", document)
    assert answer.status_code == 400 and says in answer.json()["message"]
    assert not RevocationRule.objects.exists()


def everything(console, subject):
    """The statuses of each of the three."""
    rule = console.post("revocationrules", {"scopes": "vso.code"})
    return [console.get(subject).status_code, console.revoke(uuid.uuid4()).status_code, rule.status_code]


def test_members_without_the_right_administrators_of_others_and_narrow_tokens_are_refused(alice, bob, charlie, contoso):
    factories.organization("fabrikam", charlie)
    subject = descriptor(bob)
    assert everything(Console(alice), subject) == [403, 403, 403]  # a member
    assert everything(Console(charlie), subject) == [403, 403, 403]  # administers another
    assert everything(Console(bob, "vso.tokens"), subject) == [403, 403, 403]  # without the permission
    console = Console(bob)
    deactivate(bob, by=None, reason="left", now=timezone.now())
    assert everything(console, subject) == [401, 401, 401]


def test_a_version_is_needed(alice, contoso, console):
    answer = Client().get(f"{BASE}/personalaccesstokens/{descriptor(alice)}", **console.auth)
    assert answer.json()["typeKey"] == "VssVersionNotSpecifiedException"


def test_an_app_of_an_administrator_may_do_it_too(alice, bob, contoso):
    app = factories.app(name="Console", scopes=[SCOPE])
    bearer = {"HTTP_AUTHORIZATION": f"Bearer {factories.connect(people.browser(bob), app)['access_token']}"}
    answer = Client().get(f"{BASE}/personalaccesstokens/{descriptor(alice)}?{VERSION}", **bearer)
    assert answer.status_code == 200


def test_the_list_costs_the_same_for_one_and_for_many(alice, contoso, console):
    def cost():
        with CaptureQueriesContext(connection) as captured:
            console.get(descriptor(alice))
        return len(captured)

    factories.personal_token(alice)
    few = cost()
    for _ in range(8):
        factories.personal_token(alice)
    assert cost() == few <= 4


def test_who_left_the_organization_is_nobody_there(alice, contoso, console):
    known = factories.personal_token(alice).token.pk
    Membership.objects.filter(person=alice).delete()
    assert console.get(descriptor(alice)).status_code == 404 and console.revoke(known).status_code == 404
