"""Drives one server with wrk: the same generator, and the same sixteen connections, for everybody."""

import json
import os
import subprocess
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

CONNECTIONS = 16
SCRIPT = Path(__file__).with_name("drive.lua")


@dataclass(frozen=True)
class Call:
    """One request. `token`: what a chain replaces; it stands between `body` and `after`."""

    method: str
    path: str
    headers: dict[str, str]
    body: str = ""
    token: str = ""
    after: str = ""

    def line(self, *, chain: bool) -> str:
        headers = "\x1e".join(f"{name}:{value}" for name, value in self.headers.items())
        parts = [self.method, self.path, headers, self.body]
        return "\x1f".join([*parts, self.token, self.after] if chain else parts)


@dataclass(frozen=True)
class Way:
    """How the calls of an operation are made, and what a right answer is."""

    mode: str = "cycle"  # cycle, once or chain
    status: int = 200
    expect: str = ""  # a Lua pattern: what the body holds, or the address that a 302 leads to
    token: str = ""  # a Lua pattern: the next token of a chain
    check: bool = True  # whether each body is looked at: not where that would cost more than the answer


class LoadFailed(Exception):
    pass


def write(path: Path, calls: Iterable[Call], way: Way) -> int:
    lines = [call.line(chain=way.mode == "chain") for call in calls]
    path.write_text("\n".join(lines))
    return len(lines)


def drive(port: int, file: Path, way: Way, seconds: float, *, connections: int = CONNECTIONS) -> dict[str, Any]:
    """Raises LoadFailed when wrk itself fails; wrong answers are counted."""
    environment = os.environ | {
        "BENCH_FILE": str(file),
        "BENCH_MODE": way.mode,
        "BENCH_STATUS": str(way.status),
        "BENCH_EXPECT": way.expect,
        "BENCH_TOKEN": way.token,
        "BENCH_CHECK": "yes" if way.check else "no",
    }
    command = ["wrk", "-t1", f"-c{connections}", f"-d{max(1, round(seconds))}s", "--timeout", "20s", "-s", str(SCRIPT)]
    ran = subprocess.run(
        [*command, f"http://127.0.0.1:{port}"],
        env=environment,
        capture_output=True,
        text=True,
        timeout=seconds + 60,
        check=False,
    )
    for line in ran.stdout.splitlines():
        if line.startswith("RESULT "):
            return json.loads(line.removeprefix("RESULT "))
    raise LoadFailed((ran.stdout + ran.stderr)[-400:])
