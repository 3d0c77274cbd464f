"""Production on this machine: the settings of production unchanged, a database of its own, processes as deploy/ starts them."""

import http.client
import os
import re
import shlex
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import urlsplit

import psycopg
import redis

from tests.conftest import missing
from tests.live.stack import free_ports

ROOT = Path(__file__).resolve().parents[2]
DEPLOY = ROOT / "deploy"
BIN = Path(sys.executable).parent
KEPT = ("PATH", "HOME", "TMPDIR", "LANG")
HOST = "id.example.com"
# What a proxy in front of the portal says.
PROXIED = {"Host": HOST, "X-Forwarded-Proto": "https"}


def variables(path: Path) -> dict[str, str]:
    """A file of NAME=value lines, as systemd, compose and the shell read it."""
    lines = (
        line.removeprefix("export ") for line in path.read_text().splitlines() if re.match(r"(export )?[A-Z]", line)
    )
    pairs = (line.partition("=") for line in lines)
    return {name: "".join(shlex.split(value)) if value[:1] in "\"'" else value for name, _, value in pairs}


def exec_start(unit: str) -> list[str]:
    """The command line of a systemd unit, with the programs of this machine."""
    (line,) = re.findall(r"^ExecStart=(.*)$", unit_file(unit).read_text(), re.M)
    words = shlex.split(line.removeprefix("/usr/bin/env WEB_PORT=%i "))  # tests name the port as compose does
    return [word.replace("/opt/gatehouse/venv/bin", str(BIN)) for word in words]


def unit_file(unit: str) -> Path:
    return DEPLOY / "systemd" / f"gatehouse-{unit}{'@' * (unit == 'web')}.service"


@dataclass
class Place:
    """`env`: everything a process of this installation is started with."""

    home: Path
    env: dict[str, str]
    running: list["Process"] = field(default_factory=list)
    root: Path = ROOT

    def manage(self, *args: str, **more: str) -> str:
        done = self.run([str(BIN / "python"), "manage.py", *args], **more)
        assert done.returncode == 0, done.stderr[-3000:]
        return done.stdout

    def shell(self, code: str) -> str:
        return self.manage("shell", "--verbosity", "0", "-c", code).strip()

    def run(self, command: Sequence[str], **more: str) -> "subprocess.CompletedProcess[str]":
        return subprocess.run(
            list(command), cwd=self.root, env=self.env | more, capture_output=True, text=True, check=False, timeout=240
        )

    def start(self, name: str, command: Sequence[str], **more: str) -> "Process":
        words = [word.replace("${STATE_DIRECTORY}", str(self.home)) for word in command]
        with (self.home / f"{name}.log").open("ab") as log:
            # In a group of its own, so that a kill takes its children along, as a machine or a container would.
            popen = subprocess.Popen(
                words, cwd=self.root, env=self.env | more, stdout=log, stderr=log, start_new_session=True
            )
        process = Process(name, self, popen, int((self.env | more).get("WEB_PORT", "0")))
        self.running.append(process)
        return process

    def stop_all(self) -> None:
        for process in self.running:
            process.kill()


@dataclass
class Process:
    name: str
    place: Place
    popen: "subprocess.Popen[bytes]"
    port: int

    def log(self) -> str:
        return (self.place.home / f"{self.name}.log").read_text()[-4000:]

    def terminate(self, seconds: float = 40) -> int:
        self.popen.send_signal(signal.SIGTERM)
        return self.popen.wait(seconds)

    def kill(self) -> None:
        """Everything of it, at once and without a word."""
        with suppress(ProcessLookupError):
            os.killpg(self.popen.pid, signal.SIGKILL)
        self.popen.wait(20)

    def answers(self, path: str = "/health/ready") -> bool:
        try:
            return ask(self.port, path)[0] == 200
        except OSError:
            return False

    def wait_until_ready(self, seconds: float = 60) -> None:
        wait_for(lambda: self.answers() or self.popen.poll() is not None, seconds)
        assert self.answers(), self.log()

    def wait_for_log(self, says: str, seconds: float = 60) -> None:
        assert wait_for(lambda: says in self.log(), seconds), self.log()


def ask(
    port: int, path: str, *, method: str = "GET", body: str = "", timeout: float = 15, **headers: str
) -> tuple[int, str]:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=timeout)
    try:
        connection.request(method, path, body or None, PROXIED | {k.replace("_", "-"): v for k, v in headers.items()})
        answer = connection.getresponse()
        return answer.status, answer.read().decode(errors="replace")
    except http.client.HTTPException as error:
        raise ConnectionResetError(str(error)) from error
    finally:
        connection.close()


def wait_for(condition: Callable[[], bool], seconds: float, every: float = 0.1) -> bool:
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        if condition():
            return True
        time.sleep(every)
    return False


def environment(home: Path, *, database: str, redis_url: str) -> dict[str, str]:
    kept = {name: os.environ[name] for name in KEPT if name in os.environ}
    return (
        kept
        | variables(ROOT / ".ci" / "production.env")
        | {
            "DJANGO_SETTINGS_MODULE": "portal.settings.production",
            "DATABASE_URL": database,
            "REDIS_URL": redis_url,
            "STATIC_ROOT": str(home / "static"),
            "WEB_WORKERS": "1",
            "WEB_PORT": str(free_ports(1)),
            "PYTHONUNBUFFERED": "1",
            # Tests ask without end, from one address.
            **{f"LIMIT_{name}": "off" for name in ("INTROSPECT_PER_ADDRESS", "FAILED_PER_CLIENT_AND_ADDRESS")},
        }
    )


def collect_static(place: Place) -> None:
    stand_ins = variables(DEPLOY / "collectstatic.env")
    place.manage("collectstatic", "--noinput", "--verbosity", "0", **stand_ins)


@contextmanager
def own_database(name: str) -> Iterator[str]:
    """An empty database beside the tests', and its address."""
    server = os.environ.get("GATEHOUSE_TEST_DATABASE_URL", "")
    if not server.startswith("postgres"):
        missing("PostgreSQL")
    parts = urlsplit(server)
    maintenance = parts._replace(path="/postgres").geturl()
    with psycopg.connect(maintenance, autocommit=True) as connection:
        connection.execute(f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)')
        connection.execute(f'CREATE DATABASE "{name}"')
    try:
        yield parts._replace(path=f"/{name}").geturl()
    finally:
        with psycopg.connect(maintenance, autocommit=True) as connection:
            connection.execute(f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)')


def own_redis() -> str:
    url = os.environ.get("GATEHOUSE_TEST_REDIS_URL", "redis://127.0.0.1:6379/15")
    try:
        redis.Redis.from_url(url).ping()
    except redis.RedisError:
        missing("Redis")
    return url
