"""The token endpoint: codes, refresh tokens, clients on their own behalf, and everything it refuses."""

from datetime import timedelta

import pytest
from django.db.models import F
from django.test import Client
from django.utils import timezone

from accounts import services as people_services
from authorizations.models import Authorization, AuthorizationCode, Connection
from oauthapps import services
from tests import factories, whys

TOKEN = "/oauth2/v2.0/token"


def alive(app, token):
    return app.http.get("/_apis/connectionData", HTTP_AUTHORIZATION=f"Bearer {token}").status_code == 200


def refused(response, error, status=400):
    assert (response.status_code, response.json()["error"]) == (status, error), response.content
    whys.page(Client(), response.json()["error_uri"])
    assert "access_token" not in response.json() and "no-store" in response["Cache-Control"]


@pytest.fixture
def code(alice_browser, payroll):
    return factories.approve(alice_browser, payroll)


@pytest.mark.spec("RFC 6749", "5.1")
def test_an_answer_is_never_cached_and_says_what_it_carries(payroll, code):
    response = payroll.exchange(code)
    body = response.json()
    assert "no-store" in response["Cache-Control"] and response["Content-Type"].startswith("application/json")
    assert body["token_type"] == "Bearer" and 0 < body["expires_in"] <= 3600
    assert set(body["scope"].split()) == {"openid", "profile", "email", "vso.profile", "vso.project"}


@pytest.mark.spec("RFC 7636", "4.6")
@pytest.mark.parametrize("verifier", ["", "w" * 50, "v" * 42, "v" * 129, "v" * 50 + "\n", "é" * 50])
def test_a_verifier_that_does_not_match_is_refused(payroll, code, verifier):
    refused(payroll.exchange(code, code_verifier=verifier), "invalid_grant")
    assert not Connection.objects.exists()


@pytest.mark.spec("RFC 6749", "4.1.3")
@pytest.mark.parametrize("redirect_uri", ["https://evil.example/", factories.CALLBACK + "/"])
def test_the_callback_must_be_the_one_of_the_request(payroll, code, redirect_uri):
    refused(payroll.exchange(code, redirect_uri=redirect_uri), "invalid_grant")


def test_a_code_of_another_client_is_unknown_and_stays_good(payroll, code):
    other = factories.app(name="Other")
    refused(other.exchange(code), "invalid_grant")
    assert payroll.exchange(code).status_code == 200


@pytest.mark.spec("RFC 6749", "4.1.2")
def test_a_code_used_twice_ends_what_it_issued(payroll, code):
    tokens = payroll.exchange(code).json()
    assert alive(payroll, tokens["access_token"])
    refused(payroll.exchange(code), "invalid_grant")
    assert not alive(payroll, tokens["access_token"])
    refused(payroll.refresh(tokens["refresh_token"]), "invalid_grant")


def test_a_spent_code_in_the_hands_of_another_client_ends_nothing(payroll, code):
    tokens = payroll.exchange(code).json()
    refused(factories.app(name="Other").exchange(code), "invalid_grant")
    assert alive(payroll, tokens["access_token"])


def test_an_expired_code_is_refused_from_its_last_instant_on(payroll, code):
    AuthorizationCode.objects.update(expires_at=timezone.now())
    refused(payroll.exchange(code), "invalid_grant")
    assert not Connection.objects.exists()


def test_a_code_lives_at_most_a_minute(payroll, code):
    row = AuthorizationCode.objects.get()
    assert row.expires_at - row.created_at <= timedelta(seconds=60)
    assert code not in (row.digest, row.pk)


def test_a_code_is_worth_nothing_once_the_authorization_is_revoked(payroll, code):
    Authorization.objects.update(revoked_at=timezone.now())
    refused(payroll.exchange(code), "invalid_grant")


def test_an_expired_authorization_refuses_its_code(payroll, code):
    Authorization.objects.update(expires_at=timezone.now())
    refused(payroll.exchange(code), "invalid_grant")


