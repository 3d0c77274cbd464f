"""A PostgreSQL and a Redis of the bench's own, with their default settings: durable, and nobody else's work in them."""

import os
import shutil
import subprocess
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from bench import processes


@dataclass(frozen=True)
class Stores:
    postgresql: int  # ports
    redis: int
    pids: tuple[int, int]
    folder: Path

    def database(self, name: str) -> str:
        return f"postgres://postgres@127.0.0.1:{self.postgresql}/{name}"

    def cache(self, number: int) -> str:
        return f"redis://127.0.0.1:{self.redis}/{number}"

    def create(self, name: str, like: str = "") -> str:
        """Empty, or a copy of another."""
        run_sql(self, f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)')
        run_sql(self, f'CREATE DATABASE "{name}"' + (f' TEMPLATE "{like}" STRATEGY file_copy' if like else ""))
        return self.database(name)

    def holds(self, name: str) -> bool:
        return bool(run_sql(self, f"SELECT 1 FROM pg_database WHERE datname = '{name}'"))  # noqa: S608  (ours)

    def cpu(self) -> float:
        return sum(processes.cpu(pid) for pid in self.pids)


def run_sql(stores: Stores, sql: str, database: str = "postgres") -> list[Any]:
    import psycopg  # noqa: PLC0415  (the bench's peers are set up without it)

    with psycopg.connect(stores.database(database), autocommit=True) as connection:
        found = connection.execute(sql)  # type: ignore[arg-type]
        return found.fetchall() if found.description else []


def binaries() -> Path:
    """Of the newest PostgreSQL on this machine."""
    found = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"))
    path = found[-1] if found else shutil.which("initdb")
    if not path:
        raise SystemExit("The bench needs the programs of PostgreSQL (Debian: apt-get install postgresql).")
    return Path(path).parent


def folder(kept: Path | None = None) -> Path:
    """Not below the repository: PostgreSQL's own user, as whom root has to run it, may not come in there. `kept`: of
    an earlier run; what is filled in it is used again, and all but that is made anew."""
    if kept is None:
        return Path(tempfile.mkdtemp(prefix="gatehouse-bench-", dir="/var/tmp"))
    kept.mkdir(parents=True, exist_ok=True)
    for old in kept.glob("server-*"):
        shutil.rmtree(old)
    return kept


def start(folder: Path, postgresql: int, redis: int) -> Stores:
    bin_folder = binaries()
    user = ["setpriv", "--reuid=postgres", "--regid=postgres", "--clear-groups"] if os.getuid() == 0 else []
    data = folder / "postgresql"
    folder.chmod(0o755)
    if not data.exists():
        data.mkdir()
        if user:
            shutil.chown(data, "postgres", "postgres")
        initdb = [*user, str(bin_folder / "initdb"), "-D", str(data), "-A", "trust", "-U", "postgres"]
        subprocess.run([*initdb, "--locale=C.UTF-8"], check=True, capture_output=True, cwd="/")
    settings = {
        "listen_addresses": "127.0.0.1",
        "port": postgresql,
        "unix_socket_directories": "",
        "shared_buffers": "512MB",
    }
    options = [part for name, value in settings.items() for part in ("-c", f"{name}={value}")]
    server = processes.start(
        [*user, str(bin_folder / "postgres"), "-D", str(data), *options], folder / "postgresql.log", cwd=Path("/")
    )
    memory = processes.start(
        ["redis-server", "--port", str(redis), "--bind", "127.0.0.1", "--save", "", "--dir", str(folder)],
        folder / "redis.log",
    )
    ready = [str(bin_folder / "pg_isready"), "-h", "127.0.0.1", "-p", str(postgresql), "-q"]
    processes.wait_until("PostgreSQL", lambda: subprocess.run(ready, check=False).returncode == 0)
    if not processes.runs(server) or not processes.runs(memory):
        raise SystemExit(f"The ports {postgresql} and {redis} are taken: name others with --port.")
    ping = ["redis-cli", "-p", str(redis), "ping"]
    processes.wait_until("Redis", lambda: b"PONG" in subprocess.run(ping, capture_output=True, check=False).stdout)
    return Stores(postgresql, redis, (server, memory), folder)
