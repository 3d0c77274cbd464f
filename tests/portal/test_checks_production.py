"""Each unsafe setting is refused by its id, with how to mend it; production as it comes is not."""

import copy
import os
import subprocess
from datetime import timedelta
from ipaddress import ip_network

import pytest
from django.core.checks import ERROR
from django.db import connection

from oauthapps import key_checks
from portal import checks_database, start
from tests.deploy.place import BIN, ROOT, variables

KEY = "Zq7vR2mX9kLw4TnB8sHd3YcJ6pFg1AeU5oKiVtMxQzLm4cW8yP"
SAFE = {
    "DEBUG": False,
    "SECRET_KEY": KEY,
    "DIGEST_KEY": KEY[::-1],
    "KEY_ENCRYPTION_KEY": KEY.swapcase(),
    "ISSUER": "https://id.example.com",
    "ALLOWED_HOSTS": ["id.example.com"],
    "DATABASES": {"default": {"ENGINE": "portal.postgresql"}},
    "CACHES": {"default": {"BACKEND": "portal.cache.PatientRedisCache"}},
    "REDIS_URL": "redis://redis",
    "USAGE_BUFFER": "redis",
    "CELERY_BROKER_URL": "redis://redis",
    "SESSION_COOKIE_SECURE": True,
    "CSRF_COOKIE_SECURE": True,
    "SECURE_HSTS_SECONDS": 63_072_000,
    "SECURE_SSL_REDIRECT": True,
    "SECURE_PROXY_SSL_HEADER": ("HTTP_X_FORWARDED_PROTO", "https"),
    "TRUSTED_PROXIES": [ip_network("10.0.0.0/8")],
    "INSTALLED_APPS": ["portal", "accounts"],
    "WEBHOOK_LOOPBACK_ALLOWED": False,
    "EVENT_RETENTION": None,
    "DEFAULT_FROM_EMAIL": "Gatehouse <no-reply@id.example.com>",
}
DIRECTORY = {"login_url": "https://login.microsoftonline.com", "graph_url": "https://graph.microsoft.com"}


class Settings:
    """What the checks read, without touching the settings that the tests themselves run on."""

    def __init__(self, real, **said):
        self._real, self._said = real, said

    def __getattr__(self, name):
        return self._said[name] if name in self._said else getattr(self._real, name)


@pytest.fixture
def found(monkeypatch, settings):
    """The ids of what is wrong with production changed so."""
    for name in [name for name in os.environ if name.startswith("GATEHOUSE_")]:
        monkeypatch.delenv(name)

    def ids(directory=None, **changed):
        apps = {"microsoft": {"APPS": [{"settings": DIRECTORY | (directory or {})}]}}
        said = Settings(settings._wrapped, **(copy.deepcopy(SAFE) | {"SOCIALACCOUNT_PROVIDERS": apps} | changed))
        for module in ("checks", "checks_production"):
            monkeypatch.setattr(f"portal.{module}.settings", said)
        messages = start.run_ours(database=False)
        assert all(message.hint for message in messages)
        return {message.id.removeprefix("gatehouse.") for message in messages}

    return ids


def test_production_as_it_should_be_is_not_refused(found):
    assert found() == set()


@pytest.mark.parametrize(
    ("id_", "changed"),
    [
        ("E001", {"ACCESS_TOKEN_LIFETIME": timedelta(minutes=91)}),
        ("E002", {"DIGEST_KEY": KEY}),
        ("E002", {"DIGEST_KEY": KEY[:49]}),
        ("E003", {"ISSUER": "http://id.example.com"}),
        ("E010", {"DEFAULT_FROM_EMAIL": ""}),
        ("E010", {"DEFAULT_FROM_EMAIL": "Gatehouse <gatehouse@localhost>"}),
        ("E011", {"EMAIL_HOST_USER": "mailer"}),
        ("E020", {"DEBUG": True}),
        ("E021", {"SECRET_KEY": "ab" * 30}),
        ("E021", {"KEY_ENCRYPTION_KEY": "changeme" + KEY}),
        ("E022", {"ALLOWED_HOSTS": ["*"]}),
        ("E022", {"ALLOWED_HOSTS": ["other.example.com"]}),
        ("E022", {"ALLOWED_HOSTS": []}),
        ("E023", {"DATABASES": {"default": {"ENGINE": "django.db.backends.sqlite3"}}}),
        ("E024", {"REDIS_URL": ""}),
        ("E024", {"USAGE_BUFFER": "memory"}),
        ("E024", {"CACHES": {"default": {"BACKEND": "django.core.cache.backends.locmem.LocMemCache"}}}),
        ("E025", {"CELERY_BROKER_URL": "memory://"}),
        ("E025", {"CELERY_BROKER_URL": "filesystem://"}),
        ("E026", {"SESSION_COOKIE_SECURE": False}),
        ("E026", {"CSRF_COOKIE_SECURE": False}),
        ("E027", {"SECURE_HSTS_SECONDS": 0}),
        ("E028", {"SECURE_SSL_REDIRECT": False, "SECURE_PROXY_SSL_HEADER": None}),
        ("W028", {"SECURE_PROXY_SSL_HEADER": None}),
        ("E029", {"directory": {"login_url": "http://localhost:8001"}}),
        ("E029", {"directory": {"graph_url": "http://graph.example.com"}}),
        ("E030", {"INSTALLED_APPS": ["portal", "demo"]}),
        ("E031", {"WEBHOOK_LOOPBACK_ALLOWED": True}),
        ("E060", {"TRUSTED_PROXIES": []}),
        ("E061", {"TRUSTED_PROXIES": [ip_network("::/0")]}),
        ("W060", {"TRUSTED_PROXIES": [ip_network("8.0.0.0/8")]}),
        ("W061", {"LIMITS": {"leaks_per_address": (0, 0)}}),
        ("E032", {"EVENT_RETENTION": timedelta(days=89)}),
    ],
)
def test_an_unsafe_setting_is_refused_by_its_id(found, id_, changed):
    assert found(**changed) == {id_}


