"""A program rotates the two secrets of its person's app, with no moment in which none works."""

import uuid

import pytest
from django.test import Client
from django.utils import timezone

from accounts.services import deactivate
from oauthapps.models import ApplicationSecret
from tests import factories, people
from tests.api.conftest import AREA, program

PATH = "/registrationsecret"


@pytest.fixture
def danas(dana):
    return program(people.browser(dana), name="Dana's console")


@pytest.fixture
def hers(dana, payroll):
    payroll.app.owners.add(dana)
    return payroll


def works(app, secret):
    return factories.TestApp(app.app, secret).token(grant_type="client_credentials").status_code == 200


def test_the_second_secret_works_beside_the_first(danas, hers):
    answer = danas.post(f"{PATH}/{hers.client_id}")
    said = answer.json()
    assert answer.status_code == 200 and said["registrationId"] == hers.client_id
    assert works(hers, hers.secret) and works(hers, said["alternativeSecret"])
    assert said["alternativeSecretValidTo"] > said["alternativeSecretValidFrom"] and "secret" not in said


def test_a_second_secret_in_force_is_not_replaced_by_making_one(danas, hers):
    first = danas.post(f"{PATH}/{hers.client_id}").json()["alternativeSecret"]
    again = danas.post(f"{PATH}/{hers.client_id}")
    assert again.status_code == 409 and "secretType=alternative" in again.json()["message"]
    assert works(hers, first)


def test_a_second_secret_that_has_run_out_is_replaced(danas, hers):
    danas.post(f"{PATH}/{hers.client_id}")
    ApplicationSecret.objects.filter(slot="alternative").update(expires_at=timezone.now())
    answer = danas.post(f"{PATH}/{hers.client_id}")
    assert answer.status_code == 200 and works(hers, answer.json()["alternativeSecret"])


@pytest.mark.parametrize("slot", ["primary", "alternative", "Primary", ""])
def test_rotating_one_ends_it_and_leaves_the_other(danas, hers, slot):
    values = {"primary": hers.secret, "alternative": danas.post(f"{PATH}/{hers.client_id}").json()["alternativeSecret"]}
    said = danas.put(f"{PATH}/{hers.client_id}", **({"secretType": slot} if slot else {})).json()
    rotated = slot.lower() or "primary"
    other = {"primary": "alternative", "alternative": "primary"}[rotated]
    field = {"primary": "secret", "alternative": "alternativeSecret"}
    assert works(hers, said[field[rotated]]) and works(hers, values[other])
    assert not works(hers, values[rotated]) and field[other] not in said


def test_rotating_ends_the_connections_made_with_the_old_secret_and_no_others(danas, hers, alice_browser, bob):
    old = factories.connect(alice_browser, hers)
    second = danas.post(f"{PATH}/{hers.client_id}").json()["alternativeSecret"]
    moved = factories.connect(people.browser(bob), factories.TestApp(hers.app, second))
    assert danas.put(f"{PATH}/{hers.client_id}", secretType="primary").status_code == 200

    def alive(tokens):
        bearer = {"HTTP_AUTHORIZATION": f"Bearer {tokens['access_token']}"}
        return Client().get("/_apis/connectionData", **bearer).status_code

    assert alive(old) == 401 and alive(moved) == 200


def test_each_rotation_has_a_version_of_its_own(danas, hers):
    before = danas.get(f"/registration/{hers.client_id}").json()["secretVersionId"]
    after = danas.put(f"{PATH}/{hers.client_id}").json()["secretVersionId"]
    assert uuid.UUID(before) != uuid.UUID(after)


def test_a_public_app_has_none_to_rotate(danas, dana, public_app):
    public_app.app.owners.add(dana)
    for answer in (danas.post(f"{PATH}/{public_app.client_id}"), danas.put(f"{PATH}/{public_app.client_id}")):
        assert answer.status_code == 400 and "public app" in answer.json()["message"]


def test_secrets_cannot_be_read(danas, hers):
    assert danas.get(f"{PATH}/{hers.client_id}").status_code == 405


@pytest.mark.parametrize("value", ["both", "%00", "x" * 5000, "primary,alternative", "%F0%9F%92%A5"])
def test_a_slot_that_is_none_is_a_clear_400(danas, hers, value):
    answer = danas.put(f"{PATH}/{hers.client_id}", secretType=value)
    assert answer.status_code == 400 and "primary or alternative" in answer.json()["message"]
    assert works(hers, hers.secret)


def test_charlie_makes_and_ends_no_secret_of_danas_app(danas, hers, charlies_console):
    for method in ("post", "put"):
        call = getattr(charlies_console, method)
        there, nowhere = call(f"{PATH}/{hers.client_id}"), call(f"{PATH}/{uuid.uuid4()}")
        assert there.status_code == nowhere.status_code == 404 and there.json() == nowhere.json()
    assert ApplicationSecret.objects.filter(application=hers.app).count() == 1 and works(hers, hers.secret)


@pytest.mark.parametrize("method", ["post", "put"])
def test_every_call_needs_the_permission_a_person_and_a_version(dana, danas, hers, connected, method):
    def call(token, version="7.2"):
        bearer = {"HTTP_AUTHORIZATION": f"Bearer {token}"} if token else {}
        return getattr(Client(), method)(f"{AREA}{PATH}/{hers.client_id}?api-version={version}", **bearer)

    assert call("").status_code == 401
    lacking = call(connected["access_token"])
    assert lacking.status_code == 403 and 'scope="vso.tokens"' in lacking["WWW-Authenticate"]
    assert call(danas.token, "").json()["typeKey"] == "VssVersionNotSpecifiedException"
    deactivate(dana, by=None, reason="left", now=timezone.now())
    assert call(danas.token).status_code == 401
    assert ApplicationSecret.objects.filter(application=hers.app).count() == 1
