"""Signing keys: published before they sign, read after they signed, and replaced at once when they were stolen."""

import io
from datetime import timedelta

import jwt
import pytest
from django.conf import settings
from django.core.management import CommandError, call_command
from django.test import Client
from django.utils import timezone

from authorizations.events.models import Event
from authorizations.models import SigningKey
from authorizations.services import key_rotation, sealing
from authorizations.services.keys import ring

START = timezone.now()
LIFE, BEFORE, AFTER = (
    settings.SIGNING_KEY_LIFETIME,
    settings.SIGNING_KEY_PUBLISHED_BEFORE,
    settings.SIGNING_KEY_PUBLISHED_AFTER,
)
SOON = timedelta(seconds=1)


def published():
    return [k["kid"] for k in Client().get("/.well-known/jwks.json").json()["keys"]]


def stages(algorithm="ES256"):
    return [k.stage for k in SigningKey.objects.filter(algorithm=algorithm).order_by("created_at")]


@pytest.fixture
def keys(db):
    ring.published()
    SigningKey.objects.update(created_at=START, current_from=START)
    ring.forget()
    return [ring.current("ES256").kid, ring.current("RS256").kid]


def signer():
    return ring.current("ES256").kid


def works(token):
    return Client().get("/_apis/connectionData", HTTP_AUTHORIZATION=f"Bearer {token}").status_code == 200


def test_a_key_is_published_a_day_before_it_signs(keys):
    assert key_rotation.rotate_due(START + LIFE - BEFORE - SOON) == []
    assert len(key_rotation.rotate_due(START + LIFE - BEFORE)) == 2
    assert len(published()) == 4 and signer() == keys[0]
    assert key_rotation.rotate_due(START + LIFE - SOON) == []
    key_rotation.rotate_due(START + LIFE)
    assert signer() not in keys and set(keys) < set(published()) and stages() == ["retired", "current"]


def test_a_late_job_still_publishes_a_day_before(keys):
    late = START + LIFE + timedelta(days=30)
    key_rotation.rotate_due(late)
    key_rotation.rotate_due(late + BEFORE - SOON)
    assert signer() == keys[0]
    key_rotation.rotate_due(late + BEFORE)
    assert signer() != keys[0]


def test_an_old_key_is_published_until_what_it_signed_has_ended(keys):
    key_rotation.rotate_due(START + LIFE - BEFORE)
    key_rotation.rotate_due(START + LIFE)
    key_rotation.rotate_due(START + LIFE + AFTER - SOON)
    assert keys[0] in published()
    key_rotation.rotate_due(START + LIFE + AFTER)
    assert keys[0] not in published() and stages() == ["withdrawn", "current"]
    assert AFTER > settings.ACCESS_TOKEN_LIFETIME


def test_what_the_old_key_signed_stays_good_and_its_private_part_is_gone(keys, payroll, connected):
    key_rotation.rotate_due(START + LIFE - BEFORE)
    key_rotation.rotate_due(START + LIFE)
    fresh = payroll.refresh(connected["refresh_token"]).json()["access_token"]
    assert works(connected["access_token"]) and works(fresh)
    assert jwt.get_unverified_header(fresh)["kid"] != keys[0]
    assert SigningKey.objects.get(kid=keys[0]).private_key == ""


def test_each_step_is_an_event_and_done_once(keys):
    for at in (START + LIFE - BEFORE, START + LIFE, START + LIFE + AFTER):
        key_rotation.rotate_due(at)
        assert key_rotation.rotate_due(at) == []
    mine = Event.objects.filter(name__startswith="signing_key", detail__algorithm="ES256").order_by("pk")
    told = list(mine.values_list("name", flat=True))
    assert told == [f"signing_key.{step}" for step in ("created", "created", "retired", "promoted", "withdrawn")]


def test_replacing_a_key_at_once_keeps_what_it_signed(keys, connected):
    kid = key_rotation.rotate_now("ES256", why="moved to another machine", by=None, compromised=False, now=START)
    assert signer() == kid != keys[0] and works(connected["access_token"]) and keys[0] in published()


def test_a_stolen_key_signs_nothing_that_is_accepted(keys, payroll, connected):
    key_rotation.rotate_due(START + LIFE - BEFORE)  # the next one lay beside it
    key_rotation.rotate_now("ES256", why="stolen", by=None, compromised=True, now=START + LIFE)
    assert not works(connected["access_token"]) and stages() == ["withdrawn", "withdrawn", "current"]
    assert works(payroll.refresh(connected["refresh_token"]).json()["access_token"])


def test_seals_of_a_withdrawn_key_are_still_read(keys, alice_browser):
    later = timezone.now() + timedelta(minutes=1)
    assert sealing.seal_next(later)
    key_rotation.rotate_now("ES256", why="stolen", by=None, compromised=True, now=later)
    while sealing.seal_next(later + timedelta(minutes=2)):
        pass
    assert sealing.verify(now=later).intact


def test_the_command_says_what_it_did_and_asks_for_a_reason(keys):
    out = io.StringIO()
    call_command("rotate_keys", stdout=out)
    assert "Nothing is due." in out.getvalue() and keys[0] in out.getvalue()
    for wrong in (["--now"], ["--compromised", "--reason", " "], ["--reason", "x"]):
        with pytest.raises(CommandError):
            call_command("rotate_keys", *wrong)
    out = io.StringIO()
    call_command("rotate_keys", "--compromised", "--reason", "laptop stolen", "--algorithm", "ES256", stdout=out)
    assert "ES256" in out.getvalue() and "30 seconds" in out.getvalue() and ring.current("RS256").kid == keys[1]
    assert Event.objects.filter(name="signing_key.withdrawn", detail__why="laptop stolen").count() == 1
