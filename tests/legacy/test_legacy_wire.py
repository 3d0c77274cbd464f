"""The old wire format: every code it answers, its tolerances, its headers, its counters, and its end."""

from datetime import timedelta
from urllib.parse import quote

import jwt
import pytest
from django.db.models import F
from django.test import Client
from django.utils import timezone

from authorizations import usage
from authorizations.legacy import wire
from authorizations.models import AppUsage, Authorization, AuthorizationCode, Connection
from authorizations.services.refusals import Refusal
from oauthapps import services
from tests import factories, whys

GRANT = "urn:ietf:params:oauth:grant-type:jwt-bearer"
TOKEN = "/oauth2/token"


def announces_its_end(response):
    assert response["Deprecation"].startswith("@") and response["Sunset"].endswith("GMT")
    assert 'rel="deprecation"' in response["Link"]
    return response


def refused(response, code, status=400):
    body = announces_its_end(response).json()
    assert (response.status_code, body["Error"]) == (status, code), body
    assert body["ErrorDescription"] == body["error_description"] and body["error"] == code
    whys.page(Client(), body["error_uri"])
    assert "no-store" in response["Cache-Control"]


def alive(token):
    return Client().get("/_apis/connectionData", HTTP_AUTHORIZATION=f"Bearer {token}").status_code == 200


@pytest.fixture
def code(alice_browser, legacy_app):
    return factories.approve(alice_browser, legacy_app)


@pytest.fixture
def tokens(legacy_app, code):
    return legacy_app.legacy_token(grant_type=GRANT, assertion=code).json()


# The authorization request


@pytest.mark.parametrize(
    ("given", "code"),
    [
        ({"client_id": None}, "clientIdRequired"),
        ({"client_id": "nobody"}, "invalidClientId"),
        ({"redirect_uri": None}, "redirectUriRequired"),
        ({"redirect_uri": "https://evil.example/"}, "invalidRedirectUri"),
        ({"redirect_uri": "http://payroll.example/callback"}, "invalidRedirectUri"),
    ],
)
def test_while_the_callback_is_in_doubt_the_error_stays_on_a_page(alice_browser, legacy_app, given, code):
    response = announces_its_end(alice_browser.get(legacy_app.legacy_request(**given)))
    assert response.status_code == 400 and "Location" not in response and code in response.content.decode()


@pytest.mark.parametrize(
    ("given", "code"),
    [
        ({"response_type": None}, "responseTypeRequired"),
        ({"response_type": "code"}, "responseTypeNotSupported"),
        ({"scope": None}, "scopeRequired"),
        ({"scope": "vso.nothing"}, "invalidScope"),
        ({"scope": "vso.code_full"}, "invalidScope"),
        ({"scope": "openid"}, "invalidScope"),
        ({"scope": 'vso.work "'}, "invalidScope"),
        ({"code_challenge": "x"}, "invalidRequest"),
        ({"code_challenge": "x" * 43, "code_challenge_method": "plain"}, "invalidRequest"),
    ],
)
def test_other_errors_go_to_the_callback(alice_browser, legacy_app, given, code):
    response = announces_its_end(alice_browser.get(legacy_app.legacy_request(**given)))
    assert response["Location"].startswith(factories.CALLBACK + "?")
    answer = factories.answer_of(response)
    assert answer["error"] == code and answer["state"] == "s1" and "code" not in answer


def test_a_standard_app_cannot_use_the_legacy_endpoint(alice_browser, payroll):
    response = alice_browser.get(payroll.legacy_request(scope="vso.profile"))
    assert response.status_code == 400 and "invalidClientId" in response.content.decode()


def test_cancel_is_access_denied(alice_browser, legacy_app):
    page = announces_its_end(alice_browser.get(legacy_app.legacy_request()))
    response = announces_its_end(factories.decide(alice_browser, page, "/oauth2/authorize", "cancel"))
    assert factories.answer_of(response)["error"] == "accessDenied" and not Authorization.objects.exists()


