"""Userinfo and the API: what a bearer must be, and what it reaches."""

import base64
import time
import uuid
from dataclasses import replace
from urllib.parse import parse_qs, urlsplit

import jwt
import pytest
from cryptography.hazmat.primitives.asymmetric import ec
from django.test import Client
from django.utils import timezone

from authorizations import explaining
from authorizations.models import Authorization, Connection
from oauthapps import services
from tests import factories, whys

USERINFO = "/oauth2/v2.0/userinfo"
ISSUER = "http://localhost:8000"


def get(path, token):
    return Client().get(path, HTTP_AUTHORIZATION=f"Bearer {token}")


@pytest.mark.spec("RFC 6750", "3")
@pytest.mark.parametrize(
    ("path", "others"), [(USERINFO, ""), ("/_apis/connectionData", ', Basic realm="Gatehouse", charset="UTF-8"')]
)
def test_without_a_token_the_challenge_names_no_error(db, path, others):
    response = Client().get(path)
    assert response.status_code == 401 and response["WWW-Authenticate"] == 'Bearer realm="Gatehouse"' + others


@pytest.mark.spec("RFC 6750", "3.1")
def test_a_token_in_the_address_is_not_read(connected):
    assert Client().get(f"{USERINFO}?access_token={connected['access_token']}").status_code == 401


def foreign(**changes):
    key, now = ec.generate_private_key(ec.SECP256R1()), int(time.time())
    claims = {"iss": ISSUER, "aud": ISSUER, "sub": "x", "client_id": "x", "jti": str(uuid.uuid4())}
    claims |= {"iat": now, "exp": now + 600, "scope": "openid", "cid": str(uuid.uuid4())}
    return jwt.encode(claims, key, algorithm="ES256", headers={"typ": "at+jwt"} | changes)


def test_a_foreign_signature_is_refused_even_under_our_key_id(connected):
    ours = jwt.get_unverified_header(connected["access_token"])["kid"]
    for token in (foreign(), foreign(kid="x"), foreign(kid=ours)):
        response = get(USERINFO, token)
        assert response.status_code == 401 and 'error="invalid_token"' in response["WWW-Authenticate"]


@pytest.mark.spec("RFC 9068", "4")
@pytest.mark.parametrize("algorithm", ["RS256", "ES256"])
def test_an_id_token_is_no_access_token(alice_browser, algorithm):
    app = factories.app(id_token_algorithm=algorithm)
    token = factories.connect(alice_browser, app)["id_token"]
    for path in (USERINFO, "/_apis/connectionData"):
        assert get(path, token).status_code == 401
    assert app.introspect(token) == {"active": False}


def test_a_refresh_token_or_a_secret_is_no_access_token(payroll, connected):
    for value in (connected["refresh_token"], payroll.secret):
        assert get(USERINFO, value).status_code == 401


@pytest.mark.spec("OIDC Core", "5.3")
def test_userinfo_tells_what_was_granted_and_the_same_subject(alice, alice_browser, payroll, connected):
    claims = get(USERINFO, connected["access_token"]).json()
    assert claims["sub"] == str(alice.pk) and claims["name"] == "Alice" and claims["email_verified"] is False
    less = factories.connect(alice_browser, payroll, scope="openid")["access_token"]
    assert get(USERINFO, less).json() == {"sub": str(alice.pk)}


def test_userinfo_needs_openid(alice_browser, payroll):
    token = factories.connect(alice_browser, payroll, scope="vso.profile")["access_token"]
    response = get(USERINFO, token)
    assert response.status_code == 403 and 'error="insufficient_scope"' in response["WWW-Authenticate"]


def test_userinfo_answers_post_too(connected):
    response = Client().post(USERINFO, HTTP_AUTHORIZATION=f"Bearer {connected['access_token']}")
    assert response.status_code == 200


def test_the_token_of_a_client_is_no_person(payroll):
    token = payroll.token(grant_type="client_credentials").json()["access_token"]
    for path in (USERINFO, "/_apis/connectionData"):
        assert get(path, token).status_code in {401, 403}


