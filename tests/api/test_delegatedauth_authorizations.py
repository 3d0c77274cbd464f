"""A program lists and revokes what its person approved, and nothing of anybody else."""

import uuid
from datetime import timedelta

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from accounts.services import deactivate
from authorizations.api.delegatedauth_shapes import NEVER
from authorizations.brown_outs import windows
from authorizations.events.models import Event
from authorizations.models import Authorization, BrownOut, Receipt
from oauthapps import services
from tests import factories, people
from tests.api.conftest import program

MINE = "/authorizations/me"
FIELDS = {
    "authorizationId", "registrationId", "identityId", "audience", "scopes", "redirectUri", "source", "validFrom",
    "validTo", "accessIssued", "isAccessUsed", "isValid",
}  # fmt: skip


def listed(answer):
    assert answer.status_code == 200, answer.content
    return {row["clientRegistration"]["registrationName"]: row for row in answer.json()}


def authorization_of(app):
    return Authorization.objects.get(application=app.app)


def alive(tokens):
    return Client().get("/_apis/connectionData", HTTP_AUTHORIZATION=f"Bearer {tokens['access_token']}").status_code


def test_alice_sees_what_she_approved_in_the_documented_shape(alice, console, payroll, connected):
    row = listed(console.get(MINE))["Payroll"]
    said, expected = row["authorization"], authorization_of(payroll)
    assert set(row) == {"authorization", "clientRegistration", "scopeDescriptions"} and set(said) == FIELDS
    assert said["authorizationId"] == str(expected.pk) and said["identityId"] == str(alice.pk)
    assert said["registrationId"] == payroll.client_id == row["clientRegistration"]["registrationId"]
    assert said["scopes"] == "openid profile email vso.profile vso.project" and said["isValid"] is True
    assert said["redirectUri"] == factories.CALLBACK and said["validTo"] > said["validFrom"]
    assert next(d["title"] for d in row["scopeDescriptions"]) == "Sign you in"
    assert row["clientRegistration"]["clientType"] == "confidential"
    assert row["clientRegistration"]["responseTypes"] == "Code"


def test_me_and_the_own_id_are_the_same_in_any_case(alice, console):
    for name in ("me", "ME", str(alice.pk), str(alice.pk).upper()):
        assert set(listed(console.get(f"/authorizations/{name}"))) == {"Console"}


def test_an_approval_without_end_says_so_with_a_date_that_clients_can_read(console, payroll, connected):
    Authorization.objects.filter(application=payroll.app).update(expires_at=None)
    assert listed(console.get(MINE))["Payroll"]["authorization"]["validTo"] == NEVER


def test_nothing_of_the_owners_of_an_app_or_its_secrets_is_told(console, connected):
    told = str(listed(console.get(MINE))["Payroll"]["clientRegistration"])
    assert "identityId" not in told and "ecret" not in told


def test_what_is_over_is_not_listed_and_what_is_switched_off_is_not_valid(console, payroll, connected):
    services.disable(payroll.app, by=None, reason="abuse", now=timezone.now())
    assert listed(console.get(MINE))["Payroll"]["authorization"]["isValid"] is False
    Authorization.objects.filter(application=payroll.app).update(expires_at=timezone.now() - timedelta(seconds=1))
    assert "Payroll" not in listed(console.get(MINE))


def test_alice_revokes_and_the_service_stops_at_once(alice, console, payroll, connected):
    assert alive(connected) == 200
    answer = console.post(MINE, authorizationId=str(authorization_of(payroll).pk))
    assert answer.status_code == 204 and alive(connected) == 401
    assert payroll.refresh(connected["refresh_token"]).json()["error"] == "invalid_grant"
    event = Event.objects.get(name="authorization.revoked")
    assert event.actor_id == event.person_id == str(alice.pk) and event.app_id == payroll.client_id


def test_the_answer_names_the_receipt(console, payroll, connected):
    answer = console.post(MINE, authorizationId=str(authorization_of(payroll).pk))
    receipt = Receipt.objects.get(reference=answer["X-Gatehouse-Receipt"])
    assert receipt.services == 1 and receipt.connections == 1


def test_revoking_twice_is_revoking_once(console, payroll, connected):
    known = str(authorization_of(payroll).pk)
    answers = [console.post(MINE, authorizationId=known) for _ in range(2)]
    assert [a.status_code for a in answers] == [204, 204] and "X-Gatehouse-Receipt" not in answers[1]
    assert Event.objects.filter(name="authorization.revoked").count() == 1


def test_a_program_may_end_its_own_authorization(console):
    known = listed(console.get(MINE))["Console"]["authorization"]["authorizationId"]
    assert console.post(MINE, authorizationId=known).status_code == 204
    assert console.get(MINE).status_code == 401