@pytest.mark.parametrize(
    ("form", "error"),
    [
        ({}, "invalid_request"),
        ({"grant_type": ""}, "invalid_request"),
        ({"grant_type": "password", "username": "a", "password": "b"}, "unsupported_grant_type"),
        ({"grant_type": "implicit"}, "unsupported_grant_type"),
        ({"grant_type": "authorization_code"}, "invalid_request"),
        ({"grant_type": "authorization_code", "code": "x"}, "invalid_request"),
        ({"grant_type": "authorization_code", "code": "x", "redirect_uri": factories.CALLBACK}, "invalid_grant"),
        ({"grant_type": "refresh_token"}, "invalid_request"),
        ({"grant_type": "refresh_token", "refresh_token": "x"}, "invalid_grant"),
        ({"grant_type": "refresh_token", "refresh_token": "AAAA.é.x"}, "invalid_grant"),
        ({"grant_type": "refresh_token", "refresh_token": "x" * 9000}, "invalid_request"),
        ({"grant_type": "client_credentials", "scope": "vso.nothing"}, "invalid_scope"),
        ({"grant_type": "client_credentials", "scope": "vso.code_full"}, "invalid_scope"),
        ({"grant_type": "client_credentials", "scope": "openid"}, "invalid_scope"),
        ({"grant_type": "client_credentials", "scope": 'vso.profile"'}, "invalid_scope"),
    ],
    ids=str,
)
def test_a_request_that_is_not_right_is_refused(payroll, form, error):
    refused(payroll.call(TOKEN, form), error)


@pytest.mark.parametrize("method", ["get", "put", "delete", "patch"])
def test_only_post_is_answered(payroll, method):
    response = getattr(payroll.http, method)(TOKEN)
    assert response.status_code == 405 and response["Allow"] == "POST"


@pytest.mark.parametrize(
    ("body", "content_type", "status"),
    [
        (b'{"grant_type":"client_credentials"}', "application/json", 400),
        (b"grant_type=client_credentials", "text/plain", 400),
        (b"grant_type=client_credentials", "", 400),
        (b"--x\r\n\r\n--x--", "multipart/form-data; boundary=x", 400),
        (b"grant_type=client_credentials&grant_type=client_credentials", factories.FORM, 400),
        (b"grant_type=%00", factories.FORM, 400),
        (b"grant_type=%zz", factories.FORM, 400),
        (b"grant_type=%ff", factories.FORM, 400),
        (b"grant_type=\xff", factories.FORM, 400),
        (b"x=" + b"y" * 70_000, factories.FORM, 413),
        (b"&".join(b"p%d=1" % n for n in range(80)), factories.FORM, 400),
    ],
    ids=lambda v: repr(v)[:40],
)
def test_a_body_that_cannot_be_read_is_an_invalid_request(payroll, body, content_type, status):
    refused(payroll.http.post(TOKEN, body, content_type=content_type, **payroll.basic()), "invalid_request", status)


def test_a_huge_body_is_refused_before_it_is_read(payroll):
    response = payroll.http.post(TOKEN, b"x=" + b"y" * 600_000, content_type=factories.FORM, **payroll.basic())
    assert response.status_code in {400, 413}


# Clients


@pytest.mark.spec("RFC 9110", "11.1")
@pytest.mark.parametrize("scheme", ["Basic", "basic", "BASIC"])
def test_the_scheme_of_the_header_has_no_case(payroll, scheme):
    header = payroll.basic()["HTTP_AUTHORIZATION"].replace("Basic", scheme)
    response = payroll.post(TOKEN, {"grant_type": "client_credentials"}, HTTP_AUTHORIZATION=header)
    assert response.status_code == 200


def test_a_client_may_authenticate_in_the_body(payroll):
    form = {"grant_type": "client_credentials", "client_id": payroll.client_id, "client_secret": payroll.secret}
    assert payroll.post(TOKEN, form).status_code == 200


@pytest.mark.spec("RFC 6749", "2.3")
def test_both_methods_at_once_are_refused(payroll):
    form = {"grant_type": "client_credentials", "client_secret": payroll.secret}
    refused(payroll.call(TOKEN, form), "invalid_request")


@pytest.mark.spec("RFC 6749", "5.2")
@pytest.mark.parametrize(
    "header",
    ["Basic", "Basic !", "Basic eA==", "Basic eDo=", "Basic /w==", "Basic ADoA", "Bearer x", "Digest x", "x", "é"],
)
def test_a_header_that_does_not_authenticate_is_a_401_with_a_challenge(payroll, header):
    response = payroll.post(TOKEN, {"grant_type": "client_credentials"}, HTTP_AUTHORIZATION=header)
    refused(response, "invalid_client", 401)
    assert response["WWW-Authenticate"].startswith("Basic ")


