"""Sign-in with the directory: who gets in, who does not, and who they are."""

import time
from urllib.parse import parse_qs, urlsplit

import pytest
import requests
from django.test import Client

from accounts import services
from accounts.models import PERSONAL_TENANT, User
from accounts.stepup import SESSION_KEY
from authorizations.events.models import Event
from tests import people


def asked(response):
    return {k: v[0] for k, v in parse_qs(urlsplit(response["Location"]).query).items()}


def test_alice_signs_in_with_her_work_account_and_comes_back_to_where_she_was(directory):
    browser = Client()
    response = directory.sign_in(browser, "alice@contoso.example", next_url="/_usersSettings/profile")
    assert response.status_code == 302 and response["Location"] == "/_usersSettings/profile"
    alice = User.objects.get()
    assert (alice.display_name, alice.kind_label) == ("Alice Andersen", "Work account")
    assert str(alice.tenant_id) == "11111111-aaaa-4aaa-8aaa-111111111111"
    assert "Alice Andersen" in browser.get("/_usersSettings/profile").content.decode()
    assert Event.objects.filter(name="person.signed_in", person_id=str(alice.pk)).exists()


def test_a_second_sign_in_is_the_same_person(directory):
    directory.sign_in(Client(), "alice@contoso.example")
    directory.sign_in(Client(), "alice@contoso.example")
    assert User.objects.count() == 1


def test_the_same_address_in_another_account_is_another_person(directory):
    """nOAuth: Frank's directory says that his e-mail is Alice's. It links nothing."""
    directory.sign_in(Client(), "alice@contoso.example")
    directory.sign_in(Client(), "frank@outlook.example", kind="microsoft")
    alice, frank = (
        User.objects.get(principal_name__startswith="alice"),
        User.objects.get(principal_name__startswith="frank"),
    )
    assert alice.email == frank.email and alice.pk != frank.pk and frank.tenant_id == PERSONAL_TENANT


def test_the_request_to_the_directory_carries_pkce_nonce_and_our_own_callback(directory):
    response = Client().post(
        "/signin/start?scope=Mail.Read&auth_params=redirect_uri%3Dhttps%3A%2F%2Fevil.example",
        {"kind": "work", "next": "/"},
        HTTP_HOST="localhost",
    )
    params = asked(response)
    assert params["code_challenge_method"] == "S256" and len(params["nonce"]) >= 32
    assert params["redirect_uri"] == "http://localhost:8000/accounts/microsoft/login/callback/"
    assert sorted(params["scope"].split()) == ["email", "openid", "profile"]
    assert params["domain_hint"] == "organizations"


@pytest.mark.parametrize(
    "hostile",
    [
        {"nonce": "another"},
        {"aud": "another"},
        {"iss": "https://login.example/11111111-aaaa-4aaa-8aaa-111111111111/v2.0"},
        {"exp": 1_600_000_000},
        {"tid": "22222222-bbbb-4bbb-8bbb-222222222222"},
        {"oid": "not-an-identifier"},
        {"omit": ["tid"]},
        {"omit": ["oid"]},
        {"omit": ["nonce"]},
        {"sign_with": "other_key"},
    ],
    ids=lambda h: "-".join(f"{k}={v}" for k, v in h.items())[:40],
)
def test_a_forged_id_token_signs_nobody_in(directory, hostile):
    directory.override(**hostile)
    browser = Client()
    response = directory.sign_in(browser, "alice@contoso.example")
    assert response.status_code == 401 and b'id="error-code"' in response.content
    assert not User.objects.exists() and SESSION_KEY not in browser.session


def test_only_allowed_tenants_sign_in(directory, settings):
    settings.ENTRA_ALLOWED_TENANTS = ["22222222-bbbb-4bbb-8bbb-222222222222"]
    response = directory.sign_in(Client(), "alice@contoso.example")
    assert response.status_code == 403 and b"tenant_not_allowed" in response.content
    assert directory.sign_in(Client(), "charlie@fabrikam.example").status_code == 302


@pytest.mark.parametrize("upn", ["cancel", "ivy@fabrikam.example"])
def test_cancelling_or_being_refused_by_the_directory_ends_on_a_page_that_explains(directory, upn):
    response = directory.sign_in(Client(), upn)
    assert response.status_code == 401 and b"cancelled" in response.content and not User.objects.exists()


def test_a_code_of_another_browser_session_is_refused(directory):
    start = Client().post("/signin/start", {"kind": "work", "next": "/"})
    back = urlsplit(directory.pick(start["Location"], "alice@contoso.example"))
    response = Client().get(f"{back.path}?{back.query}")
    assert response.status_code == 401 and not User.objects.exists()


