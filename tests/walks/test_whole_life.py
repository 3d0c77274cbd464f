"""Approve, use, see, revoke, refused: for both models."""

import pytest

from authorizations.models import Authorization
from tests import factories


def api(token: str, path: str, http):
    return http.get(path, HTTP_AUTHORIZATION=f"Bearer {token}")


def test_alice_connects_payroll_uses_it_and_stops_it(alice, alice_browser, payroll, resource_server):
    factories.organization("contoso", alice)
    tokens = factories.connect(alice_browser, payroll)
    access = tokens["access_token"]
    assert tokens["token_type"] == "Bearer" and 0 < tokens["expires_in"] <= 3600 and "id_token" in tokens
    assert api(access, "/_apis/connectionData", payroll.http).json()["authenticatedUser"]["id"] == str(alice.pk)
    projects = api(access, "/Contoso/_apis/projects?api-version=7.1", payroll.http)
    assert [p["name"] for p in projects.json()["value"]] == ["Alpha"]
    assert resource_server.introspect(access)["active"] is True
    refreshed = payroll.refresh(tokens["refresh_token"]).json()
    authorization = Authorization.objects.get()
    listed = alice_browser.get("/_usersSettings/authorizations")
    assert f'data-authorization="{authorization.pk}"' in listed.content.decode()
    done = alice_browser.post(f"/_usersSettings/authorizations/{authorization.pk}/revoke", follow=True)
    assert done.status_code == 200
    for token in (access, refreshed["access_token"]):
        refused = api(token, "/_apis/connectionData", payroll.http)
        assert refused.status_code == 401 and "invalid_token" in refused["WWW-Authenticate"]
        assert resource_server.introspect(token) == {"active": False}
    assert payroll.refresh(refreshed["refresh_token"]).json()["error"] == "invalid_grant"


def test_alice_connects_the_legacy_app_and_stops_it(alice_browser, legacy_app):
    tokens = factories.connect(alice_browser, legacy_app)
    assert tokens["token_type"] == "bearer" and isinstance(tokens["expires_in"], int)
    assert api(tokens["access_token"], "/_apis/profile/profiles/me?api-version=7.1", legacy_app.http).status_code == 200
    refreshed = legacy_app.legacy_token(grant_type="refresh_token", assertion=tokens["refresh_token"]).json()
    assert refreshed["refresh_token"] != tokens["refresh_token"]
    authorization = Authorization.objects.get()
    alice_browser.post(f"/_usersSettings/authorizations/{authorization.pk}/revoke")
    assert api(refreshed["access_token"], "/_apis/connectionData", legacy_app.http).status_code == 401
    refused = legacy_app.legacy_token(grant_type="refresh_token", assertion=refreshed["refresh_token"])
    assert refused.status_code == 400 and refused.json()["Error"] == "authorizationNotFound"
    assert refused["Sunset"] and refused["Deprecation"].startswith("@")


@pytest.mark.parametrize("decision", ["cancel", "", "ACCEPT"])
def test_anything_but_accept_is_a_no(alice_browser, payroll, decision):
    page = alice_browser.get(payroll.request())
    answer = factories.answer_of(factories.decide(alice_browser, page, "/oauth2/v2.0/authorize", decision))
    assert answer["error"] == "access_denied" and answer["state"] == "s1" and "iss" in answer
    assert not Authorization.objects.exists()
