"""Worker processes that are killed outright, a broker that restarts: nothing is lost and nobody is told twice."""

import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.background.test_worker import redis_broker, wait_for
from tests.conftest import missing
from tests.notifications.mailserver import Server

MANY = 3000
SEED = f"""
from datetime import timedelta
from django.utils import timezone
from accounts.models import User
from authorizations.models import Authorization
from oauthapps.models import Application
from tests import factories, people
alice, now = people.person("alice"), timezone.now()
app = factories.app().app
apps = Application.objects.bulk_create(
    Application(name=f"App {{n}}", client_id=f"app-{{n}}", registered_at=now) for n in range({MANY}))
Authorization.objects.bulk_create(
    Authorization(person=alice, application=a, scopes=[], granted_at=now, expires_at=now - timedelta(seconds=1))
    for a in apps)
"""
SEND = "import portal.celery; from authorizations.tasks import {0} as task; task.delay(); task.delay()"
LEFT = "from authorizations.models import Authorization as A; print(A.objects.filter(revoked_at=None).count())"
COUNTS = """
from authorizations.events.models import Event
from authorizations.models import Authorization as A
from authorizations.notifications.models import Message, Notice
print(A.objects.filter(reason="expired").count(), Event.objects.filter(name="authorization.expired").count(),
    Notice.objects.count(), Message.objects.count())
"""
TELL = """
from django.utils import timezone
from authorizations.notifications.compose import Draft, tell
from authorizations.notifications.kinds import NoticeKind
from tests import people
alice = people.person("alice")
tell([Draft(NoticeKind.AUTHORIZATION_EXPIRED, alice.pk, str(n)) for n in range(4)], now=timezone.now())
"""
CLAIMS_END = """
from django.utils import timezone
from authorizations.notifications.models import Message
Message.objects.exclude(claimed_until=None).update(claimed_until=timezone.now())
"""
SENT = "from authorizations.notifications.models import Message as M; print(M.objects.exclude(sent_at=None).count())"


class Product:
    """A database, a broker and worker processes of their own."""

    def __init__(self, home: Path, broker: str, **more: str) -> None:
        self.home = home
        self.env = os.environ | {
            "DJANGO_SETTINGS_MODULE": "portal.settings.local",
            "GATEHOUSE_HOME": str(home),
            "CELERY_BROKER_URL": broker,
            "PYTHONPATH": os.getcwd(),
            **more,
        }
        self.workers: list[subprocess.Popen[bytes]] = []
        self.manage("migrate", "--noinput", "--verbosity", "0")

    def manage(self, *args: str) -> str:
        command = [sys.executable, "manage.py", *args]
        done = subprocess.run(command, env=self.env, capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stderr
        return done.stdout.strip().splitlines()[-1] if done.stdout.strip() else ""

    def shell(self, code: str) -> str:
        return self.manage("shell", "--verbosity", "0", "-c", code)

    def worker(self) -> "subprocess.Popen[bytes]":
        command = [sys.executable, "-m", "celery", "-A", "portal", "worker", "--concurrency", "1", "--loglevel", "INFO"]
        with (self.home / "worker.log").open("ab") as log:
            # In a group of its own, so that its children are killed with it, as when a machine dies.
            started = subprocess.Popen(command, env=self.env, stdout=log, stderr=log, start_new_session=True)
        self.workers.append(started)
        return started

    def log(self) -> str:
        return (self.home / "worker.log").read_text()[-3000:]


def kill(worker: "subprocess.Popen[bytes]") -> None:
    os.killpg(worker.pid, signal.SIGKILL)
    worker.wait(30)


@pytest.fixture
def product(tmp_path: Path) -> Iterator[Callable[..., Product]]:
    made: list[Product] = []

    def new(broker: str, **more: str) -> Product:
        made.append(Product(tmp_path, broker, **more))
        return made[-1]

    yield new
    for each in made:
        for worker in each.workers:
            if worker.poll() is None:
                kill(worker)


@pytest.mark.parametrize("broker", ["filesystem", "redis"])
def test_a_worker_killed_while_it_expires_leaves_exact_counts(product: Any, broker: str) -> None:
    running = product("filesystem://" if broker == "filesystem" else redis_broker())
    running.shell(SEED)
    first = running.worker()
    running.shell(SEND.format("expire_authorizations"))
    assert wait_for(lambda: int(running.shell(LEFT)) < MANY), running.log()
    kill(first)
    running.worker(), running.worker()
    # What beat does every minute: whatever was lost with the worker is found by its state.
    running.shell(SEND.format("expire_authorizations"))
    assert wait_for(lambda: running.shell(LEFT) == "0"), running.log()
    assert running.shell(COUNTS) == " ".join([str(MANY)] * 4)


def test_a_worker_killed_while_it_sends_loses_no_mail(product: Any) -> None:
    server = Server()
    server.start()
    try:
        mail = {"EMAIL_HOST": "127.0.0.1", "EMAIL_PORT": str(server.port)}
        running = product("filesystem://", **mail)
        running.shell(TELL)
        server.post.behaviour = "hang"
        first = running.worker()
        running.shell(SEND.format("deliver_mail"))
        assert wait_for(lambda: server.post.tries > 0), running.log()
        kill(first)
        server.post.behaviour = "accept"
        running.shell(CLAIMS_END)
        running.worker()
        running.shell(SEND.format("deliver_mail"))
        assert wait_for(lambda: running.shell(SENT) == "4"), running.log()
        assert len({mail["Message-ID"] for _, mail in server.post.accepted}) == 4 == len(server.post.accepted)
    finally:
        server.stop()


def test_a_broker_that_restarts_is_found_again(product: Any, tmp_path: Path) -> None:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    command = ["redis-server", "--port", str(port), "--bind", "127.0.0.1", "--save", "", "--dir", str(tmp_path)]

    def start() -> "subprocess.Popen[bytes]":
        try:
            started = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        except FileNotFoundError:
            missing("redis-server")
            raise
        assert wait_for(lambda: answers(port))
        return started

    broker = start()
    try:
        running = product(f"redis://127.0.0.1:{port}/0")
        running.shell(TELL)
        running.worker()
        assert wait_for(lambda: "ready." in running.log()), running.log()
        broker.kill()
        broker.wait(30)
        time.sleep(1)
        broker = start()
        running.shell(SEND.format("deliver_mail"))
        assert wait_for(lambda: running.shell(SENT) == "4", 60), running.log()
    finally:
        broker.kill()
        broker.wait(30)


def answers(port: int) -> bool:
    try:
        socket.create_connection(("127.0.0.1", port), 1).close()
    except OSError:
        return False
    return True
