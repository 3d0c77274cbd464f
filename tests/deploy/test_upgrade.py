"""The code of the last release goes on serving while the database is migrated to this one, and beside the new code."""

import json
import os
import subprocess
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.deploy.faults.actors import Actor, Person, Proxy, Service
from tests.deploy.faults.ledger import Ledger
from tests.deploy.place import BIN, ROOT, Place, collect_static, environment, exec_start, own_database, own_redis
from tests.live.stack import free_ports

pytestmark = pytest.mark.xdist_group("production")
SEED = (Path(__file__).parent / "faults" / "seed.py").read_text() + "\nmain(2)\n"


@pytest.fixture
def previous(tmp_path: Path) -> Iterator[Path]:
    """A tree of the last release: the latest tag, or the commit that GATEHOUSE_TEST_PREVIOUS names."""
    said = ["git", "-C", str(ROOT), "describe", "--tags", "--abbrev=0", "--match", "v*"]
    tag = subprocess.run(said, capture_output=True, text=True, check=False).stdout.strip()
    commit = os.environ.get("GATEHOUSE_TEST_PREVIOUS", tag)
    if not commit:
        pytest.skip("There is no release before this one in the history (GATEHOUSE_TEST_PREVIOUS=<commit> names one).")
    tree = tmp_path / "previous"
    subprocess.run(["git", "-C", str(ROOT), "worktree", "add", "--detach", str(tree), commit], check=True)
    try:
        yield tree
    finally:
        subprocess.run(["git", "-C", str(ROOT), "worktree", "remove", "--force", str(tree)], check=True)


def test_the_last_release_serves_while_its_database_is_migrated(previous: Path, tmp_path: Path) -> None:
    with own_database(f"gatehouse_upgrade_{os.getpid()}") as database:
        env = environment(tmp_path, database=database, redis_url=own_redis())
        old, new = Place(tmp_path, dict(env), root=previous), Place(tmp_path, dict(env))
        new.env["STATIC_ROOT"] = str(tmp_path / "static-new")
        try:
            for place in (old, new):
                collect_static(place)
            old.manage("migrate", "--noinput")
            seeds = json.loads(old.shell(SEED).splitlines()[-1])
            ports = [free_ports(2), free_ports(2) + 1]
            command = [
                str(BIN / "granian"),
                "--interface",
                "wsgi",
                "portal.wsgi:application",
                "--blocking-threads",
                "4",
            ]
            serving = old.start("web-old", [*command, "--port", str(ports[0])], WEB_PORT=str(ports[0]))
            serving.wait_until_ready()

            ledger, stop = Ledger(), threading.Event()
            proxy = Proxy(ports[:1], ledger)
            service = Service(proxy, seeds["client_id"], seeds["secret"])
            people = [Person(proxy, name, session) for name, (_, session) in seeds["sessions"].items()]
            actors = [Actor(person, service, ledger, stop) for person in people]
            for actor in actors:
                actor.start()
            rounds(actors, 3)
            migrated = new.run(exec_start("migrate"))
            assert migrated.returncode == 0, migrated.stderr
            rounds(actors, 3)  # the old code on the new tables
            beside = new.start("web-new", exec_start("web"), WEB_PORT=str(ports[1]))
            beside.wait_until_ready()
            proxy.ports.append(ports[1])
            proxy.restart_turns()
            rounds(actors, 6)  # both at once
            stop.set()
            for actor in actors:
                actor.join(60)
            assert ledger.failures(0) == [] and ledger.broken == []
        finally:
            old.stop_all()
            new.stop_all()


def rounds(actors: list[Actor], more: int) -> None:
    goals = [actor.rounds + more for actor in actors]
    deadline = time.monotonic() + 60
    while any(actor.rounds < goal for actor, goal in zip(actors, goals, strict=True)):
        assert time.monotonic() < deadline and all(actor.is_alive() for actor in actors), actors[0].ledger.broken
        time.sleep(0.1)
