"""A secret is rotated while a service uses it without pause: on PostgreSQL, through two real web processes."""

import json
import os
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest

from tests.conftest import missing
from tests.live.stack import ROOT, answers, free_ports

DATABASE = f"gatehouse_load_{os.getpid()}"


@pytest.fixture
def database() -> Iterator[str]:
    """A database of its own, so that the web processes and the test see the same committed rows."""
    server = os.environ.get("GATEHOUSE_TEST_DATABASE_URL", "")
    if not server.startswith("postgres"):
        missing("PostgreSQL")
    base = server.rpartition("/")[0]
    with psycopg.connect(f"{base}/postgres", autocommit=True) as admin:
        admin.execute(f'CREATE DATABASE "{DATABASE}"')
    try:
        yield f"{base}/{DATABASE}"
    finally:
        with psycopg.connect(f"{base}/postgres", autocommit=True) as admin:
            admin.execute(f'DROP DATABASE "{DATABASE}" WITH (FORCE)')


@pytest.fixture
def portal(database: str, tmp_path: Path) -> Iterator[tuple[str, dict[str, str]]]:
    port = free_ports(1)
    env = os.environ | {
        "DJANGO_SETTINGS_MODULE": "portal.settings.local",
        "DATABASE_URL": database,
        "GATEHOUSE_HOME": str(tmp_path),
        "PORT": str(port),
        "PYTHONPATH": str(ROOT),
    }
    subprocess.run([sys.executable, "manage.py", "migrate", "--noinput", "-v", "0"], cwd=ROOT, env=env, check=True)
    granian = str(Path(sys.executable).parent / "granian")
    command = [granian, "--interface", "wsgi", "portal.wsgi:application", "--host", "127.0.0.1", "--port", str(port)]
    with (tmp_path / "web.log").open("wb") as log:
        web = subprocess.Popen(
            [*command, "--workers", "2", "--blocking-threads", "4"], cwd=ROOT, env=env, stdout=log, stderr=log
        )
    try:
        deadline = time.monotonic() + 90
        while not answers(f"http://127.0.0.1:{port}/health/ready"):
            assert web.poll() is None and time.monotonic() < deadline, (tmp_path / "web.log").read_text()[-3000:]
            time.sleep(0.2)
        yield f"http://localhost:{port}", env
    finally:
        web.terminate()
        web.wait(30)


def test_rotation_under_load_loses_no_request(portal: tuple[str, dict[str, str]]) -> None:
    address, env = portal
    command = [sys.executable, "-m", "demo.rotate_under_load", "--portal", address, "--workers", "6"]
    done = subprocess.run(command, cwd=ROOT, env=env, capture_output=True, text=True, check=False)
    assert done.stdout, done.stderr[-3000:]
    found = json.loads(done.stdout)
    print(found)
    assert found["failures"] == [] and found["failed"] == 0 and done.returncode == 0
    assert found["connections_ended_with_the_old_secret"] == 0 and found["connections_at_the_end"] == 6
    assert found["requests"]["exchange"] == 6
    for what in ("refresh", "api", "client_credentials", "introspect"):
        assert found["requests"][what] >= 100
    assert urllib.request.urlopen(f"{address}/health/ready").status == 200
