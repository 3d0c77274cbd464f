"""The whole product, running: what `python -m demo.run` starts, on ports and in a folder of its own."""

import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).resolve().parents[2]
READY_SECONDS = 240.0
NOT_INHERITED = ("DATABASE_URL", "REDIS_URL", "CELERY_BROKER_URL", "DJANGO_SETTINGS_MODULE")


@dataclass(frozen=True)
class Stack:
    """`settings`: environment beyond the usual, such as LEGACY_SUNSET."""

    port: int
    home: Path
    settings: dict[str, str] = field(default_factory=dict)

    @property
    def portal(self) -> str:
        return f"http://localhost:{self.port}"

    @property
    def directory(self) -> str:
        return f"http://localhost:{self.port + 1}"

    @property
    def service(self) -> str:
        return f"http://localhost:{self.port + 2}"

    @property
    def resource(self) -> str:
        return f"http://localhost:{self.port + 3}"

    @property
    def env(self) -> dict[str, str]:
        kept = {k: v for k, v in os.environ.items() if k not in NOT_INHERITED}
        directory = {"DIRECTORY_BASE_URL": self.directory, "DJANGO_SETTINGS_MODULE": "portal.settings.local"}
        return kept | directory | {"PORT": str(self.port), "GATEHOUSE_HOME": str(self.home)} | self.settings

    def credentials(self, model: str = "standard") -> dict[str, str]:
        return json.loads((self.home / "sample-service.json").read_text())[model]

    def resource_server(self) -> tuple[str, str]:
        found = json.loads((self.home / "resource-server.json").read_text())
        return found["client_id"], found["client_secret"]

    def manage(self, *args: str, stdin: str = "") -> str:
        command = [sys.executable, "manage.py", *args]
        done = subprocess.run(command, cwd=ROOT, env=self.env, input=stdin, capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stderr[-3000:]
        return done.stdout

    def register(self, **document: Any) -> dict[str, Any]:
        said = {
            "company": "Contoso Ltd",
            "scopes": ["openid", "offline_access", "vso.profile", "vso.project"],
        } | document
        return json.loads(self.manage("register_app", "-", stdin=json.dumps(said)).splitlines()[-1])


@pytest.fixture(scope="session")
def stack() -> Iterator[Stack]:
    with folder() as home, running(home) as shared:
        yield shared


@contextmanager
def folder() -> Iterator[Path]:
    home = Path(tempfile.mkdtemp(prefix="gatehouse-live-"))
    try:
        yield home
    finally:
        shutil.rmtree(home, ignore_errors=True)


@contextmanager
def running(home: Path, port: int = 0, **settings: str) -> Iterator[Stack]:
    """A stack of one's own: start it again on the same folder and port to move its settings. It costs some 15 s."""
    made = Stack(port or free_ports(4), home, settings)
    with (home / "run.log").open("wb") as log:
        process = subprocess.Popen(
            [sys.executable, "-m", "demo.run"], cwd=ROOT, env=made.env, stdin=subprocess.DEVNULL, stdout=log, stderr=log
        )
    try:
        wait_until_ready(made, process)
        yield made
    finally:
        process.send_signal(signal.SIGTERM)
        process.wait(30)


def free_ports(count: int) -> int:
    """The first of so many free ports in a row, below those that the system hands out by itself."""
    start = 21000 + os.getpid() % 200 * 40
    for port in range(start, start + 40, count):
        if all(is_free(p) for p in range(port, port + count)):
            return port
    raise RuntimeError("no free ports in a row")


def is_free(port: int) -> bool:
    with socket.socket() as probe:
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            return False
    return True


def wait_until_ready(running: Stack, process: "subprocess.Popen[bytes]") -> None:
    deadline = time.monotonic() + READY_SECONDS
    places = [f"{running.portal}/health/ready", f"{running.service}/health", f"{running.resource}/health"]
    while not all(answers(place) for place in places):
        if process.poll() is not None or time.monotonic() > deadline:
            raise RuntimeError("the demo did not start:\n" + (running.home / "run.log").read_text()[-3000:])
        time.sleep(0.2)


def answers(address: str) -> bool:
    try:
        with urllib.request.urlopen(address, timeout=2) as response:
            return response.status == 200
    except (urllib.error.URLError, OSError):
        return False
