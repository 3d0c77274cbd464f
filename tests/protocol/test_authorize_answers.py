"""Who is asked, when, and how the answer leaves."""

import re
import time
from urllib.parse import parse_qs, urlsplit

import pytest
from django.test import Client
from django.utils import timezone

from accounts.stepup import SESSION_KEY
from authorizations.models import Authorization, AuthorizationCode, Connection
from oauthapps import services
from tests import factories, people

AUTHORIZE = "/oauth2/v2.0/authorize"


def sent_to_sign_in(response):
    assert response.status_code == 302, response.status_code
    parts = urlsplit(response["Location"])
    assert not parts.netloc and not parts.path.startswith("/oauth2/"), response["Location"]
    return {k: v[0] for k, v in parse_qs(parts.query).items()}


def signs_in(browser):
    session = browser.session
    session[SESSION_KEY] = {"auth_time": int(time.time()), "at": int(time.time())}
    session.save()


@pytest.mark.spec("RFC 9207", "2")
def test_the_answer_names_its_issuer_and_repeats_the_state(alice_browser, payroll):
    page = alice_browser.get(payroll.request(state="a b&c=%é"))
    answer = factories.answer_of(factories.decide(alice_browser, page, AUTHORIZE))
    assert answer.keys() == {"code", "state", "iss"}
    assert answer["iss"] == "http://localhost:8000" and answer["state"] == "a b&c=%é"


def test_nobody_signed_in_is_sent_to_sign_in_and_back(db, payroll):
    back = sent_to_sign_in(Client().get(payroll.request()))["next"]
    assert back.startswith(AUTHORIZE + "?") and payroll.client_id in back


@pytest.mark.spec("OIDC Core", "3.1.2.6")
def test_prompt_none_without_a_session_is_login_required(db, payroll):
    assert factories.answer_of(Client().get(payroll.request(prompt="none")))["error"] == "login_required"


@pytest.mark.spec("OIDC Core", "3.1.2.6")
def test_prompt_none_without_consent_is_consent_required(alice_browser, payroll):
    assert factories.answer_of(alice_browser.get(payroll.request(prompt="none")))["error"] == "consent_required"


def test_prompt_none_with_consent_answers_at_once(alice_browser, payroll, connected):
    assert "code" in factories.answer_of(alice_browser.get(payroll.request(prompt="none")))


def test_prompt_none_with_too_old_a_sign_in_is_login_required(alice, payroll):
    browser = people.browser(alice, auth_time=int(time.time()) - 900)
    answer = factories.answer_of(browser.get(payroll.request(prompt="none", max_age="60")))
    assert answer["error"] == "login_required"


def test_prompt_consent_asks_again(alice_browser, payroll, connected):
    page = alice_browser.get(payroll.request(prompt="consent"))
    assert page.status_code == 200
    assert "code" in factories.answer_of(factories.decide(alice_browser, page, AUTHORIZE))
    assert Authorization.objects.count() == 1


@pytest.mark.parametrize(("prompt", "reason"), [("login", "reauthenticate"), ("select_account", "switch")])
def test_a_prompt_sends_to_sign_in_once(alice_browser, payroll, connected, prompt, reason):
    asked = sent_to_sign_in(alice_browser.get(payroll.request(prompt=prompt)))
    assert asked["reason"] == reason
    # Coming back without having signed in changes nothing.
    session = alice_browser.session
    session[SESSION_KEY] = {"auth_time": 1000, "at": 1000}
    session.save()
    sent_to_sign_in(alice_browser.get(asked["next"]))
    signs_in(alice_browser)
    assert "code" in factories.answer_of(alice_browser.get(asked["next"]))


def test_the_mark_of_one_request_does_not_help_another(alice_browser, payroll, connected):
    mark = sent_to_sign_in(alice_browser.get(payroll.request(prompt="login")))["next"]
    signs_in(alice_browser)
    sent_to_sign_in(alice_browser.get(mark.replace("state=s1", "state=s2")))


def test_max_age_accepts_a_recent_sign_in_and_refuses_an_old_one(alice, payroll):
    recent = people.browser(alice, auth_time=int(time.time()) - 30)
    assert recent.get(payroll.request(max_age="60")).status_code == 200
    assert sent_to_sign_in(recent.get(payroll.request(max_age="10")))["reason"] == "reauthenticate"
    assert sent_to_sign_in(recent.get(payroll.request(max_age="0")))["reason"] == "reauthenticate"


