"""A PostgreSQL and a Redis of one's own, so that they can be killed."""

import os
import shutil
import signal
import subprocess
import time
from contextlib import suppress
from glob import glob
from pathlib import Path

import psycopg
import redis

from tests.conftest import missing


class OwnPostgres:
    """Without fsync: a kill takes processes and not the machine, so what was written to the log files is there."""

    def __init__(self, home: Path, port: int) -> None:
        found = sorted(glob("/usr/lib/postgresql/*/bin/initdb"))
        if not found:
            missing("PostgreSQL's initdb")
        self.port, self.data, self._bin = port, home / "postgres", Path(found[-1]).parent
        self._log = home / "postgres.log"
        # PostgreSQL refuses to run as root, and must reach its folder.
        self._as = ["runuser", "-u", "postgres", "--"] if os.getuid() == 0 else []
        self.data.mkdir()
        if self._as:
            shutil.chown(self.data, "postgres", "postgres")
            for folder in (home, *home.parents[: len(home.parents) - 2]):
                folder.chmod(folder.stat().st_mode | 0o011)
        self._run("initdb", "-D", str(self.data), "-A", "trust", "-U", "gatehouse", "--no-sync")
        self.start()
        with psycopg.connect(self.maintenance, autocommit=True) as connection:
            connection.execute("CREATE DATABASE gatehouse")

    @property
    def maintenance(self) -> str:
        return f"postgres://gatehouse@127.0.0.1:{self.port}/postgres"

    @property
    def address(self) -> str:
        return f"postgres://gatehouse@127.0.0.1:{self.port}/gatehouse"

    def _run(self, program: str, *arguments: str) -> None:
        command = [*self._as, str(self._bin / program), *arguments]
        done = subprocess.run(command, cwd="/", capture_output=True, text=True, check=False, timeout=60)
        assert done.returncode == 0, done.stdout + done.stderr

    def start(self) -> None:
        options = f"-p {self.port} -c listen_addresses=127.0.0.1 -c unix_socket_directories= -c max_connections=60 -c fsync=off"
        log = open(self._log, "ab")  # noqa: SIM115  (the server's own from here on)
        command = [*self._as, str(self._bin / "postgres"), "-D", str(self.data), *options.split()]
        self._process = subprocess.Popen(command, cwd="/", stdout=log, stderr=log, start_new_session=True)
        log.close()
        deadline = time.monotonic() + 40
        while time.monotonic() < deadline:
            with suppress(psycopg.OperationalError):
                psycopg.connect(self.maintenance, connect_timeout=2).close()
                return
            time.sleep(0.05)
        raise RuntimeError(self._log.read_text()[-2000:])

    def copy(self, database: str) -> None:
        command = f'{self._bin}/pg_dump --no-owner --no-privileges "{database}" | {self._bin}/psql -q -v ON_ERROR_STOP=1 "{self.address}"'
        done = subprocess.run(command, shell=True, capture_output=True, text=True, check=False)  # noqa: S602
        assert done.returncode == 0, done.stderr

    def kill(self) -> None:
        """Every process of it at once, as when the power goes: crash recovery must do the rest."""
        first = self._postmaster()
        for pid in [first, *children(first)]:
            with suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
        self._process.wait(20)
        (self.data / "postmaster.pid").unlink(missing_ok=True)

    def stop(self) -> None:
        """As an administrator restarts it: sessions are ended, and told so."""
        os.kill(self._postmaster(), signal.SIGINT)
        self._process.wait(30)

    def _postmaster(self) -> int:
        return int((self.data / "postmaster.pid").read_text().split()[0])


class OwnRedis:
    def __init__(self, home: Path, port: int) -> None:
        if shutil.which("redis-server") is None:
            missing("redis-server")
        self.port, self._home = port, home
        self.start()

    @property
    def address(self) -> str:
        return f"redis://127.0.0.1:{self.port}/0"

    def start(self) -> None:
        command = [
            "redis-server",
            "--port",
            str(self.port),
            "--bind",
            "127.0.0.1",
            "--save",
            "",
            "--dir",
            str(self._home),
        ]
        self._process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        client = redis.Redis.from_url(self.address)
        deadline = time.monotonic() + 20
        while time.monotonic() < deadline:
            with suppress(redis.RedisError):
                client.ping()
                return
            time.sleep(0.05)
        raise RuntimeError("redis-server did not start")

    def kill(self) -> None:
        self._process.kill()
        self._process.wait(20)

    def flush(self) -> None:
        redis.Redis.from_url(self.address).flushall()


def children(pid: int) -> list[int]:
    said = subprocess.run(["ps", "-o", "pid=", "--ppid", str(pid)], capture_output=True, text=True, check=False)
    return [int(word) for word in said.stdout.split()]
