"""RFC 7662 and RFC 7009: who may ask about a token, and who may end one."""

import pytest
from django.utils import timezone

from authorizations.events.models import Event
from authorizations.models import Connection
from oauthapps import services
from tests import factories

INTROSPECT, REVOKE = "/oauth2/v2.0/introspect", "/oauth2/v2.0/revoke"


def alive(app, token):
    return app.http.get("/_apis/connectionData", HTTP_AUTHORIZATION=f"Bearer {token}").status_code == 200


@pytest.mark.spec("RFC 7662", "2.2")
def test_a_client_is_told_about_its_own_tokens(alice, payroll, connected):
    told = payroll.introspect(connected["access_token"])
    assert told["active"] and told["sub"] == str(alice.pk) and told["client_id"] == payroll.client_id
    assert told["scope"] == connected["scope"] and told["token_type"] == "Bearer"
    refresh = payroll.introspect(connected["refresh_token"])
    assert refresh["active"] and refresh["exp"] > told["exp"]


@pytest.mark.spec("RFC 7662", "4")
def test_introspecting_somebody_elses_token_answers_inactive(connected, payroll):
    other = factories.app(name="Other")
    for token in (connected["access_token"], connected["refresh_token"]):
        assert other.introspect(token) == {"active": False}
    own = payroll.token(grant_type="client_credentials").json()["access_token"]
    assert other.introspect(own) == {"active": False}


def test_a_resource_server_is_told_about_every_access_token_and_no_refresh_token(connected, resource_server):
    assert resource_server.introspect(connected["access_token"])["active"] is True
    assert resource_server.introspect(connected["refresh_token"]) == {"active": False}


@pytest.mark.parametrize("token", ["x", "x.y.z", "é", "AAAAAAAAAAAAAAAAAAAAAA.x.y", "x" * 8000])
def test_an_unknown_token_is_inactive(payroll, token):
    assert payroll.introspect(token) == {"active": False}


def test_an_outdated_refresh_token_is_inactive(payroll, connected):
    payroll.refresh(connected["refresh_token"])
    assert payroll.introspect(connected["refresh_token"]) == {"active": False}


@pytest.mark.spec("RFC 7662", "2.1")
def test_a_public_client_cannot_introspect(alice_browser, public_app):
    token = factories.connect(alice_browser, public_app)["access_token"]
    for value in (token, "x"):
        response = public_app.call(INTROSPECT, {"token": value})
        assert response.status_code == 401 and response.json()["error"] == "invalid_client"


@pytest.mark.parametrize("path", [INTROSPECT, REVOKE])
def test_the_caller_is_authenticated_whatever_the_token(payroll, connected, path):
    wrong = factories.TestApp(payroll.app, payroll.secret[:-2] + "xx")
    other = factories.app(name="Other")
    swapped = factories.TestApp(payroll.app, other.secret)
    for app in (wrong, swapped, factories.TestApp(payroll.app, "x.y")):
        for token in (connected["access_token"], connected["refresh_token"], "x"):
            response = app.call(path, {"token": token})
            assert response.status_code == 401 and response["WWW-Authenticate"].startswith("Basic ")
    assert alive(payroll, connected["access_token"])


@pytest.mark.parametrize("path", [INTROSPECT, REVOKE])
def test_the_caller_is_named(payroll, connected, path):
    response = payroll.post(path, {"token": connected["access_token"]})
    assert response.status_code == 401


@pytest.mark.parametrize("path", [INTROSPECT, REVOKE])
def test_a_disabled_or_ended_caller_is_refused(payroll, connected, path):
    other = factories.app(name="Other", resource_server=True)
    services.end_secret(other.app, slot="primary", by=None, now=timezone.now())
    assert other.call(path, {"token": connected["access_token"]}).status_code == 401
    services.disable(payroll.app, by=None, reason="abuse", now=timezone.now())
    assert payroll.call(path, {"token": connected["access_token"]}).status_code == 401


@pytest.mark.parametrize("path", [INTROSPECT, REVOKE])
def test_the_token_must_be_there_once_and_in_a_form(payroll, path):
    assert payroll.call(path, {}).json()["error"] == "invalid_request"
    doubled = payroll.http.post(path, "token=x&token=x", content_type=factories.FORM, **payroll.basic())
    assert doubled.status_code == 400 and doubled.json()["error"] == "invalid_request"
    as_json = payroll.http.post(path, '{"token":"x"}', content_type="application/json", **payroll.basic())
    assert as_json.status_code == 400
    assert payroll.http.get(path).status_code == 405


@pytest.mark.spec("RFC 7009", "2.2")
@pytest.mark.parametrize("token", ["x", "x.y.z", "é", "AAAAAAAAAAAAAAAAAAAAAA.x.y"])
def test_revoking_an_unknown_token_answers_200(payroll, token):
    assert payroll.call(REVOKE, {"token": token}).status_code == 200


@pytest.mark.spec("RFC 7009", "2.1")
def test_a_client_cannot_revoke_anothers_token(payroll, connected):
    other = factories.app(name="Other")
    for token in (connected["access_token"], connected["refresh_token"]):
        assert other.call(REVOKE, {"token": token}).status_code == 200
    assert alive(payroll, connected["access_token"])
    assert payroll.refresh(connected["refresh_token"]).status_code == 200


def test_revoking_a_refresh_token_ends_its_connection(payroll, connected, resource_server):
    assert payroll.call(REVOKE, {"token": connected["refresh_token"]}).status_code == 200
    assert not alive(payroll, connected["access_token"])
    assert resource_server.introspect(connected["access_token"]) == {"active": False}
    assert payroll.refresh(connected["refresh_token"]).json()["error"] == "invalid_grant"


def test_revoking_an_access_token_ends_that_one_alone(payroll, connected):
    fresh = payroll.refresh(connected["refresh_token"]).json()
    assert payroll.call(REVOKE, {"token": connected["access_token"]}).status_code == 200
    assert not alive(payroll, connected["access_token"]) and alive(payroll, fresh["access_token"])
    assert payroll.introspect(connected["access_token"]) == {"active": False}
    assert Connection.objects.get().revoked_at is None


def test_revoking_twice_is_revoking_once(payroll, connected):
    for token in (connected["access_token"], connected["refresh_token"]):
        for _ in range(2):
            assert payroll.call(REVOKE, {"token": token}).status_code == 200
    assert Event.objects.filter(name="connection.revoked").count() == 1
    assert Event.objects.filter(name="token.revoked").count() == 1


def test_a_client_revokes_the_token_it_got_for_itself(payroll):
    token = payroll.token(grant_type="client_credentials").json()["access_token"]
    assert payroll.introspect(token)["active"] is True
    payroll.call(REVOKE, {"token": token})
    assert payroll.introspect(token) == {"active": False}


def test_a_public_client_revokes_its_own(alice_browser, public_app):
    tokens = factories.connect(alice_browser, public_app)
    assert public_app.call(REVOKE, {"token": tokens["refresh_token"]}).status_code == 200
    assert not alive(public_app, tokens["access_token"])
