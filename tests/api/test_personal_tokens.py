"""The REST API with a personal access token: what is accepted, what is refused, and what it costs."""

import base64
from datetime import timedelta

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from accounts import policies
from accounts.models import Membership
from accounts.services import deactivate
from authorizations import usage
from authorizations.models import PersonalAccessToken, PersonalTokenUsage
from authorizations.personal_format import checksum, new_value
from authorizations.services import personal_tokens
from tests import factories

pytestmark = pytest.mark.django_db
WHOAMI = "/_apis/connectionData"
PROJECTS = "/contoso/_apis/projects?api-version=7.1"


@pytest.fixture
def contoso(alice, bob):
    return factories.organization("contoso", bob, alice)


def get(path, value, user="", **more):
    return Client().get(path, **factories.basic(value, user), **more)


def header(text):
    return Client().get(WHOAMI, HTTP_AUTHORIZATION=text)


def decided(organization, **values):
    now = timezone.now()
    for key, value in values.items():
        organization.policies = policies.with_value(organization.policies, key, value, begins=now, now=now)
    organization.save()


@pytest.mark.parametrize("user", ["", "alice", "alice@example.test", "anything: no", "Zoë"])
def test_any_user_name_will_do(alice, user):
    made = factories.personal_token(alice)
    # A colon ends the user name (RFC 7617 §2), so the rest would belong to the password.
    answer = get(WHOAMI, made.value, user.partition(":")[0])
    assert answer.status_code == 200 and answer.json()["authenticatedUser"]["id"] == str(alice.pk)


def test_the_scheme_has_no_case(alice):
    made = factories.personal_token(alice)
    assert header("bAsIc " + factories.basic(made.value)["HTTP_AUTHORIZATION"].partition(" ")[2]).status_code == 200


GARBAGE = [
    "Basic",
    "Basic ",
    "Basic !!!!",
    "Basic " + base64.b64encode(b"\xff\xfe:\x00").decode(),
    "Basic " + base64.b64encode(b"no colon").decode(),
    "Basic " + base64.b64encode(b":").decode(),
    "Basic " + base64.b64encode(b":" + b"x" * 84).decode(),
    "Basic " + base64.b64encode(b":" + b"x" * 90_000).decode(),
    "Basic " + "=" * 50,
    "Basic é",
]


@pytest.mark.parametrize("text", GARBAGE, ids=range(len(GARBAGE)))
def test_garbage_is_refused_in_the_shape_of_the_api_and_costs_no_statement(db, text):
    with CaptureQueriesContext(connection) as captured:
        answer = header(text)
    assert answer.status_code == 401 and len(captured) == 0
    assert answer.json()["typeKey"] == "UnauthorizedRequestException" and "TF400813" in answer.json()["message"]
    assert 'Bearer realm="Gatehouse"' in answer["WWW-Authenticate"]
    assert 'Basic realm="Gatehouse"' in answer["WWW-Authenticate"]


def test_a_well_formed_stranger_costs_one_statement_and_learns_nothing(alice):
    made = factories.personal_token(alice)
    personal_tokens.revoke(made.token, by=alice, now=timezone.now())
    with CaptureQueriesContext(connection) as captured:
        never = get(WHOAMI, new_value())
    assert never.status_code == 401 and len(captured) == 1
    ended = get(WHOAMI, made.value)
    assert (ended.status_code, ended.json()) == (401, never.json())


def test_a_wrong_checksum_is_refused_before_the_database(alice):
    value = factories.personal_token(alice).value
    wrong = value[:-1] + ("0" if value[-1] != "0" else "1")
    assert checksum(value[:-4]) == value[-4:]
    with CaptureQueriesContext(connection) as captured:
        assert get(WHOAMI, wrong).status_code == 401
    assert len(captured) == 0


def test_a_good_token_costs_one_statement_before_the_data_of_the_call(alice, contoso):
    for place in (None, contoso):
        value = factories.personal_token(alice, place=place).value
        with CaptureQueriesContext(connection) as captured:
            assert get(WHOAMI, value).status_code == 200
        assert len(captured) == 1


def test_it_carries_its_permissions_and_no_more(alice, contoso):
    value = factories.personal_token(alice, "vso.project", place=contoso).value
    assert get(PROJECTS, value).status_code == 200
    answer = get("/_apis/accounts?api-version=7.1", factories.personal_token(alice, "vso.work").value)
    assert answer.status_code == 200  # vso.work includes vso.profile
    answer = get(PROJECTS, factories.personal_token(alice, "vso.profile").value)
    assert answer.status_code == 403 and "vso.project" in answer.json()["message"]


def test_a_token_of_one_organization_reaches_no_other(alice, contoso):
    fabrikam = factories.organization("fabrikam", alice)
    value = factories.personal_token(alice, place=fabrikam).value
    assert get(PROJECTS, value).status_code == 403
    listed = get("/_apis/accounts?api-version=7.1", value).json()["value"]
    assert [a["accountName"] for a in listed] == ["fabrikam"]


def test_a_stranger_with_a_token_of_their_own_sees_nothing_of_an_organization(charlie, contoso):
    value = factories.personal_token(charlie).value
    there, nowhere = get(PROJECTS, value), get("/nowhere/_apis/projects?api-version=7.1", value)
    assert there.status_code == nowhere.status_code == 403