def test_charlie_reaches_nothing_of_alice_and_learns_nothing(alice, charlies_console, payroll, connected):
    known, nobody = str(authorization_of(payroll).pk), str(uuid.uuid4())
    assert "Payroll" not in listed(charlies_console.get(MINE))
    there, nowhere = (charlies_console.get(f"/authorizations/{i}") for i in (alice.pk, nobody))
    assert there.status_code == nowhere.status_code == 404 and there.json() == nowhere.json()
    hers, none = (charlies_console.post(MINE, authorizationId=i) for i in (known, nobody))
    assert hers.status_code == none.status_code == 404 and hers.json() == none.json()
    assert charlies_console.post(f"/authorizations/{alice.pk}", authorizationId=known).status_code == 404
    assert alive(connected) == 200


@pytest.mark.parametrize("value", ["", "x", "me", "%00", "123", "%F0%9F%92%A5", "{}", "9" * 400])
def test_an_authorization_id_that_is_none_is_a_clear_400(console, value):
    answer = console.post(MINE, authorizationId=value)
    assert answer.status_code == 400 and "authorizationId" in answer.json()["message"]


@pytest.mark.parametrize("method", ["get", "post"])
def test_a_token_without_the_permission_is_told_which_one_it_lacks(connected, method):
    bearer = {"HTTP_AUTHORIZATION": f"Bearer {connected['access_token']}"}
    answer = getattr(Client(), method)("/_apis/delegatedauth/authorizations/me?api-version=7.1", **bearer)
    assert answer.status_code == 403 and "TF400813" in answer.json()["message"]
    assert 'error="insufficient_scope", scope="vso.tokens"' in answer["WWW-Authenticate"]


def test_full_access_includes_it(alice_browser):
    assert program(alice_browser, scopes=["user_impersonation"]).get(MINE).status_code == 200


def test_without_a_token_or_a_version_nothing_is_told(console):
    assert Client().get("/_apis/delegatedauth/authorizations/me?api-version=7.1").status_code == 401
    assert console.get(MINE, **{"api-version": ""}).json()["typeKey"] == "VssVersionNotSpecifiedException"


def test_the_token_of_a_client_of_its_own_is_nobody(db):
    console = factories.app(scopes=["vso.tokens"])
    token = console.token(grant_type="client_credentials").json()["access_token"]
    answer = Client().get(f"/_apis/delegatedauth{MINE}?api-version=7.1", HTTP_AUTHORIZATION=f"Bearer {token}")
    assert answer.status_code == 403


def test_a_deactivated_person_has_no_program_any_more(alice, console):
    deactivate(alice, by=None, reason="left", now=timezone.now())
    assert console.get(MINE).status_code == 401


def test_a_legacy_app_may_do_it_too_until_the_sunset(alice_browser, settings):
    console = program(alice_browser, model="legacy")
    row = listed(console.get(MINE))["Console"]
    assert row["clientRegistration"]["responseTypes"] == "Assertion"
    known = row["authorization"]["authorizationId"]
    settings.LEGACY_SUNSET = timezone.now()
    assert console.get(MINE).status_code == 401
    assert console.post(MINE, authorizationId=known).status_code == 401


def many(alice, count):
    for i in range(count):
        app = factories.app(name=f"Service {i:02}")
        Authorization.objects.create(
            person=alice, application=app.app, scopes=["vso.profile"], granted_at=timezone.now()
        )


def test_a_long_list_comes_in_pages_each_row_once(alice, console):
    many(alice, 7)
    seen, token = [], ""
    for size in (3, 3, 2):
        answer = console.get(MINE, **{"$top": "3"}, **({"continuationToken": token} if token else {}))
        assert len(answer.json()) == size
        seen += [row["authorization"]["authorizationId"] for row in answer.json()]
        token = answer.headers.get("X-MS-ContinuationToken", "")
    assert not token and len(set(seen)) == 8
    assert console.get(MINE, continuationToken="x").status_code == 400
    assert console.get(MINE, **{"$top": "x"}).status_code == 400


def test_the_number_of_statements_does_not_grow_with_the_list(alice, console):
    def cost():
        with CaptureQueriesContext(connection) as captured:
            console.get(MINE)
        return len(captured)

    few = cost()
    many(alice, 12)
    assert cost() == few <= 2


def test_bob_keeps_his_when_alice_revokes_hers(alice, bob, console, payroll, connected):
    his = factories.connect(people.browser(bob), payroll)
    known = Authorization.objects.get(application=payroll.app, person=alice).pk
    assert console.post(MINE, authorizationId=str(known)).status_code == 204
    assert alive(connected) == 401 and alive(his) == 200


def test_a_brown_out_makes_nothing_invalid(alice_browser, console, legacy_app):
    factories.connect(alice_browser, legacy_app)
    now = timezone.now()
    BrownOut.objects.create(
        starts_at=now - timedelta(minutes=1), ends_at=now + timedelta(hours=1), reason="Rehearsal", announced_at=now
    )
    windows.forget()
    row = listed(console.get(MINE))["Classic"]
    assert row["authorization"]["isValid"] is row["clientRegistration"]["isValid"] is True
