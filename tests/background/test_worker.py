"""The background work in a real Celery worker process, on the broker without a server and on Redis."""

import os
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest
import redis

from tests.conftest import missing

SETUP = """
from django.utils import timezone
from datetime import timedelta
from authorizations.models import Authorization
from tests import factories, people
alice, app = people.person("alice"), factories.app()
now = timezone.now()
Authorization.objects.create(person=alice, application=app.app, scopes=["vso.profile"], granted_at=now,
    expires_at=now - timedelta(minutes=1))
"""
SEND = (
    "import portal.celery; from authorizations.tasks import expire_authorizations as task; task.delay(); task.delay()"
)
LOOK = "from authorizations.models import Authorization; print(Authorization.objects.exclude(revoked_at=None).count())"
EVENTS = (
    "from authorizations.events.models import Event; print(Event.objects.filter(name='authorization.expired').count())"
)


def wait_for(condition: Callable[[], bool], seconds: float = 40) -> bool:
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        if condition():
            return True
        time.sleep(0.5)
    return False


def redis_broker() -> str:
    url = os.environ.get("GATEHOUSE_TEST_REDIS_URL", "redis://127.0.0.1:6379/15")
    try:
        redis.Redis.from_url(url).ping()
    except redis.RedisError:
        missing("Redis")
    return url


@pytest.mark.parametrize("broker", ["filesystem", "redis"])
def test_a_worker_process_expires_what_is_over_once(tmp_path: Path, broker: str) -> None:
    url = "filesystem://" if broker == "filesystem" else redis_broker()
    env = os.environ | {
        "DJANGO_SETTINGS_MODULE": "portal.settings.local",
        "GATEHOUSE_HOME": str(tmp_path),
        "CELERY_BROKER_URL": url,
        "PYTHONPATH": os.getcwd(),
    }

    def manage(*args: str) -> str:
        done = subprocess.run(
            [sys.executable, "manage.py", *args], env=env, capture_output=True, text=True, check=False
        )
        assert done.returncode == 0, done.stderr
        return done.stdout.strip().splitlines()[-1] if done.stdout.strip() else ""

    manage("migrate", "--noinput", "--verbosity", "0")
    manage("shell", "--verbosity", "0", "-c", SETUP)
    command = [sys.executable, "-m", "celery", "-A", "portal", "worker", "--concurrency", "1", "--loglevel", "WARNING"]
    with (tmp_path / "worker.log").open("wb") as log:
        worker = subprocess.Popen(command, env=env, stdout=log, stderr=log)
    try:
        manage("shell", "--verbosity", "0", "-c", SEND)
        assert wait_for(lambda: manage("shell", "--verbosity", "0", "-c", LOOK) == "1"), (
            tmp_path / "worker.log"
        ).read_text()
        assert manage("shell", "--verbosity", "0", "-c", EVENTS) == "1"
    finally:
        worker.terminate()
        worker.wait(30)
