"""npm `oidc-provider`, two processes, with a Redis and with a PostgreSQL adapter."""

import json
import os
import shutil
import subprocess
from dataclasses import dataclass, field
from pathlib import Path

from bench import processes
from bench.stores import Stores

SOURCE = Path(__file__).with_name("oidc-provider")
# Where the packages of peers are kept between runs: below the data folder, never in the repository.
CACHE = Path(os.environ.get("GATEHOUSE_HOME", str(SOURCE.parents[2] / "var"))) / "bench" / "peers"


@dataclass
class OidcProvider:
    stores: Stores
    port: int
    folder: Path
    store: str = ""
    name: str = ""
    pid: int = 0
    environment: dict[str, str] = field(default_factory=dict)
    skips: frozenset[str] = frozenset()
    most = 1800

    def prepare(self, rounds: int, once: int, people: int) -> str:
        installed = install()
        keys = self.folder / "jwks.json"
        keys.write_text(_made_keys(installed))
        self.environment = os.environ | {
            "NODE_ENV": "production",
            "PEER_STORE": self.store,
            "PEER_PORT": str(self.port),
            "PEER_ISSUER": f"http://127.0.0.1:{self.port}",
            "PEER_JWKS": str(keys),
            "PEER_REDIS": self.stores.cache(2),
            "PEER_DATABASE": self.stores.create("peer") if self.store == "postgresql" else "",
        }
        made = subprocess.run(
            ["node", "seed.mjs", str(self.folder / "calls"), str(rounds), str(once)],
            cwd=installed,
            env=self.environment,
            capture_output=True,
            text=True,
            timeout=300,
            check=False,
        )
        if made.returncode:
            raise SystemExit(f"seed.mjs failed: {made.stderr[-1500:]}")
        return made.stdout.strip()

    def start(self) -> None:
        self.pid = processes.start(
            ["node", "server.mjs"], self.folder / "server.log", env=self.environment, cwd=CACHE / "oidc-provider"
        )
        address = f"http://127.0.0.1:{self.port}/.well-known/openid-configuration"
        processes.wait_until(self.name, lambda: processes.answers(address))

    def calls(self, operation: str, round_: int) -> Path | None:
        folder = self.folder / "calls"
        return next((f for f in (folder / f"{operation}.{round_}", folder / operation) if f.exists()), None)


def on_redis(stores: Stores, port: int, folder: Path) -> OidcProvider:
    return OidcProvider(stores, port, folder, "redis", "oidc-provider, Redis")


def on_postgresql(stores: Stores, port: int, folder: Path) -> OidcProvider:
    return OidcProvider(stores, port, folder, "postgresql", "oidc-provider, PostgreSQL")


def install() -> Path:
    """With the versions of the lock file."""
    if not shutil.which("npm"):
        raise SystemExit("npm is not on this machine.")
    place = CACHE / "oidc-provider"
    place.mkdir(parents=True, exist_ok=True)
    lock = (SOURCE / "package-lock.json").read_text()
    done = place / "installed.json"
    for file in SOURCE.iterdir():
        if file.is_file():
            shutil.copy(file, place)
    if not done.exists() or done.read_text() != lock:
        ran = subprocess.run(
            ["npm", "ci", "--no-audit", "--no-fund", "--loglevel=error"],
            cwd=place,
            capture_output=True,
            text=True,
            timeout=300,
            check=False,
        )
        if ran.returncode:
            raise SystemExit(f"npm ci failed: {ran.stderr[-800:]}")
        done.write_text(lock)
    return place


def _made_keys(cwd: Path) -> str:
    script = """
      const {generateKeyPairSync} = require("node:crypto");
      const {privateKey} = generateKeyPairSync("rsa", {modulusLength: 2048});
      console.log(JSON.stringify({keys: [{...privateKey.export({format: "jwk"}), use: "sig", kid: "bench", alg: "RS256"}]}));
    """
    made = subprocess.run(["node", "-e", script], cwd=cwd, capture_output=True, text=True, check=True)
    return json.dumps(json.loads(made.stdout))