def test_a_login_hint_is_handed_on(db, payroll):
    assert sent_to_sign_in(Client().get(payroll.request(login_hint="a@b.test")))["login_hint"] == "a@b.test"


@pytest.mark.spec("OAuth 2.0 Form Post Response Mode", "2")
def test_form_post_answers_with_a_form_to_the_callback(alice_browser, payroll):
    page = alice_browser.get(payroll.request(response_mode="form_post"))
    done = factories.decide(alice_browser, page, AUTHORIZE)
    text = done.content.decode()
    assert done.status_code == 200 and f'action="{factories.CALLBACK}"' in text
    fields = dict(re.findall(r'name="(\w+)" value="([^"]*)"', text))
    assert fields["state"] == "s1" and fields["iss"] == "http://localhost:8000"
    assert payroll.exchange(fields["code"]).status_code == 200


def test_form_post_escapes_what_the_service_sent(alice_browser, payroll):
    page = alice_browser.get(payroll.request(response_mode="form_post", state='"><script>x</script>'))
    assert "<script>x" not in factories.decide(alice_browser, page, AUTHORIZE, "cancel").content.decode()


def test_form_post_tells_errors_the_same_way(alice_browser, payroll):
    response = alice_browser.get(payroll.request(response_mode="form_post", scope="nothing"))
    assert response.status_code == 200 and "invalid_scope" in response.content.decode()


def test_the_query_of_a_callback_is_kept(alice_browser):
    app = factories.app(redirect_uris=["https://payroll.example/cb?tenant=7"])
    page = alice_browser.get(app.request(redirect_uri="https://payroll.example/cb?tenant=7"))
    answer = factories.answer_of(factories.decide(alice_browser, page, AUTHORIZE))
    assert answer["tenant"] == "7" and answer["code"]


def test_cancel_is_access_denied_and_leaves_nothing(alice_browser, payroll):
    page = alice_browser.get(payroll.request())
    answer = factories.answer_of(factories.decide(alice_browser, page, AUTHORIZE, "cancel"))
    assert answer["error"] == "access_denied" and answer["iss"]
    assert not Authorization.objects.exists() and not AuthorizationCode.objects.exists()


def test_a_double_click_on_accept_makes_one_live_code(alice_browser, payroll):
    page = alice_browser.get(payroll.request())
    first = factories.answer_of(factories.decide(alice_browser, page, AUTHORIZE))["code"]
    second = factories.answer_of(factories.decide(alice_browser, page, AUTHORIZE))["code"]
    assert AuthorizationCode.objects.count() == 1 and Authorization.objects.count() == 1
    assert payroll.exchange(first).json()["error"] == "invalid_grant"
    assert payroll.exchange(second).status_code == 200


def test_an_approval_page_whose_code_was_used_is_over(alice_browser, payroll):
    page = alice_browser.get(payroll.request())
    payroll.exchange(factories.answer_of(factories.decide(alice_browser, page, AUTHORIZE))["code"])
    again = factories.decide(alice_browser, page, AUTHORIZE)
    assert again.status_code == 400 and "Location" not in again
    assert Connection.objects.count() == 1


def test_two_tabs_share_one_authorization(alice_browser, payroll):
    tabs = [alice_browser.get(payroll.request()) for _ in range(2)]
    codes = [factories.answer_of(factories.decide(alice_browser, tab, AUTHORIZE))["code"] for tab in tabs]
    assert [payroll.exchange(code).status_code for code in codes] == [200, 200]
    assert Authorization.objects.count() == 1 and Connection.objects.count() == 2


def test_a_session_that_ended_in_the_middle_gives_no_code(alice_browser, payroll):
    page = alice_browser.get(payroll.request())
    alice_browser.logout()
    response = factories.decide(alice_browser, page, AUTHORIZE)
    assert response.status_code == 400 and "Location" not in response
    assert not Authorization.objects.exists()


def test_a_ticket_of_another_person_is_worthless(alice_browser, charlie_browser, payroll):
    page = alice_browser.get(payroll.request())
    assert factories.decide(charlie_browser, page, AUTHORIZE).status_code == 400
    assert not Authorization.objects.exists()


def test_a_ticket_of_another_session_of_the_same_person_is_worthless(alice, alice_browser, payroll):
    page = alice_browser.get(payroll.request())
    assert factories.decide(people.browser(alice), page, AUTHORIZE).status_code == 400


