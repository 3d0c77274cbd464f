"""Gatehouse as it runs in production: its settings, granian, PostgreSQL and Redis, http on the loopback."""

import json
import os
import subprocess
import sys
from dataclasses import dataclass, field
from pathlib import Path

from bench import processes
from bench.stores import Stores

ROOT = Path(__file__).resolve().parent.parent
WORKERS = int(os.environ.get("BENCH_WORKERS", "2"))
THREADS = int(os.environ.get("BENCH_THREADS", "4"))


@dataclass
class Portal:
    stores: Stores
    port: int
    folder: Path
    name: str = "Gatehouse"
    database: str = "gatehouse"
    pid: int = 0
    environment: dict[str, str] = field(default_factory=dict)
    skips: frozenset[str] = frozenset()

    def prepare(self, rounds: int, once: int, people: int) -> str:
        """Returns what was made."""
        self.environment = os.environ | {
            "DJANGO_SETTINGS_MODULE": "portal.settings.production",
            "GATEHOUSE_SECRET_KEY": "only-for-the-bench-" + "s" * 50,
            "GATEHOUSE_DIGEST_KEY": "only-for-the-bench-" + "d" * 50,
            "GATEHOUSE_KEY_ENCRYPTION_KEY": "only-for-the-bench-" + "k" * 50,
            "GATEHOUSE_ISSUER": f"http://127.0.0.1:{self.port}",
            "GATEHOUSE_HOSTS": "127.0.0.1",
            "DATABASE_URL": self.stores.create(self.database),
            "DATABASE_POOL": "16",
            "REDIS_URL": self.stores.cache(1),
            "STATIC_ROOT": str(self.folder / "static"),
            "ENTRA_CLIENT_ID": "00000000-0000-4000-8000-000000000000",
            "ENTRA_CLIENT_SECRET": "only-for-the-bench",
            "DEFAULT_FROM_EMAIL": "Gatehouse <no-reply@bench.example>",
            "SSL_REDIRECT": "false",
            "LOG_LEVEL": "WARNING",
            # One client calls as fast as it can. The limits are counted as always, and not reached.
            **{f"LIMIT_{name}_PER_CLIENT": "900000000/minute" for name in ("TOKEN", "INTROSPECT", "REVOKE", "API")},
        }
        self._python("manage.py", "collectstatic", "--noinput", "--verbosity", "0")
        self._python("manage.py", "migrate", "--noinput", "--verbosity", "0")
        made = self._python("-m", "bench.ours_seed", str(self.folder / "calls"), str(rounds), str(once), str(people))
        found = json.loads(made.splitlines()[-1])
        return ", ".join(f"{number:,} {what}" for what, number in found.items())

    def _python(self, *arguments: str) -> str:
        ran = subprocess.run(
            [sys.executable, *arguments], cwd=ROOT, env=self.environment, capture_output=True, text=True, check=False
        )
        if ran.returncode:
            raise SystemExit(f"{' '.join(arguments)} failed:\n{ran.stderr[-2000:]}")
        return ran.stdout

    def start(self) -> None:
        granian = str(Path(sys.executable).parent / "granian")
        command = [granian, "--interface", "wsgi", "portal.wsgi:application", "--host", "127.0.0.1"]
        command += ["--port", str(self.port), "--workers", str(WORKERS), "--blocking-threads", str(THREADS)]
        command += ["--no-ws", *os.environ.get("BENCH_GRANIAN", "").split()]
        self.pid = processes.start(command, self.folder / "server.log", env=self.environment, cwd=ROOT)
        processes.wait_until(self.name, lambda: processes.answers(f"http://127.0.0.1:{self.port}/health/ready"))

    def calls(self, operation: str, round_: int) -> Path | None:
        """None: this server does not have the operation."""
        folder = self.folder / "calls"
        return next((f for f in (folder / f"{operation}.{round_}", folder / operation) if f.exists()), None)