@pytest.mark.parametrize("secret", ["", "x", "x.y", "é", "x" * 5000])
def test_a_wrong_secret_is_an_invalid_client(payroll, secret):
    form = {"grant_type": "client_credentials", "client_id": payroll.client_id, "client_secret": secret}
    refused(payroll.post(TOKEN, form), "invalid_client", 401)


def test_a_secret_of_another_app_is_an_invalid_client(payroll):
    other = factories.app(name="Other")
    form = {"grant_type": "client_credentials", "client_id": payroll.client_id, "client_secret": other.secret}
    refused(payroll.post(TOKEN, form), "invalid_client", 401)


def test_the_header_and_the_body_must_name_the_same_client(payroll):
    refused(payroll.call(TOKEN, {"grant_type": "client_credentials", "client_id": "other"}), "invalid_client", 401)


def test_an_unknown_or_missing_client_is_an_invalid_client(payroll):
    refused(payroll.post(TOKEN, {"grant_type": "client_credentials"}), "invalid_client", 401)
    refused(payroll.post(TOKEN, {"grant_type": "client_credentials", "client_id": "x"}), "invalid_client", 401)


def test_a_confidential_client_without_its_secret_gets_nothing(payroll, code):
    form = {
        "grant_type": "authorization_code",
        "code": code,
        "redirect_uri": factories.CALLBACK,
        "code_verifier": factories.VERIFIER,
        "client_id": payroll.client_id,
    }
    refused(payroll.post(TOKEN, form), "invalid_client", 401)
    assert payroll.exchange(code).status_code == 200


def test_a_client_assertion_is_not_mistaken_for_a_public_client(payroll):
    refused(payroll.post(TOKEN, {"grant_type": "x"} | {"client_assertion": "x"}), "unsupported_grant_type")
    form = {"grant_type": "client_credentials", "client_id": payroll.client_id, "client_assertion": "x"}
    refused(payroll.post(TOKEN, form), "invalid_client", 401)


def test_an_ended_secret_no_longer_authenticates_and_its_tokens_are_dead(payroll, code):
    tokens = payroll.exchange(code).json()
    services.end_secret(payroll.app, slot="primary", by=None, now=timezone.now())
    refused(payroll.refresh(tokens["refresh_token"]), "invalid_client", 401)
    assert not alive(payroll, tokens["access_token"])


def test_a_secret_that_ran_out_no_longer_authenticates(payroll):
    payroll.app.secrets.update(expires_at=timezone.now())
    refused(payroll.token(grant_type="client_credentials"), "invalid_client", 401)


def test_a_disabled_app_gets_nothing(payroll, code):
    services.disable(payroll.app, by=None, reason="abuse", now=timezone.now())
    refused(payroll.exchange(code), "invalid_client", 401)


def test_a_disabled_app_has_no_live_token(payroll, code):
    tokens = payroll.exchange(code).json()
    services.disable(payroll.app, by=None, reason="abuse", now=timezone.now())
    assert not alive(payroll, tokens["access_token"])
    refused(payroll.refresh(tokens["refresh_token"]), "invalid_client", 401)


def test_a_deactivated_person_ends_code_token_and_refresh(alice, alice_browser, payroll, resource_server, code):
    tokens = factories.connect(alice_browser, payroll)
    people_services.deactivate(alice, by=None, reason="left", now=timezone.now())
    refused(payroll.exchange(code), "invalid_grant")
    refused(payroll.refresh(tokens["refresh_token"]), "invalid_grant")
    assert not alive(payroll, tokens["access_token"])
    assert resource_server.introspect(tokens["access_token"]) == {"active": False}


def test_a_legacy_app_is_sent_to_its_own_endpoint(legacy_app):
    response = legacy_app.token(grant_type="client_credentials")
    refused(response, "unauthorized_client")
    assert "/oauth2/token" in response.json()["error_description"]


def test_a_public_client_exchanges_and_refreshes_without_a_secret(alice_browser, public_app):
    tokens = factories.connect(alice_browser, public_app)
    assert public_app.refresh(tokens["refresh_token"]).status_code == 200


def test_a_public_client_has_no_rights_of_its_own(public_app):
    refused(public_app.token(grant_type="client_credentials"), "unauthorized_client")


