"""What the authorization endpoint refuses, and where it tells so: on a page while the callback is in doubt."""

import re

import pytest
from django.test import Client
from django.utils import timezone

from authorizations.models import Authorization, AuthorizationCode
from oauthapps import services
from tests import factories, whys

AUTHORIZE = "/oauth2/v2.0/authorize"


def refused_on_a_page(response):
    assert response.status_code == 400, (response.status_code, response.content[:300])
    assert "Location" not in response
    assert "text/html" in response["Content-Type"]
    assert not AuthorizationCode.objects.exists()
    text = response.content.decode()
    whys.page(Client(), re.findall(r'id="why" href="([^"]+)"', text)[0])
    return text


def refused_on_the_callback(response):
    assert response["Location"].startswith(factories.CALLBACK + "?")
    answer = factories.answer_of(response)
    assert "code" not in answer and not AuthorizationCode.objects.exists()
    assert answer["iss"] == "http://localhost:8000" and answer["state"] == "s1"
    assert whys.role(Client(), answer["error_uri"]) == ""
    return answer


@pytest.mark.spec("RFC 6749", "4.1.2.1")
@pytest.mark.parametrize("client_id", [None, "", "nobody", "x" * 5000])
def test_an_unknown_client_is_told_on_a_page(alice_browser, payroll, client_id):
    refused_on_a_page(alice_browser.get(payroll.request(client_id=client_id)))


@pytest.mark.spec("RFC 9700", "2.1")
@pytest.mark.parametrize(
    "redirect_uri",
    [
        None,
        "",
        "https://evil.example/callback",
        factories.CALLBACK + "/",
        factories.CALLBACK + "?x=1",
        factories.CALLBACK + "#x",
        factories.CALLBACK.upper(),
        "https://payroll.example@evil.example/callback",
        "https://payroll.example.evil.example/callback",
        "//payroll.example/callback",
        "javascript:alert(1)",
        "https://payroll.example/callback/../other",
        "http://payroll.example/callback",
        "https://payroll.example:443/callback",
        "https://[",
    ],
)
def test_a_callback_in_doubt_never_redirects(alice_browser, payroll, redirect_uri):
    refused_on_a_page(alice_browser.get(payroll.request(redirect_uri=redirect_uri)))


@pytest.mark.parametrize(
    ("given", "error"),
    [
        ({"response_type": None}, "invalid_request"),
        ({"response_type": "token"}, "unsupported_response_type"),
        ({"response_type": "code id_token"}, "unsupported_response_type"),
        ({"response_mode": "fragment"}, "invalid_request"),
        ({"scope": None}, "invalid_scope"),
        ({"scope": "vso.nothing"}, "invalid_scope"),
        ({"scope": "vso.code_full"}, "invalid_scope"),
        ({"scope": 'vso.profile "'}, "invalid_scope"),
        ({"scope": "vso.profilé"}, "invalid_scope"),
        ({"code_challenge": None}, "invalid_request"),
        ({"code_challenge_method": None}, "invalid_request"),
        ({"code_challenge_method": "plain"}, "invalid_request"),
        ({"code_challenge_method": "s256"}, "invalid_request"),
        ({"code_challenge": "x" * 42}, "invalid_request"),
        ({"code_challenge": "x" * 44}, "invalid_request"),
        ({"code_challenge": "x" * 43 + "\n"}, "invalid_request"),
        ({"code_challenge": "x" * 4000}, "invalid_request"),
        ({"code_challenge": "é" * 43}, "invalid_request"),
        ({"nonce": "n" * 256}, "invalid_request"),
        ({"login_hint": "n" * 321}, "invalid_request"),
        ({"prompt": "sudo"}, "invalid_request"),
        ({"prompt": "none login"}, "invalid_request"),
        ({"max_age": "-1"}, "invalid_request"),
        ({"max_age": "٣"}, "invalid_request"),
        ({"max_age": "9" * 30}, "invalid_request"),
        ({"request": "x.y.z"}, "request_not_supported"),
        ({"request_uri": "https://evil.example"}, "request_uri_not_supported"),
        ({"registration": "{}"}, "registration_not_supported"),
    ],
    ids=lambda v: str(v)[:50],
)
def test_a_wrong_parameter_is_told_on_the_callback(alice_browser, payroll, given, error):
    assert refused_on_the_callback(alice_browser.get(payroll.request(**given)))["error"] == error


def test_a_state_that_is_too_long_is_refused(alice_browser, payroll):
    answer = factories.answer_of(alice_browser.get(payroll.request(state="s" * 4097)))
    assert answer["error"] == "invalid_request" and not AuthorizationCode.objects.exists()


@pytest.mark.spec("RFC 6749", "3.1")
@pytest.mark.parametrize("tail", ["&state=again", "&client_id=x", "&x=%00", "&x=%zz", "&x=%ff", "&x=" + "y" * 9000])
def test_unreadable_parameters_are_told_on_a_page(alice_browser, payroll, tail):
    refused_on_a_page(alice_browser.get(payroll.request() + tail))


def test_more_parameters_than_anybody_sends_are_refused(alice_browser, payroll):
    refused_on_a_page(alice_browser.get(payroll.request() + "".join(f"&p{n}=1" for n in range(80))))


def test_a_disabled_app_is_told_on_a_page(alice_browser, payroll):
    services.disable(payroll.app, by=None, reason="abuse", now=timezone.now())
    assert "switched off" in refused_on_a_page(alice_browser.get(payroll.request()))


def test_a_legacy_app_cannot_use_the_standard_endpoint(alice_browser, legacy_app):
    refused_on_a_page(alice_browser.get(legacy_app.request(scope="vso.profile")))


@pytest.mark.spec("OIDC Core", "3.1.2.1")
def test_a_request_by_post_becomes_one_by_get(alice_browser, payroll):
    query = payroll.request().partition("?")[2]
    response = alice_browser.post(AUTHORIZE, query, content_type=factories.FORM)
    assert response.status_code == 303 and response["Location"].startswith(AUTHORIZE + "?")
    assert alice_browser.get(response["Location"]).status_code == 200


@pytest.mark.parametrize("content_type", ["application/json", "text/plain", "multipart/form-data; boundary=x"])
def test_a_request_by_post_must_be_a_form(alice_browser, payroll, content_type):
    refused_on_a_page(alice_browser.post(AUTHORIZE, "{}", content_type=content_type))


def test_a_token_request_sent_here_gets_a_clear_answer(payroll):
    response = payroll.call(AUTHORIZE, {"grant_type": "authorization_code", "code": "x"})
    assert response.status_code == 400 and "/oauth2/" in response.json()["error_description"]


@pytest.mark.parametrize("method", ["put", "delete", "patch"])
def test_other_methods_change_nothing(alice_browser, payroll, method):
    assert getattr(alice_browser, method)(payroll.request()).status_code < 500
    assert not Authorization.objects.exists()