def test_a_variable_with_a_slip_in_its_name_is_warned_about(found, monkeypatch):
    found()
    monkeypatch.setenv("GATEHOUSE_ISUER", "https://id.example.com")
    assert found() == {"W021"}
    monkeypatch.delenv("GATEHOUSE_ISUER")
    monkeypatch.setenv("GATEHOUSE_SECRET_KEY_FILE", "/run/secrets/key")
    monkeypatch.setattr("portal.env.read", {"GATEHOUSE_SECRET_KEY"})
    assert found() == set()


def test_a_key_that_is_not_the_databases_own_is_named(db, settings):
    key_checks.store("default")
    assert checks_database.keys_fit_the_database(databases=["default"]) == []
    settings.DIGEST_KEY = KEY
    (found,) = checks_database.keys_fit_the_database(databases=["default"])
    assert found.id == "gatehouse.E034" and found.level >= ERROR
    assert found.msg == "GATEHOUSE_DIGEST_KEY is not the key that this database was made with."
    settings.KEY_ENCRYPTION_KEY = KEY
    assert len(checks_database.keys_fit_the_database(databases=["default"])) == 2
    key_checks.store("default")  # a migrate with the wrong key does not make it the right one
    assert len(checks_database.keys_fit_the_database(databases=["default"])) == 2


@pytest.mark.skipif(connection.vendor != "postgresql", reason="counts connections of PostgreSQL")
def test_a_pool_that_the_server_cannot_serve_is_warned_about(db, settings):
    settings.WEB_WORKERS, settings.DATABASE_POOL = 2, 4
    assert checks_database.connections_suffice(databases=["default"]) == []
    settings.DATABASE_POOL = 200
    assert [found.id for found in checks_database.connections_suffice(databases=["default"])] == ["gatehouse.W020"]


@pytest.mark.parametrize("command", ["web", "wsgi", "worker", "beat"])
def test_no_process_starts_with_an_unsafe_setting(command, tmp_path):
    static = tmp_path / "static"
    static.mkdir()
    (static / "staticfiles.json").write_text("{}")
    unsafe = {"EVENT_RETENTION_DAYS": "7", "ACCESS_TOKEN_MINUTES": "600", "STATIC_ROOT": str(static)}
    sample = variables(ROOT / ".ci" / "production.env") | {
        "DJANGO_SETTINGS_MODULE": "portal.settings.production",
        "DATABASE_URL": "postgres://nobody@127.0.0.1:1/nothing",  # away: no reason to start with unsafe settings
    }
    commands = {
        "web": [BIN / "python", "-m", "portal.serve"],
        "wsgi": [BIN / "python", "-c", "import portal.wsgi"],
        "worker": [BIN / "celery", "-A", "portal", "worker", "--concurrency", "1"],
        "beat": [BIN / "celery", "-A", "portal", "beat", "--schedule", str(tmp_path / "beat"), "--pidfile", ""],
    }
    done = subprocess.run(
        commands[command], cwd=ROOT, env=sample | unsafe, capture_output=True, text=True, check=False, timeout=60
    )
    assert done.returncode == start.EX_CONFIG, done.stderr
    said = [line for line in done.stderr.splitlines() if line.startswith("gatehouse: ")]
    assert [line.split()[1] for line in said] == ["gatehouse.E001:", "gatehouse.E032:"]
    assert "Traceback" not in done.stderr and "Set EVENT_RETENTION_DAYS to 90 or more" in done.stderr


@pytest.mark.parametrize("command", [["-m", "portal.serve"], ["-m", "celery", "-A", "portal", "worker"]])
def test_no_process_starts_with_malformed_variables_and_each_is_named(command):
    wrong = {"WEB_PORT": "http", "DATABASE_URL": "mysql://x/y", "DJANGO_SETTINGS_MODULE": "portal.settings.production"}
    environment = variables(ROOT / ".ci" / "production.env") | wrong
    done = subprocess.run(
        [BIN / "python", *command], cwd=ROOT, env=environment, capture_output=True, text=True, check=False
    )
    assert done.returncode == start.EX_CONFIG
    assert [line.split()[1] for line in done.stderr.splitlines()] == ["WEB_PORT", "DATABASE_URL"]


def test_the_web_server_does_not_start_without_its_static_files(tmp_path):
    sample = variables(ROOT / ".ci" / "production.env") | {"STATIC_ROOT": str(tmp_path)}
    done = subprocess.run(
        [BIN / "python", "-m", "portal.serve"], cwd=ROOT, env=sample, capture_output=True, text=True, check=False
    )
    assert done.returncode == start.EX_CONFIG
    assert done.stderr == f"gatehouse: gatehouse.E033: {tmp_path} holds no static files. Run manage.py collectstatic.\n"
