"""Discovery and keys are sent as they are remembered, and never when they would say something else by now."""

import json

import pytest
from django.utils import timezone

from authorizations.services import key_rotation, keys
from authorizations.services.keys import KeyRing, ring
from portal import documents, machine
from tests.portal.test_lean_path import called

pytestmark = pytest.mark.django_db
KEYS, DISCOVERY = "/.well-known/jwks.json", "/.well-known/openid-configuration"


@pytest.fixture(autouse=True)
def _nothing_is_remembered(monkeypatch):
    monkeypatch.setattr(documents, "_kept", {})


def kids() -> list[str]:
    return [key["kid"] for key in json.loads(called("GET", KEYS)[2])["keys"]]


@pytest.mark.parametrize("path", sorted(documents.BODIES))
def test_what_is_remembered_is_the_same_answer_with_a_request_id_of_its_own(path, monkeypatch):
    told: list[tuple[str, int]] = []
    monkeypatch.setattr(machine, "AFTER", [lambda name, status, seconds: told.append((name, status))])
    made = called("GET", path)
    monkeypatch.setattr(machine, "protocol_answer", None)
    remembered = called("GET", path, HTTP_X_REQUEST_ID="abcdefgh-1234")
    assert (remembered[0], remembered[2]) == (made[0], made[2])
    assert remembered[1] == made[1] | {"X-Request-Id": "abcdefgh-1234"}
    assert len(made[1]["X-Request-Id"]) == 32 and len(set(told)) == 1 and len(told) == 2


def test_a_ready_answer_takes_no_statement(django_assert_num_queries):
    kids()
    with django_assert_num_queries(0):
        kids()


def stolen() -> str:
    return key_rotation.rotate_now("ES256", why="stolen", by=None, compromised=True, now=timezone.now())


def test_a_stolen_key_is_gone_at_once_from_the_process_that_replaced_it():
    before = kids()
    new = stolen()
    assert new in kids() and len(set(before) - set(kids())) == 1


def test_a_key_that_another_process_replaced_is_gone_when_the_keys_are_read_again(monkeypatch):
    before = kids()
    with monkeypatch.context() as elsewhere:
        elsewhere.setattr(ring, "forget", lambda: None)
        new = stolen()
    assert kids() == before
    ring._read_at -= keys.RELOAD_SECONDS + 1
    assert new in kids() and len(set(before) - set(kids())) == 1


def test_another_issuer_is_another_document(settings):
    called("GET", DISCOVERY)
    settings.ISSUER = "https://other.example"
    assert json.loads(called("GET", DISCOVERY)[2])["issuer"] == "https://other.example"


@pytest.mark.parametrize("method", ["HEAD", "POST", "OPTIONS"])
def test_other_methods_are_answered_as_if_nothing_were_remembered(method):
    first = called(method, KEYS)
    kids()
    again = called(method, KEYS)
    assert (first[0], first[2]) == (again[0], again[2])


def test_a_private_key_is_proven_once_and_not_at_each_reading(monkeypatch):
    read = KeyRing()
    assert {key.stage for key in (read.current("ES256"), read.current("RS256"))} == {"current"}
    monkeypatch.setattr(keys, "_parse", None)
    read._read_at -= keys.RELOAD_SECONDS + 1
    assert len(read.published()) == 2