@pytest.mark.parametrize("ticket", ["", "x", "a:b:c", "\x00", "é" * 50, "x" * 20000])
def test_a_made_up_ticket_is_worthless(alice_browser, payroll, ticket):
    response = alice_browser.post(f"{AUTHORIZE}/decision", {"ticket": ticket, "decision": "accept"})
    assert response.status_code == 400 and not Authorization.objects.exists()


def test_a_standard_ticket_is_worthless_at_the_legacy_endpoint(alice_browser, payroll):
    page = alice_browser.get(payroll.request())
    assert factories.decide(alice_browser, page, "/oauth2/authorize").status_code == 400


def test_a_ticket_ends_with_its_lifetime(alice_browser, payroll, settings):
    page = alice_browser.get(payroll.request())
    settings.CONSENT_TICKET_LIFETIME = settings.CONSENT_TICKET_LIFETIME * 0
    assert factories.decide(alice_browser, page, AUTHORIZE).status_code == 400


def test_an_app_disabled_while_the_page_was_open_gets_nothing(alice_browser, payroll):
    page = alice_browser.get(payroll.request())
    services.disable(payroll.app, by=None, reason="abuse", now=timezone.now())
    response = factories.decide(alice_browser, page, AUTHORIZE)
    assert response.status_code == 400 and not Authorization.objects.exists()


def test_an_app_that_lost_a_scope_while_the_page_was_open_is_told_so(alice_browser, payroll):
    page = alice_browser.get(payroll.request())
    payroll.app.scopes = ["openid"]
    payroll.app.save()
    answer = factories.answer_of(factories.decide(alice_browser, page, AUTHORIZE))
    assert answer["error"] == "invalid_scope" and answer["state"] == "s1" and answer["iss"]
    assert not Authorization.objects.exists()


def test_a_person_deactivated_while_the_page_was_open_approves_nothing(alice, alice_browser, payroll):
    page = alice_browser.get(payroll.request())
    alice.is_active = False
    alice.save()
    assert factories.decide(alice_browser, page, AUTHORIZE).status_code == 400
    assert not Authorization.objects.exists()


def test_a_deactivated_person_is_sent_to_sign_in(alice, alice_browser, payroll):
    alice.is_active = False
    alice.save()
    sent_to_sign_in(alice_browser.get(payroll.request()))


def test_a_person_with_no_organization_can_approve_and_reaches_none(alice_browser, payroll):
    page = alice_browser.get(payroll.request())
    assert page.status_code == 200
    tokens = payroll.exchange(factories.answer_of(factories.decide(alice_browser, page, AUTHORIZE))["code"]).json()
    bearer = {"HTTP_AUTHORIZATION": f"Bearer {tokens['access_token']}"}
    assert Client().get("/_apis/accounts?api-version=7.1", **bearer).json() == {"count": 0, "value": []}
    assert Client().get("/contoso/_apis/projects?api-version=7.1", **bearer).status_code == 403


@pytest.mark.spec("OAuth 2.1", "7.8")
def test_the_approval_page_cannot_be_framed(alice_browser, payroll):
    page = alice_browser.get(payroll.request())
    assert page["X-Frame-Options"] == "DENY" and "frame-ancestors 'none'" in page["Content-Security-Policy"]
    assert "no-store" in page["Cache-Control"]


def test_the_decision_needs_the_forgery_token(alice, payroll):
    browser = Client(enforce_csrf_checks=True)
    browser.force_login(alice, backend="accounts.backends.ActivePersonBackend")
    page = browser.get(payroll.request())
    assert factories.decide(browser, page, AUTHORIZE).status_code == 403


def test_unticked_optional_permissions_are_not_granted(alice_browser):
    app = factories.app(scopes=["vso.profile"], optional_scopes=["vso.project"])
    page = alice_browser.get(app.request())
    code = factories.answer_of(factories.decide(alice_browser, page, AUTHORIZE))["code"]
    assert app.exchange(code).json()["scope"] == "vso.profile"
    # And a scope that was never asked for cannot be ticked in.
    page = alice_browser.get(app.request(prompt="consent"))
    code = factories.answer_of(factories.decide(alice_browser, page, AUTHORIZE, scope=["vso.code_full"]))["code"]
    assert app.exchange(code).json()["scope"] == "vso.profile"