def test_a_confidential_client_gets_a_token_of_its_own(payroll, resource_server):
    body = payroll.token(grant_type="client_credentials").json()
    assert body["scope"] == "vso.profile vso.project" and "refresh_token" not in body and "id_token" not in body
    told = resource_server.introspect(body["access_token"])
    assert told["active"] and told["sub"] == told["client_id"] == payroll.client_id


# Refreshing


@pytest.mark.spec("RFC 9700", "4.14.2")
def test_a_refresh_token_is_replaced_at_each_use(payroll, connected):
    second = payroll.refresh(connected["refresh_token"]).json()
    third = payroll.refresh(second["refresh_token"]).json()
    assert len({connected["refresh_token"], second["refresh_token"], third["refresh_token"]}) == 3
    assert alive(payroll, third["access_token"])


def test_a_retry_within_the_window_gets_the_same_successor(payroll, connected):
    first = payroll.refresh(connected["refresh_token"]).json()
    retry = payroll.refresh(connected["refresh_token"]).json()
    assert retry["refresh_token"] == first["refresh_token"] and alive(payroll, retry["access_token"])
    assert payroll.refresh(first["refresh_token"]).status_code == 200


def test_a_replay_outside_the_window_ends_the_family(payroll, connected):
    newest = payroll.refresh(connected["refresh_token"]).json()
    Connection.objects.update(rotated_at=F("rotated_at") - timedelta(minutes=5))
    refused(payroll.refresh(connected["refresh_token"]), "invalid_grant")
    refused(payroll.refresh(newest["refresh_token"]), "invalid_grant")
    assert not alive(payroll, newest["access_token"]) and not alive(payroll, connected["access_token"])


def test_a_family_ends_alone(alice_browser, payroll, connected):
    other = factories.connect(alice_browser, payroll)
    payroll.refresh(connected["refresh_token"])
    Connection.objects.exclude(rotated_at=None).update(rotated_at=timezone.now() - timedelta(minutes=5))
    refused(payroll.refresh(connected["refresh_token"]), "invalid_grant")
    assert alive(payroll, other["access_token"])


def test_a_made_up_refresh_token_ends_no_family(payroll, connected):
    head, value, seal = connected["refresh_token"].split(".")
    for guess in (f"{head}.{'A' * 43}.{seal}", f"{head}.{value}.x", f"{head}.{value}.{seal}=", f"{head}..", "a.b.c"):
        refused(payroll.refresh(guess), "invalid_grant")
    assert payroll.refresh(connected["refresh_token"]).status_code == 200


def test_a_refresh_token_of_another_client_is_unknown_and_stays_good(payroll, connected):
    refused(factories.app(name="Other").refresh(connected["refresh_token"]), "invalid_grant")
    assert payroll.refresh(connected["refresh_token"]).status_code == 200


@pytest.mark.spec("RFC 6749", "6")
def test_a_narrower_scope_narrows_the_access_token_only(payroll, connected):
    narrow = payroll.refresh(connected["refresh_token"], scope="vso.profile").json()
    assert narrow["scope"] == "vso.profile"
    wide = payroll.refresh(narrow["refresh_token"]).json()
    assert wide["scope"] == connected["scope"]


@pytest.mark.parametrize("scope", ["vso.code_full", "vso.profile vso.nothing", "vso.profile_write"])
def test_a_wider_scope_is_refused_and_the_refresh_token_stays_good(payroll, connected, scope):
    refused(payroll.refresh(connected["refresh_token"], scope=scope), "invalid_scope")
    assert payroll.refresh(connected["refresh_token"]).status_code == 200


def test_a_connection_ends_with_its_stored_time(payroll, connected):
    Connection.objects.update(expires_at=timezone.now())
    refused(payroll.refresh(connected["refresh_token"]), "invalid_grant")
    assert not alive(payroll, connected["access_token"])


def test_an_access_token_never_outlives_the_authorization(payroll, connected):
    Authorization.objects.update(expires_at=timezone.now() + timedelta(seconds=90))
    assert payroll.refresh(connected["refresh_token"]).json()["expires_in"] <= 90


def test_an_access_token_is_no_refresh_token(payroll, connected):
    refused(payroll.refresh(connected["access_token"]), "invalid_grant")


def test_nothing_usable_is_stored(payroll, connected):
    row = Connection.objects.get()
    stored = {str(value) for value in Connection.objects.values().get().values()}
    assert connected["refresh_token"] not in stored and connected["access_token"] not in stored
    assert str(row) == f"connection {row.pk}"