def test_the_way_to_sign_in_and_the_known_consent_announce_the_end_too(alice_browser, legacy_app, tokens):
    announces_its_end(Client().get(legacy_app.legacy_request()))
    again = announces_its_end(alice_browser.get(legacy_app.legacy_request()))
    assert factories.answer_of(again).keys() == {"code", "state"}


def test_parameters_seen_in_the_wild_do_no_harm(alice_browser, legacy_app):
    assert alice_browser.get(legacy_app.legacy_request(mkt="de-DE", response_type="assertion")).status_code == 200


def test_a_standard_token_request_at_the_authorization_endpoint_gets_a_clear_answer(legacy_app):
    form = {"grant_type": "authorization_code", "code": "x", "redirect_uri": factories.CALLBACK}
    response = announces_its_end(legacy_app.call("/oauth2/authorize", form))
    assert response.status_code == 400 and "/oauth2/token" in response.json()["error_description"]


# The token request


def test_an_answer_is_what_old_and_strict_clients_read(tokens):
    assert tokens["token_type"] == "bearer" and isinstance(tokens["expires_in"], int) and tokens["refresh_token"]
    claims = jwt.decode(tokens["access_token"], options={"verify_signature": False})
    assert {"nbf", "exp", "scp"} <= claims.keys() and claims["scp"] == tokens["scope"]


def test_historic_answers_are_a_flag_of_the_app(alice_browser):
    app = factories.app(model="legacy", historic_answers=True)
    answer = factories.connect(alice_browser, app)
    assert answer["token_type"] == "jwt-bearer" and answer["expires_in"].isdigit()


@pytest.mark.parametrize(
    ("form", "code"),
    [
        ({}, "grantTypeRequired"),
        ({"grant_type": "authorization_code", "assertion": "x"}, "grantTypeRequired"),
        ({"grant_type": GRANT, "assertion": "x", "client_assertion": ""}, "clientSecretRequired"),
        ({"grant_type": GRANT}, "authorizationGrantRequired"),
        ({"grant_type": GRANT, "assertion": "x", "redirect_uri": ""}, "redirectUriRequired"),
        ({"grant_type": GRANT, "assertion": "x", "client_assertion": "x.y"}, "invalidClientSecret"),
        ({"grant_type": GRANT, "assertion": "x", "client_assertion_type": "x"}, "invalidClientSecret"),
        ({"grant_type": GRANT, "assertion": "x"}, "invalidAuthorizationGrant"),
        ({"grant_type": "refresh_token", "assertion": "x"}, "invalidRefreshToken"),
        ({"grant_type": "refresh_token", "assertion": "x", "redirect_uri": "https://x.test/"}, "invalidRedirectUri"),
        ({"grant_type": GRANT, "assertion": "x\x00"}, "invalidRequest"),
    ],
    ids=str,
)
def test_each_wrong_token_request_has_its_old_code(legacy_app, form, code):
    refused(legacy_app.legacy_token(**form), code)


def test_a_code_with_another_callback_is_an_invalid_redirect_uri(legacy_app, code):
    refused(legacy_app.legacy_token(grant_type=GRANT, assertion=code, redirect_uri="https://x/"), "invalidRedirectUri")


def test_an_expired_code_has_its_own_name(legacy_app, code):
    AuthorizationCode.objects.update(expires_at=timezone.now())
    refused(legacy_app.legacy_token(grant_type=GRANT, assertion=code), "authorizationGrantExpired")


def test_a_code_used_twice_ends_what_it_issued(legacy_app, code, tokens):
    refused(legacy_app.legacy_token(grant_type=GRANT, assertion=code), "accessAlreadyIssued")
    assert not alive(tokens["access_token"])


def test_a_code_of_another_app_is_no_grant(code):
    other = factories.app(name="Other", model="legacy")
    refused(other.legacy_token(grant_type=GRANT, assertion=code), "invalidAuthorizationGrant")