def test_a_deactivated_person_cannot_sign_in(directory):
    directory.sign_in(Client(), "alice@contoso.example")
    services.deactivate(User.objects.get(), by=None, reason="left", now=User.objects.get().created_at)
    response = directory.sign_in(Client(), "alice@contoso.example")
    assert response.status_code == 403 and b"person_deactivated" in response.content


@pytest.mark.parametrize(
    "address", ["https://evil.example/", "//evil.example", "/\\evil.example", "javascript:alert(1)", "/\x00"]
)
def test_the_way_back_never_leaves_the_portal(directory, address):
    response = directory.sign_in(Client(), "alice@contoso.example", next_url=address)
    assert response["Location"] == "/"


def test_step_up_sends_the_person_to_sign_in_anew_and_knows_when_they_did(directory):
    browser = Client()
    directory.sign_in(browser, "alice@contoso.example")
    session = browser.session
    session[SESSION_KEY] = {"auth_time": int(time.time()) - 7200, "at": int(time.time()) - 7200}
    session.save()
    refused = browser.post("/app/some-app/secrets/primary")
    assert refused.status_code == 302 and "reason=reauthenticate" in refused["Location"]
    start = browser.post("/signin/start", {"kind": "work", "next": "/", "reason": "reauthenticate"})
    assert asked(start)["prompt"] == "login" and asked(start)["max_age"] == "0"
    directory.sign_in(browser, "alice@contoso.example", reason="reauthenticate")
    assert time.time() - browser.session[SESSION_KEY]["auth_time"] < 30
    assert browser.post("/app/some-app/secrets/primary").status_code == 404


def test_switching_the_account_leaves_nothing_of_the_first_person(directory):
    browser = Client()
    directory.sign_in(browser, "alice@contoso.example")
    response = browser.post("/switch-account", {"next": "/_usersSettings/profile"})
    assert "reason=switch" in response["Location"] and "_auth_user_id" not in browser.session
    directory.sign_in(browser, "charlie@fabrikam.example", reason="switch")
    page = browser.get("/_usersSettings/profile").content.decode()
    assert "Charlie Costa" in page and "Alice" not in page


def test_signing_out_ends_the_session_and_needs_a_post(directory):
    browser = Client()
    directory.sign_in(browser, "alice@contoso.example")
    assert browser.get("/signout").status_code == 405
    assert browser.post("/signout").status_code == 200
    assert "/signin?" in browser.get("/_usersSettings/profile")["Location"]


def test_a_session_ends_when_its_person_is_deactivated(alice, alice_browser):
    services.deactivate(alice, by=None, reason="left", now=alice.created_at)
    assert "/signin?" in alice_browser.get("/_usersSettings/authorizations")["Location"]


def test_strangers_and_personal_accounts_do_not_reach_the_admin(alice, alice_browser, db):
    assert Client().get("/admin/")["Location"].startswith("/admin/login/")
    assert alice_browser.get("/admin/login/").status_code == 403
    erin = people.operations_browser("erin")
    assert erin.get("/admin/").status_code == 302 and erin.get("/admin/login/").status_code == 403


def test_olivia_reaches_every_admin_page_after_a_recent_sign_in(db, connected):
    browser = people.operations_browser("olivia")
    for page in ("", "accounts/user/", "oauthapps/application/", "authorizations/authorization/", "events/event/"):
        assert browser.get(f"/admin/{page}").status_code == 200, page
    old = people.operations_browser("olivia", auth_time=int(time.time()) - 3600)
    assert old.get("/admin/").status_code == 302


def test_the_directory_answers_discovery_with_the_templated_issuer(directory):
    document = requests.get(f"{directory.base}/common/v2.0/.well-known/openid-configuration").json()
    assert document["issuer"] == f"{directory.base}/{{tenantid}}/v2.0"


@pytest.mark.parametrize(
    ("referrer", "back"),
    [
        ("http://testserver/app/x/secrets?a=1", "%2Fapp%2Fx%2Fsecrets%3Fa%3D1"),
        ("https://evil.example/app/x", "%2F"),
        ("", "%2F"),
        ("http://testserver", "%2F"),
        ("http://[", "%2F"),
    ],
)
def test_a_form_that_needs_a_fresh_sign_in_returns_to_its_own_page(dana, referrer, back):
    from tests import people

    old = people.browser(dana, auth_time=1)
    answer = old.post("/app/x/secrets/primary", HTTP_REFERER=referrer)
    assert f"next={back}&" in answer["Location"]
