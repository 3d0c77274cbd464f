"""Two web units, two workers and beat on a PostgreSQL and a Redis of their own, with somebody who starts again what died.

That somebody is what systemd and compose are: a process that ended is started a second later with the same command.
"""

import json
import subprocess
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from tests.deploy.faults.actors import Actor, Person, Proxy, Service
from tests.deploy.faults.ledger import Ledger
from tests.deploy.faults.servers import OwnPostgres, OwnRedis
from tests.deploy.place import BIN, ROOT, Place, Process, collect_static, environment, exec_start
from tests.live.stack import free_ports

RESTART_SECONDS = 1.0  # RestartSec of the units
UNITS = {"web-a": "web", "web-b": "web", "worker-a": "worker", "worker-b": "worker", "beat": "beat"}


class World:
    def __init__(self, place: Place, postgres: OwnPostgres, redis: OwnRedis, ports: list[int]) -> None:
        self.place, self.postgres, self.redis, self.ports = place, postgres, redis, ports
        self.ledger, self.stop = Ledger(), threading.Event()
        self.units: dict[str, Process] = {}
        self.actors: list[Actor] = []
        self._seeds: dict[str, Any] = {}
        self._supervisor = threading.Thread(target=self._supervise, daemon=True)

    def begin(self, actors: int) -> None:
        self._seeds = json.loads(self.place.shell(f"from tests.deploy.faults import seed; seed.main({actors})"))
        for name in UNITS:
            self._start(name)
        for name in ("web-a", "web-b"):
            self.units[name].wait_until_ready()
        self._supervisor.start()
        proxy = Proxy(self.ports, self.ledger)
        self.service = Service(proxy, self._seeds["client_id"], self._seeds["secret"])
        for name, (_, session) in self._seeds["sessions"].items():
            self.actors.append(Actor(Person(proxy, name, session), self.service, self.ledger, self.stop))
            self.actors[-1].start()

    def end_load(self) -> None:
        self.stop.set()
        for actor in self.actors:
            actor.join(90)

    def close(self) -> None:
        self.stop.set()
        self._supervisor.join(10)
        for process in self.place.running:
            process.kill()
        self.redis.kill()
        self.postgres.kill()

    def _start(self, name: str) -> None:
        port = {"web-a": self.ports[0], "web-b": self.ports[1]}.get(name, 0)
        command = exec_start(UNITS[name])
        if name == "beat":
            command = [word.replace("${STATE_DIRECTORY}", str(self.place.home)) for word in command]
        self.units[name] = self.place.start(name, command, WEB_PORT=str(port or 1))

    def _supervise(self) -> None:
        while not self.stop.is_set():
            for name, process in list(self.units.items()):
                if process.popen.poll() is not None:
                    time.sleep(RESTART_SECONDS)
                    self._start(name)
            time.sleep(0.1)

    def judge(self) -> list[str]:
        """Every promise that was broken."""
        ledger, broken = self.ledger, list(self.ledger.broken)
        found = self._look()
        names = {pk: name for name, (pk, _) in self._seeds["sessions"].items()}
        events = {names[pk]: count for pk, count in found["grants"].items() if pk in names}
        for name, count in ledger.grants.items():
            most = count + ledger.grants_unsure[name]
            if not count <= events.get(name, 0) <= most:
                broken.append(f"{name} granted {count} to {most} times, the log says {events.get(name, 0)}")
        broken += [f"connection {c} is lost" for c in ledger.connections if c not in found["connections"]]
        broken += [
            f"connection {c} has {found['created'].get(c)} events"
            for c in ledger.connections
            if found["created"].get(c) != 1
        ]
        for connection, count in ledger.refreshes.items():
            there = found["refreshed"].get(connection, 0)
            if not count <= there <= count + ledger.refreshes_unsure[connection]:
                broken.append(f"connection {connection} was refreshed {count} times, the log says {there}")
        for kind, acknowledged in (
            ("connection", ledger.revoked_connections),
            ("authorization", ledger.revoked_authorizations),
        ):
            for pk in acknowledged:
                if pk not in found[f"revoked_{kind}s"]:
                    broken.append(f"the revocation of {kind} {pk} is lost")
                if kind == "authorization" and found[f"{kind}_revoked"].get(pk) != 1:
                    broken.append(f"{kind} {pk} has {found[f'{kind}_revoked'].get(pk)} events of its revocation")
        for port in self.ports:
            broken += [
                f"{port} accepts a revoked token"
                for t in ledger.dead_tokens
                if self.service.accepted_by(port, t) is not False
            ]
            broken += [
                f"{port} refuses a live token"
                for t in ledger.live_tokens.values()
                if self.service.accepted_by(port, t) is not True
            ]
        return broken

    def _look(self) -> dict[str, Any]:
        asked = {
            "connections": list(self.ledger.connections),
            "authorizations": list(set(self.ledger.connections.values())),
        }
        command = [
            str(BIN / "python"),
            "manage.py",
            "shell",
            "--verbosity",
            "0",
            "-c",
            "from tests.deploy.faults import look; look.main()",
        ]
        done = subprocess.run(
            command, cwd=ROOT, env=self.place.env, input=json.dumps(asked), capture_output=True, text=True, check=False
        )
        assert done.returncode == 0, done.stderr[-2000:]
        return json.loads(done.stdout.splitlines()[-1])


@contextmanager
def world(home: Path, *, actors: int, like: Place | None = None) -> Iterator[World]:
    """`like`: an installation whose static files and tables are taken over, which is quicker."""
    first = free_ports(4)
    postgres, redis = OwnPostgres(home, first + 2), OwnRedis(home, first + 3)
    place = Place(home, environment(home, database=postgres.address, redis_url=redis.address))
    made = World(place, postgres, redis, [first, first + 1])
    try:
        if like:
            place.env["STATIC_ROOT"] = like.env["STATIC_ROOT"]
            postgres.copy(like.env["DATABASE_URL"])
        else:
            collect_static(place)
            migrated = place.run(exec_start("migrate"))
            assert migrated.returncode == 0, migrated.stderr
        made.begin(actors)
        yield made
    finally:
        made.close()