def test_pkce_is_enforced_when_it_was_sent(alice_browser, legacy_app):
    asked = {"code_challenge": factories.s256(factories.VERIFIER), "code_challenge_method": "S256"}
    code = factories.approve(alice_browser, legacy_app, **asked)
    refused(legacy_app.legacy_token(grant_type=GRANT, assertion=code), "invalidAuthorizationGrant")
    wrong = legacy_app.legacy_token(grant_type=GRANT, assertion=code, code_verifier="w" * 50)
    refused(wrong, "invalidAuthorizationGrant")
    right = legacy_app.legacy_token(grant_type=GRANT, assertion=code, code_verifier=factories.VERIFIER)
    assert right.status_code == 200


def test_a_refresh_answers_with_a_new_refresh_token(legacy_app, tokens):
    response = announces_its_end(legacy_app.legacy_token(grant_type="refresh_token", assertion=tokens["refresh_token"]))
    assert response.json()["refresh_token"] != tokens["refresh_token"]


def test_a_refresh_token_replayed_late_ends_the_family(legacy_app, tokens):
    form = {"grant_type": "refresh_token", "assertion": tokens["refresh_token"]}
    fresh = legacy_app.legacy_token(**form).json()
    Connection.objects.update(rotated_at=F("rotated_at") - timedelta(minutes=5))
    refused(legacy_app.legacy_token(**form), "accessTokenAlreadyRefreshed")
    assert not alive(fresh["access_token"])


def test_after_a_revoke_the_authorization_is_not_found(legacy_app, tokens):
    Authorization.objects.update(revoked_at=timezone.now())
    response = legacy_app.legacy_token(grant_type="refresh_token", assertion=tokens["refresh_token"])
    refused(response, "authorizationNotFound")
    assert not alive(tokens["access_token"])


def test_a_disabled_app_is_an_invalid_client(legacy_app, tokens):
    services.disable(legacy_app.app, by=None, reason="abuse", now=timezone.now())
    refused(legacy_app.legacy_token(grant_type="refresh_token", assertion=tokens["refresh_token"]), "invalidClient")
    assert not alive(tokens["access_token"])


@pytest.mark.parametrize("times", [1, 2])
def test_a_secret_that_was_encoded_too_often_is_understood(alice_browser, legacy_app, times):
    secret = "".join(f"%{ord(c):02X}" for c in legacy_app.secret) if times == 1 else quote(legacy_app.secret, safe="")
    code = factories.approve(alice_browser, legacy_app)
    answer = legacy_app.legacy_token(grant_type=GRANT, assertion=code, client_assertion=secret)
    assert answer.status_code == 200


def test_a_secret_of_a_standard_app_is_not_known_here(payroll):
    refused(payroll.legacy_token(grant_type=GRANT, assertion="x"), "invalidClientSecret")


def test_an_ended_secret_ends_every_token_minted_with_it(legacy_app, tokens):
    _, fresh = services.create_secret(legacy_app.app, slot="primary", by=None, now=timezone.now())
    form = {"grant_type": "refresh_token", "assertion": tokens["refresh_token"]}
    refused(legacy_app.legacy_token(**form), "clientSecretExpired")
    assert not alive(tokens["access_token"])
    refused(legacy_app.legacy_token(**form, client_assertion=fresh), "clientSecretExpired")


def test_the_second_slot_leaves_the_tokens_of_the_first_alone(legacy_app, tokens):
    _, other = services.create_secret(legacy_app.app, slot="alternative", by=None, now=timezone.now())
    form = {"grant_type": "refresh_token", "assertion": tokens["refresh_token"]}
    assert legacy_app.legacy_token(**form, client_assertion=other).status_code == 200
    assert alive(tokens["access_token"])


