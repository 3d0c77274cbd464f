"""What stands in the tokens, checked with the published keys as a stranger would."""

import base64
import hashlib
import json

import jwt
import pytest
from django.test import Client
from jwt import PyJWK

from authorizations.services.keys import ring
from tests import factories

ISSUER = "http://localhost:8000"


def verified(token, audience, algorithm):
    keys = {key["kid"]: key for key in Client().get("/.well-known/jwks.json").json()["keys"]}
    key = keys[jwt.get_unverified_header(token)["kid"]]
    assert key["alg"] == algorithm and key["use"] == "sig"
    return jwt.decode(token, PyJWK(key).key, algorithms=[algorithm], audience=audience, issuer=ISSUER)


@pytest.mark.spec("RFC 9068", "2")
def test_an_access_token_is_what_the_profile_says(alice, payroll, connected):
    token = connected["access_token"]
    assert jwt.get_unverified_header(token)["typ"] == "at+jwt"
    claims = verified(token, ISSUER, "ES256")
    assert claims["sub"] == str(alice.pk) and claims["client_id"] == payroll.client_id
    assert claims["scope"] == connected["scope"] and claims["exp"] - claims["iat"] == connected["expires_in"]
    assert {"jti", "iat", "nbf"} <= claims.keys() and "scp" not in claims


@pytest.mark.spec("OIDC Core", "3.1.3.6")
def test_an_id_token_says_who_when_and_for_which_request(alice, payroll, connected):
    claims = verified(connected["id_token"], payroll.client_id, "RS256")
    half = hashlib.sha256(connected["access_token"].encode()).digest()[:16]
    assert claims["at_hash"] == base64.urlsafe_b64encode(half).decode().rstrip("=")
    assert claims["nonce"] == "n1" and isinstance(claims["auth_time"], int) and claims["sub"] == str(alice.pk)
    assert claims["email_verified"] is False and claims["name"] == "Alice"


def test_an_app_may_have_its_id_tokens_in_es256(alice_browser):
    app = factories.app(id_token_algorithm="ES256")
    verified(factories.connect(alice_browser, app)["id_token"], app.client_id, "ES256")


def test_without_openid_there_is_no_id_token(alice_browser, payroll):
    assert "id_token" not in factories.connect(alice_browser, payroll, scope="vso.profile")


def test_without_a_nonce_there_is_none_in_the_id_token(alice_browser, payroll):
    token = factories.connect(alice_browser, payroll, nonce=None)["id_token"]
    assert "nonce" not in jwt.decode(token, options={"verify_signature": False})


@pytest.mark.spec("OIDC Core", "12.2")
def test_a_refreshed_id_token_keeps_subject_and_time_of_sign_in(payroll, connected):
    fresh = payroll.refresh(connected["refresh_token"]).json()["id_token"]
    before, after = (jwt.decode(t, options={"verify_signature": False}) for t in (connected["id_token"], fresh))
    assert all(before[name] == after[name] for name in ("iss", "sub", "aud", "auth_time"))


def test_the_published_keys_hold_nothing_private(db):
    response = Client().get("/.well-known/jwks.json")
    keys = response.json()["keys"]
    assert {k["alg"] for k in keys} == {"ES256", "RS256"}
    assert not any({"d", "p", "q", "dp", "dq", "qi", "k"} & key.keys() for key in keys)


def test_a_token_signed_with_a_retired_key_is_still_good(payroll, connected):
    from django.utils import timezone

    from authorizations.models import SigningKey

    SigningKey.objects.update(retired_at=timezone.now())
    ring.forget()
    fresh = payroll.refresh(connected["refresh_token"]).json()["access_token"]
    assert jwt.get_unverified_header(fresh)["kid"] != jwt.get_unverified_header(connected["access_token"])["kid"]
    for token in (fresh, connected["access_token"]):
        assert payroll.http.get("/_apis/connectionData", HTTP_AUTHORIZATION=f"Bearer {token}").status_code == 200


@pytest.mark.parametrize("path", ["openid-configuration", "oauth-authorization-server"])
def test_the_metadata_is_the_same_at_both_addresses_and_never_follows_the_host(db, path):
    told = Client().get(f"/.well-known/{path}", HTTP_HOST="127.0.0.1").json()
    assert told["issuer"] == ISSUER and all(
        v.startswith(ISSUER) for k, v in told.items() if k.endswith(("_endpoint", "_uri"))
    )


@pytest.mark.spec("RFC 8414", "2")
def test_what_is_advertised_works(alice_browser, payroll, resource_server):
    told = Client().get("/.well-known/openid-configuration").json()
    paths = {k: v.removeprefix(ISSUER) for k, v in told.items() if k.endswith(("_endpoint", "_uri"))}
    assert payroll.request().startswith(paths["authorization_endpoint"])
    tokens = factories.connect(alice_browser, payroll)
    for grant in told["grant_types_supported"]:
        assert payroll.call(paths["token_endpoint"], {"grant_type": grant}).json().get("error") != (
            "unsupported_grant_type"
        )
    assert resource_server.call(paths["introspection_endpoint"], {"token": tokens["access_token"]}).json()["active"]
    bearer = {"HTTP_AUTHORIZATION": f"Bearer {tokens['access_token']}"}
    claims = Client().get(paths["userinfo_endpoint"], **bearer).json()
    id_claims = jwt.decode(tokens["id_token"], options={"verify_signature": False})
    assert set(claims) | set(id_claims) <= set(told["claims_supported"])
    assert payroll.call(paths["revocation_endpoint"], {"token": tokens["access_token"]}).status_code == 200
    assert Client().get(paths["jwks_uri"]).status_code == 200
    for mode in told["response_modes_supported"]:
        assert alice_browser.get(payroll.request(response_mode=mode, prompt="consent")).status_code == 200
    for prompt in told["prompt_values_supported"]:
        response = alice_browser.get(payroll.request(prompt=prompt))
        assert "error=invalid" not in response.get("Location", "")


@pytest.mark.parametrize("path", ["openid-configuration", "oauth-authorization-server", "jwks.json"])
def test_metadata_is_read_only(db, path):
    assert Client().post(f"/.well-known/{path}").status_code == 405


def test_the_algorithm_of_a_header_decides_nothing(payroll, connected):
    head, body, _ = connected["access_token"].split(".")
    header = json.loads(base64.urlsafe_b64decode(head + "=="))
    for algorithm in ("none", "HS256", "RS256"):
        forged = base64.urlsafe_b64encode(json.dumps(header | {"alg": algorithm}).encode()).decode().rstrip("=")
        for signature in ("", "AAAA"):
            value = f"Bearer {forged}.{body}.{signature}"
            assert payroll.http.get("/_apis/connectionData", HTTP_AUTHORIZATION=value).status_code == 401
