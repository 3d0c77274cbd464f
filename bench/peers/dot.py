"""django-oauth-toolkit on gunicorn and PostgreSQL: as its tutorial says, and once without what costs it most."""

import os
import shutil
import subprocess
import sys
from dataclasses import dataclass, field
from pathlib import Path

from bench import processes
from bench.peers.oidc import CACHE
from bench.stores import Stores

SOURCE = Path(__file__).with_name("toolkit")
WORKERS = "5"  # gunicorn's own advice: twice the cores and one


@dataclass
class Toolkit:
    stores: Stores
    port: int
    folder: Path
    mode: str = ""
    name: str = ""
    pid: int = 0
    environment: dict[str, str] = field(default_factory=dict)
    skips: frozenset[str] = frozenset()
    most = 400

    def prepare(self, rounds: int, once: int, people: int) -> str:
        python = install()
        database = f"toolkit-{self.mode}"
        self.stores.create(database)
        self.environment = os.environ | {
            "PEER_MODE": self.mode,
            "PEER_KEY": str(self.folder / "key.pem"),
            "PEER_NAME": database,
            "PEER_DATABASE_PORT": str(self.stores.postgresql),
        }
        hashed = "unhashed" if self.mode == "unhashed" else "hashed"
        made = subprocess.run(
            [str(python), "seed.py", str(self.folder / "calls"), str(rounds), str(once), hashed],
            cwd=SOURCE,
            env=self.environment,
            capture_output=True,
            text=True,
            timeout=300,
            check=False,
        )
        if made.returncode:
            raise SystemExit(f"seed.py failed: {made.stderr[-1500:]}")
        return made.stdout.strip()

    def start(self) -> None:
        gunicorn = str(CACHE / "toolkit" / "bin" / "gunicorn")
        command = [gunicorn, "bench_site:application", "--bind", f"127.0.0.1:{self.port}", "--workers", WORKERS]
        self.pid = processes.start(command, self.folder / "server.log", env=self.environment, cwd=SOURCE)
        address = f"http://127.0.0.1:{self.port}/o/.well-known/openid-configuration"
        processes.wait_until(self.name, lambda: processes.answers(address))

    def calls(self, operation: str, round_: int) -> Path | None:
        folder = self.folder / "calls"
        return next((f for f in (folder / f"{operation}.{round_}", folder / operation) if f.exists()), None)


def stock(stores: Stores, port: int, folder: Path) -> Toolkit:
    return Toolkit(stores, port, folder, "stock", "django-oauth-toolkit, stock")


def unhashed(stores: Stores, port: int, folder: Path) -> Toolkit:
    return Toolkit(stores, port, folder, "unhashed", "django-oauth-toolkit, unhashed secrets, kept connections")


def install() -> Path:
    """A virtual environment of its own, with the versions of its requirements."""
    place, wanted = CACHE / "toolkit", (SOURCE / "requirements.txt").read_text()
    python, done = place / "bin" / "python", place / "installed.txt"
    if done.exists() and done.read_text() == wanted:
        return python
    shutil.rmtree(place, ignore_errors=True)
    place.parent.mkdir(parents=True, exist_ok=True)
    for command in (
        [sys.executable, "-m", "venv", str(place)],
        [str(python), "-m", "pip", "install", "-q", "-r", str(SOURCE / "requirements.txt")],
    ):
        ran = subprocess.run(command, capture_output=True, text=True, timeout=300, check=False)
        if ran.returncode:
            raise SystemExit(f"{' '.join(command[1:4])} failed: {ran.stderr[-800:]}")
    done.write_text(wanted)
    return python
