"""`make bench`: the same operations against Gatehouse and its peers, in one run.

    python -m bench.run [--rounds 3] [--seconds 3] [--quick] [--only NAME ...] [--operations NAME ...]
    python -m bench.run --grown 1000000     # instead of peers: the portal itself with so many authorizations
                        [--keep FOLDER]     # for the next run: what was filled. The folder is new, or of this bench
                        [--ask]             # prepared, it waits for a line before it measures
    python -m bench.run --hold --only Gatehouse     # measures nothing: serves until it is interrupted, for a profiler

Every server is started once, with a PostgreSQL and a Redis of the bench's own; then, round by round and operation by
operation, each is driven in turn by the same generator. Each answer is checked. What is told is the median of the rounds.
"""

import argparse
import json
import os
import shutil
import signal
import subprocess
import sys
import time
from contextlib import suppress
from functools import partial
from pathlib import Path
from typing import Any

from bench import beside, generator, processes, report, stores
from bench.grown import Grown
from bench.operations import BAD, PER_ROUND, WAYS
from bench.ours import Portal

ROOT = Path(__file__).resolve().parent.parent
SLOWEST = "django-oauth-toolkit, stock"
SLOW = 150  # requests a second: below that, once is enough to know


def main() -> None:
    asked = arguments()
    if not shutil.which("wrk"):
        install_wrk()
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))
    home = Path(os.environ.get("GATEHOUSE_HOME", str(ROOT / "var"))) / "bench"
    results = report.Results(home, vars(asked))
    started = time.monotonic()
    folder = stores.folder(asked.keep)
    try:
        servers = stores.start(folder, asked.port + 90, asked.port + 91)
        contenders = prepared(asked, servers, home)
        if asked.hold:
            return hold(contenders)
        if asked.ask:
            input("Prepared: Enter begins to measure. ")
        results.memory_before = {c.name: processes.memory(c.pid) for c in contenders}
        measure(contenders, servers, asked, results)
        if contenders and not asked.operations:
            beside.measure(contenders[0], asked.seconds, results)
        results.memory = {c.name: processes.memory(c.pid) for c in contenders}
    finally:
        processes.stop_all()
        if not asked.keep:
            shutil.rmtree(folder, ignore_errors=True)
        if not asked.hold:
            results.write(time.monotonic() - started)


def hold(contenders: list[Any]) -> None:
    for one in contenders:
        (one.folder / "environment.json").write_text(json.dumps(getattr(one, "environment", {})))
        print(f"{one.name}: process {one.pid}, port {one.port}, {one.folder}", flush=True)
    with suppress(KeyboardInterrupt):
        signal.pause()


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--seconds", type=float, default=3)
    parser.add_argument("--people", type=int, default=10_000)
    parser.add_argument("--port", type=int, default=20700)
    parser.add_argument("--minutes", type=float, default=9, help="stop measuring after so long, with what there is")
    parser.add_argument("--quick", action="store_true", help="one round of one second, against one peer")
    parser.add_argument("--grown", type=int, default=0, help="compare with the portal with so many authorizations")
    parser.add_argument("--keep", type=Path, help="a folder for the databases, which stays")
    parser.add_argument("--ask", action="store_true", help="prepare and start, then wait for a line to measure")
    parser.add_argument("--hold", action="store_true", help="prepare and start, then wait to be interrupted")
    parser.add_argument("--only", nargs="*", help="these servers alone")
    parser.add_argument("--operations", nargs="*", help="these operations alone")
    asked = parser.parse_args()
    if asked.quick:
        asked.rounds, asked.seconds, asked.people, asked.minutes = 1, 1, 1_000, 1.2
        asked.only = asked.only or ["Gatehouse", "oidc-provider, Redis"]
    return asked


def install_wrk() -> None:
    if os.getuid() == 0 and shutil.which("apt-get"):
        subprocess.run(["apt-get", "install", "-y", "-qq", "wrk"], check=False, capture_output=True)
    if not shutil.which("wrk"):
        raise SystemExit("The bench needs wrk (Debian: apt-get install wrk).")


def prepared(asked: argparse.Namespace, servers: stores.Stores, home: Path) -> list[Any]:
    """Those that can be installed and started here; one that cannot is named and left out."""
    found: list[Any] = []
    for number, make in enumerate(contenders(asked.grown)):
        contender = make(servers, asked.port + number, servers.folder / f"server-{number}")
        if asked.only and not any(name.lower() in contender.name.lower() for name in asked.only):
            continue
        contender.folder.mkdir()
        print(f"{contender.name}: preparing", flush=True)
        once = int(asked.seconds * most(contender)) if contender.name != SLOWEST else 60
        try:
            made = contender.prepare(asked.rounds, once, asked.people)
            contender.start()
        except (SystemExit, OSError, TimeoutError, subprocess.SubprocessError) as problem:
            if not found:
                raise  # without Gatehouse itself there is nothing to measure
            print(f"{contender.name}: left out: {problem}", flush=True)
            continue
        print(f"{contender.name}: {made}", flush=True)
        found.append(contender)
    return found


def most(contender: Any) -> int:
    """How many of its one-time values a server can use up in a second, at the most."""
    return getattr(contender, "most", 3500)


def contenders(grown: int) -> list[Any]:
    if grown:
        return [Portal, partial(Grown, authorizations=grown)]
    from bench.peers import PEERS  # noqa: PLC0415  (one place that knows them)

    return [Portal, *PEERS]


def measure(
    contenders: list[Any], servers: stores.Stores, asked: argparse.Namespace, results: "report.Results"
) -> None:
    started = time.monotonic()
    chosen = [o for o in WAYS if not asked.operations or any(part in o for part in asked.operations)]
    for round_ in range(asked.rounds):
        for operation in chosen:
            for contender in contenders:
                if time.monotonic() - started > asked.minutes * 60:
                    print("The time is over: what follows is what there is.", flush=True)
                    return
                if round_ and operation in BAD:
                    continue
                if round_ and results.rate(contender.name, operation) < SLOW:
                    continue
                one(contender, operation, round_, servers, asked, results)


def one(
    contender: Any,
    operation: str,
    round_: int,
    servers: stores.Stores,
    asked: argparse.Namespace,
    results: "report.Results",
) -> None:
    file = contender.calls(operation, round_ if operation in PER_ROUND else 0)
    if file is None or operation in contender.skips:
        return
    before, stored = processes.cpu(contender.pid), servers.cpu()
    try:
        seconds = max(5, asked.seconds) if contender.name == SLOWEST else asked.seconds
        found = generator.drive(contender.port, file, WAYS[operation], seconds)
    except (generator.LoadFailed, subprocess.TimeoutExpired) as problem:
        results.failed(contender.name, operation, str(problem))
        return
    number = max(1, found["requests"])
    found["server_ms"] = (processes.cpu(contender.pid) - before) * 1000 / number
    found["database_ms"] = (servers.cpu() - stored) * 1000 / number
    results.add(contender.name, operation, found)


if __name__ == "__main__":
    main()
