"""Environment variables and system checks: a wrong value is one clear line."""

import os
import subprocess
import sys
from datetime import timedelta

import pytest
from django.core.exceptions import ImproperlyConfigured
from django.utils import timezone

from portal import checks, env


@pytest.mark.parametrize(
    ("read", "value", "says"),
    [
        (lambda: env.integer("X", 1, least=1, most=9), "ten", "whole number"),
        (lambda: env.integer("X", 1, least=1, most=9), "10", "from 1 to 9"),
        (lambda: env.integer("X", 1, least=1, most=9), "--5", "whole number"),
        (lambda: env.integer("X", 1, least=1, most=9), "²", "whole number"),
        (lambda: env.flag("X", default=True), "maybe", "true or false"),
        (lambda: env.origin("X"), "https://id.example/path", "no path"),
        (lambda: env.origin("X"), "ftp://id.example", "https://id.example.com"),
        (lambda: env.instant("X", ""), "tomorrow", "2026-12-31T23:59:59Z"),
        (lambda: env.database("X", ""), "mysql://root@host/db", "postgres://"),
        (lambda: env.text("X"), "", "X is not set"),
    ],
)
def test_a_malformed_variable_says_what_to_write(monkeypatch, read, value, says):
    monkeypatch.setenv("X", value)
    with pytest.raises(ImproperlyConfigured, match=says):
        read()


def test_access_tokens_over_ninety_minutes_are_refused(settings):
    settings.ACCESS_TOKEN_LIFETIME = timedelta(minutes=91)
    assert [e.id for e in checks.access_tokens_are_short()] == ["gatehouse.E001"]
    settings.ACCESS_TOKEN_LIFETIME = timedelta(minutes=90)
    assert checks.access_tokens_are_short() == []


def test_equal_or_short_keys_and_plain_http_are_refused_in_production(settings):
    assert [e.id for e in checks.keys_are_long_and_different()] == ["gatehouse.E002"]
    assert [e.id for e in checks.issuer_is_https()] == ["gatehouse.E003"]


def test_production_without_its_variables_does_not_start():
    bare = {k: v for k, v in os.environ.items() if not k.startswith(("GATEHOUSE", "DATABASE", "REDIS", "ENTRA"))}
    done = subprocess.run(
        [sys.executable, "manage.py", "check"],
        env=bare | {"DJANGO_SETTINGS_MODULE": "portal.settings.production"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode != 0 and "GATEHOUSE_SECRET_KEY is not set" in done.stderr


def test_a_sunset_in_the_past_starts_with_a_warning(settings):
    assert checks.legacy_model_has_not_ended() == []
    settings.LEGACY_SUNSET = timezone.now() - timedelta(days=400)
    (warning,) = checks.legacy_model_has_not_ended()
    assert warning.id == "gatehouse.W001" and "every call of legacy apps is refused" in warning.msg


def test_a_process_that_starts_after_the_sunset_says_so_in_one_line():
    environment = os.environ | {
        "LEGACY_SUNSET": "2020-01-01T00:00:00Z",
        "DJANGO_SETTINGS_MODULE": "portal.settings.test",
    }
    started = subprocess.run(
        [sys.executable, "manage.py", "check"], env=environment, capture_output=True, text=True, check=False
    )
    assert started.returncode == 0 and "gatehouse.W001" in started.stderr
    assert "The legacy model ended on 2020-01-01 00:00:00 UTC" in started.stderr


def test_a_cutoff_after_the_sunset_is_warned_about(settings):
    settings.LEGACY_REGISTRATION_CUTOFF = settings.LEGACY_SUNSET + timedelta(seconds=1)
    assert [w.id for w in checks.legacy_registration_closes_before_the_model_ends()] == ["gatehouse.W002"]
