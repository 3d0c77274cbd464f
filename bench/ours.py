"""Gatehouse as it runs in production: its settings, granian, PostgreSQL and Redis, http on the loopback."""

import json
import os
import secrets
import subprocess
import sys
from dataclasses import dataclass, field
from pathlib import Path

from bench import processes
from bench.stores import Stores

ROOT = Path(__file__).resolve().parent.parent


LIMITS = (
    *("TOKEN_PER_CLIENT", "INTROSPECT_PER_CLIENT", "REVOKE_PER_CLIENT", "API_PER_CLIENT", "TOKEN_PER_ADDRESS"),
    *("INTROSPECT_PER_ADDRESS", "REVOKE_PER_ADDRESS", "API_PER_ADDRESS", "FAILED_PER_CLIENT_AND_ADDRESS"),
    *("AUTHORIZE_PER_ADDRESS", "AUTHORIZE_PER_PERSON"),
)


@dataclass
class Portal:
    stores: Stores
    port: int
    folder: Path
    name: str = "Gatehouse"
    database: str = "gatehouse"
    cache: int = 1
    pid: int = 0
    environment: dict[str, str] = field(default_factory=dict)
    skips: frozenset[str] = frozenset()

    def prepare(self, rounds: int, once: int, people: int) -> str:
        """Returns what was made."""
        self.environment = os.environ | {
            "DJANGO_SETTINGS_MODULE": "portal.settings.production",
            "GATEHOUSE_SECRET_KEY": secrets.token_urlsafe(48),
            "GATEHOUSE_DIGEST_KEY": secrets.token_urlsafe(48),
            "GATEHOUSE_KEY_ENCRYPTION_KEY": secrets.token_urlsafe(48),
            "GATEHOUSE_ISSUER": "https://id.bench.example",
            "GATEHOUSE_HOSTS": "id.bench.example,127.0.0.1",
            "BEHIND_TLS_PROXY": "true",  # the calls of pages say that they came by https
            "TRUSTED_PROXIES": "127.0.0.0/8",
            "WEB_HOST": "127.0.0.1",
            "WEB_PORT": str(self.port),
            "DATABASE_URL": self.stores.database(self.database),
            "REDIS_URL": self.stores.cache(self.cache),
            "STATIC_ROOT": str(self.folder / "static"),
            "ENTRA_CLIENT_ID": "00000000-0000-4000-8000-000000000000",
            "ENTRA_CLIENT_SECRET": secrets.token_urlsafe(32),
            "DEFAULT_FROM_EMAIL": "Gatehouse <no-reply@bench.example>",
            "LOG_LEVEL": "WARNING",
            "ACCESS_LOG": "false",  # the peers write none
            # Counted as ever, and never reached: one client makes all the calls here.
            **{f"LIMIT_{name}": "900000000/minute" for name in LIMITS},
        }
        self.create()
        self._python("manage.py", "collectstatic", "--noinput", "--verbosity", "0")
        self._python("manage.py", "migrate", "--noinput", "--verbosity", "0")
        made = self._python("-m", "bench.ours_seed", str(self.folder / "calls"), str(rounds), str(once), str(people))
        found = json.loads(made.splitlines()[-1])
        return ", ".join(f"{number:,} {what}" for what, number in found.items())

    def create(self) -> None:
        """Its database, with what is there before the bench's own rows."""
        self.stores.create(self.database)

    def _python(self, *arguments: str, **more: str) -> str:
        said = self.environment | more
        ran = subprocess.run(
            [sys.executable, *arguments], cwd=ROOT, env=said, capture_output=True, text=True, check=False
        )
        if ran.returncode:
            raise SystemExit(f"{' '.join(arguments)} failed:\n{ran.stderr[-2000:]}")
        return ran.stdout

    def start(self) -> None:
        command = [sys.executable, "-m", "portal.serve"]
        self.pid = processes.start(command, self.folder / "server.log", env=self.environment, cwd=ROOT)
        processes.wait_until(self.name, lambda: processes.answers(f"http://127.0.0.1:{self.port}/health/ready"))

    def calls(self, operation: str, round_: int) -> Path | None:
        """None: this server does not have the operation."""
        folder = self.folder / "calls"
        return next((f for f in (folder / f"{operation}.{round_}", folder / operation) if f.exists()), None)