def test_a_secret_that_ran_out_ends_its_tokens(legacy_app, tokens):
    legacy_app.app.secrets.update(expires_at=timezone.now())
    form = {"grant_type": "refresh_token", "assertion": tokens["refresh_token"]}
    refused(legacy_app.legacy_token(**form), "clientSecretExpired")
    assert not alive(tokens["access_token"])


@pytest.mark.parametrize("content_type", ["application/json", "text/plain", "", "multipart/form-data; boundary=x"])
def test_another_content_type_is_a_400(legacy_app, content_type):
    refused(legacy_app.http.post(TOKEN, b"{}", content_type=content_type), "invalidRequest")


def test_only_post_is_answered(legacy_app):
    refused(legacy_app.http.get(TOKEN), "invalidRequest", 405)


def test_a_doubled_parameter_is_refused(legacy_app):
    refused(legacy_app.http.post(TOKEN, "assertion=x&assertion=y", content_type=factories.FORM), "invalidRequest")


def test_a_standard_token_request_gets_a_clear_answer(legacy_app):
    form = {"grant_type": "authorization_code", "code": "x", "redirect_uri": factories.CALLBACK}
    response = legacy_app.post(TOKEN, form, **legacy_app.basic())
    refused(response, "grantTypeRequired")
    assert GRANT in response.json()["error_description"]


# Its end


@pytest.fixture
def over(settings):
    def end():
        settings.LEGACY_SUNSET = timezone.now() - timedelta(seconds=1)

    return end


def test_from_the_sunset_on_nobody_is_asked(alice_browser, legacy_app, over):
    over()
    response = announces_its_end(alice_browser.get(legacy_app.legacy_request()))
    assert response.status_code == 400 and "has ended" in response.content.decode()


def test_from_the_sunset_on_an_open_page_approves_nothing(alice_browser, legacy_app, over):
    page = alice_browser.get(legacy_app.legacy_request())
    over()
    assert factories.decide(alice_browser, page, "/oauth2/authorize").status_code == 400
    assert not Authorization.objects.exists()


def test_from_the_sunset_on_no_code_is_exchanged(legacy_app, code, over):
    over()
    refused(legacy_app.legacy_token(grant_type=GRANT, assertion=code), "invalidClient")
    assert not Connection.objects.exists()


def test_from_the_sunset_on_no_token_works(legacy_app, tokens, resource_server, over):
    assert resource_server.introspect(tokens["access_token"])["active"] is True
    over()
    assert not alive(tokens["access_token"])
    assert resource_server.introspect(tokens["access_token"]) == {"active": False}
    refused(legacy_app.legacy_token(grant_type="refresh_token", assertion=tokens["refresh_token"]), "invalidClient")


def test_the_sunset_leaves_standard_apps_alone(connected, over):
    over()
    assert alive(connected["access_token"])


# Its counters


def test_each_call_of_a_legacy_app_is_counted(legacy_app, tokens):
    legacy_app.legacy_token(grant_type="refresh_token", assertion="x")
    assert alive(tokens["access_token"])
    usage.flush()
    counts = dict(AppUsage.objects.filter(application=legacy_app.app).values_list("endpoint", "calls"))
    assert counts["token"] == 2 and counts["api"] == 1 and counts["authorize"] >= 1


def test_counters_add_up_and_a_second_flush_adds_nothing(legacy_app, tokens):
    usage.flush()
    alive(tokens["access_token"])
    alive(tokens["access_token"])
    usage.flush()
    usage.flush()
    assert AppUsage.objects.get(endpoint="api").calls == 2


def test_calls_of_standard_apps_are_counted_as_theirs(connected, payroll):
    alive(connected["access_token"])
    usage.flush()
    counts = dict(AppUsage.objects.filter(application=payroll.app).values_list("endpoint", "calls"))
    assert counts == {"token": 1, "api": 1}


# The tables


def test_each_refusal_of_ours_has_an_old_name():
    assert set(wire.REFUSALS) == {refusal.name for refusal in Refusal}