def test_a_token_is_dead_from_its_last_second_on(connected, monkeypatch):
    ends = jwt.decode(connected["access_token"], options={"verify_signature": False})["exp"]
    from datetime import UTC, datetime, timedelta

    at = datetime.fromtimestamp(ends, UTC)
    for now, status in ((at - timedelta(seconds=1), 200), (at, 401)):
        monkeypatch.setattr("authorizations.protocol.userinfo.timezone.now", lambda now=now: now)
        assert get(USERINFO, connected["access_token"]).status_code == status


def test_a_dropped_permission_leaves_the_token_at_once(alice, connected):
    factories.organization("contoso", alice)
    assert get("/contoso/_apis/projects?api-version=7.1", connected["access_token"]).status_code == 200
    Authorization.objects.update(scopes=["openid", "vso.profile"])
    refused = get("/contoso/_apis/projects?api-version=7.1", connected["access_token"])
    assert refused.status_code == 403 and refused.json()["typeKey"] == "UnauthorizedRequestException"


def without_the_name(response, sent):
    """The whole answer; the address in it says the name that the caller sent, and no more."""
    address = whys.rest(response)
    about = explaining.read(parse_qs(urlsplit(address).query)["about"][0], whys.code_of(address))
    assert about.place == sent
    return response.json() | {"helpLink": replace(about, place=""), "message": response.json()["message"].split("?")[0]}


def test_a_token_reaches_the_organizations_of_its_person_and_no_other(alice, charlie, connected):
    factories.organization("contoso", alice)
    factories.organization("fabrikam", charlie)
    bearer = connected["access_token"]
    assert [a["accountName"] for a in get("/_apis/accounts?api-version=7.1", bearer).json()["value"]] == ["contoso"]
    foreign_one, none = (get(f"/{o}/_apis/projects?api-version=7.1", bearer) for o in ("fabrikam", "nowhere"))
    assert foreign_one.status_code == none.status_code == 403
    assert "TF400813" in foreign_one.json()["message"]
    assert without_the_name(foreign_one, "fabrikam") == without_the_name(none, "nowhere")


def test_access_ends_with_the_membership(alice, bob, connected):
    factories.organization("contoso", bob, alice)
    assert get("/contoso/_apis/projects?api-version=7.1", connected["access_token"]).status_code == 200
    from accounts.models import Membership

    Membership.objects.filter(person=alice).delete()
    assert get("/contoso/_apis/projects?api-version=7.1", connected["access_token"]).status_code == 403


def test_a_disabled_app_and_an_ended_connection_are_401(payroll, connected):
    Connection.objects.update(revoked_at=timezone.now())
    assert get(USERINFO, connected["access_token"]).status_code == 401
    Connection.objects.update(revoked_at=None)
    assert get(USERINFO, connected["access_token"]).status_code == 200
    services.disable(payroll.app, by=None, reason="abuse", now=timezone.now())
    assert get(USERINFO, connected["access_token"]).status_code == 401


@pytest.mark.parametrize(
    ("path", "key"),
    [
        ("/_apis/accounts", "VssVersionNotSpecifiedException"),
        ("/_apis/accounts?api-version=99.0", "VssVersionOutOfRangeException"),
        ("/_apis/accounts?api-version=x", "VssInvalidPreviewVersionException"),
        ("/_apis/profile/profiles/me", "VssVersionNotSpecifiedException"),
    ],
)
def test_a_versioned_call_needs_a_version(connected, path, key):
    response = get(path, connected["access_token"])
    assert response.status_code == 400 and response.json()["typeKey"] == key


def test_paths_of_the_api_have_no_case(connected):
    assert get("/_APIS/ConnectionData/", connected["access_token"]).status_code == 200


def test_somebody_elses_profile_is_not_there(bob, connected):
    assert get(f"/_apis/profile/profiles/{bob.pk}?api-version=7.1", connected["access_token"]).status_code == 404
    assert get(f"/_apis/accounts?memberId={bob.pk}&api-version=7.1", connected["access_token"]).status_code == 403


@pytest.mark.parametrize("part", [0, 1])
def test_a_token_nested_without_end_is_refused_like_any_other(db, part):
    deep = base64.urlsafe_b64encode(b"[" * 3000).decode().rstrip("=")
    parts = ["eyJhbGciOiJFUzI1NiIsInR5cCI6ImF0K2p3dCJ9", "e30", "x"]
    parts[part] = deep
    answer = Client().get("/_apis/connectionData", HTTP_AUTHORIZATION=f"Bearer {'.'.join(parts)}")
    assert answer.status_code == 401