def test_a_new_value_replaces_the_old_one_at_once(alice):
    made = factories.personal_token(alice)
    again = personal_tokens.regenerate(made.token, by=alice, replaces=made.token.version, now=timezone.now())
    assert get(WHOAMI, made.value).status_code == 401 and get(WHOAMI, again.value).status_code == 200


def test_it_ends_with_its_time_with_the_account_and_with_the_membership(alice, contoso):
    mine, all_of_mine = factories.personal_token(alice, place=contoso), factories.personal_token(alice)
    assert get(WHOAMI, mine.value).status_code == 200
    Membership.objects.filter(person=alice).delete()
    refused = get(WHOAMI, mine.value)
    assert refused.status_code == 403 and "/why/not_a_member" in refused.json()["helpLink"]
    assert get(PROJECTS, all_of_mine.value).status_code == 403
    assert get(WHOAMI, all_of_mine.value).status_code == 200
    PersonalAccessToken.objects.filter(pk=all_of_mine.token.pk).update(expires_at=timezone.now())
    assert get(WHOAMI, all_of_mine.value).status_code == 401
    third = factories.personal_token(alice)
    deactivate(alice, by=None, reason="left", now=timezone.now())
    assert get(WHOAMI, third.value).status_code == 401


LIVE = [
    ({"full_scope_tokens": False}, "token_full_scope", {}),
    ({"token_days": 5}, "token_life_too_long", {"issued_at": timezone.now() - timedelta(days=6)}),
    ({"token_idle_days": 5}, "token_idle", {"issued_at": timezone.now() - timedelta(days=6)}),
]


@pytest.mark.parametrize(("said", "reason", "history"), LIVE, ids=[reason for _, reason, _ in LIVE])
def test_a_stricter_organization_refuses_what_it_accepted_before(alice, contoso, said, reason, history):
    made = factories.personal_token(alice, place=contoso)
    PersonalAccessToken.objects.filter(pk=made.token.pk).update(**history)
    assert get(PROJECTS, made.value).status_code == 200
    decided(contoso, **said)
    for path in (PROJECTS, WHOAMI):
        answer = get(path, made.value)
        assert answer.status_code == 403 and f"/why/{reason}" in answer.json()["helpLink"]
    assert made.value not in answer.content.decode()


def test_a_token_for_all_organizations_is_refused_only_where_that_is_forbidden(alice, contoso):
    factories.organization("fabrikam", alice)
    value = factories.personal_token(alice).value
    decided(contoso, all_organizations_tokens=False)
    assert get(PROJECTS, value).status_code == 403
    assert get("/fabrikam/_apis/projects?api-version=7.1", value).status_code == 200


def test_a_refused_call_does_not_wake_an_idle_token(alice, contoso):
    made = factories.personal_token(alice, place=contoso)
    PersonalAccessToken.objects.update(issued_at=timezone.now() - timedelta(days=9))
    decided(contoso, token_idle_days=5)
    for path in (PROJECTS, WHOAMI):
        assert get(path, made.value).status_code == 403
    usage.flush()
    assert get(PROJECTS, made.value).status_code == 403


def test_use_is_counted_and_written_later(alice, contoso):
    made = factories.personal_token(alice, place=contoso)
    get(WHOAMI, made.value, HTTP_USER_AGENT="curl/8", REMOTE_ADDR="192.0.2.7")
    get(PROJECTS, made.value, HTTP_USER_AGENT="tfx/0.23", REMOTE_ADDR="192.0.2.8")
    token = PersonalAccessToken.objects.get()
    assert token.last_used_at is None and not PersonalTokenUsage.objects.exists()
    usage.flush()
    token.refresh_from_db()
    assert token.last_used_at and (token.last_address, token.last_user_agent) == ("192.0.2.8", "tfx/0.23")
    assert dict(PersonalTokenUsage.objects.values_list("place", "calls")) == {"": 1, str(contoso.pk): 1}
    get(PROJECTS, made.value)
    usage.flush()
    assert PersonalTokenUsage.objects.get(place=str(contoso.pk)).calls == 2


def test_counts_of_a_token_that_is_gone_do_not_stop_the_others(alice, contoso):
    gone, stays = factories.personal_token(alice, place=contoso), factories.personal_token(alice)
    get(WHOAMI, gone.value)
    get(WHOAMI, stays.value)
    gone.token.delete()
    usage.flush()
    assert PersonalTokenUsage.objects.get().token_id == stays.token.pk


def test_as_a_bearer_token_it_is_refused_with_words_that_help(alice):
    value = factories.personal_token(alice).value
    answer = header(f"Bearer {value}")
    assert answer.status_code == 401 and "Basic authentication" in answer.json()["message"]


def test_the_oauth_endpoints_do_not_know_it(alice, payroll, resource_server):
    value = factories.personal_token(alice).value
    for scheme in (factories.basic(value), {"HTTP_AUTHORIZATION": f"Bearer {value}"}):
        assert Client().get("/oauth2/v2.0/userinfo", **scheme).status_code == 401
    assert payroll.introspect(value) == {"active": False}
    assert payroll.call("/oauth2/v2.0/revoke", {"token": value}).status_code == 200
    assert get(WHOAMI, value).status_code == 200
