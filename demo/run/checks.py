"""What must be so before anything starts. Each failure is one clear line."""

import fcntl
import os
import socket
import sys
from pathlib import Path
from typing import IO, NoReturn

from demo.run.plan import Plan


def stop(line: str) -> NoReturn:
    sys.stderr.write(line + "\n")
    raise SystemExit(1)


def read_plan() -> Plan:
    raw = os.environ.get("PORT") or "8000"
    if not raw.isdigit() or not 1024 <= int(raw) <= 65532:
        stop(f"PORT must be a number from 1024 to 65532, not {raw!r}.")
    return Plan(int(raw), Path(os.environ.get("GATEHOUSE_HOME") or "var").absolute())


def ports_are_free(plan: Plan) -> None:
    for port in plan.ports:
        with socket.socket() as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind(("127.0.0.1", port))
            except OSError:
                stop(
                    f"Port {port} is busy (Gatehouse needs {plan.port} to {plan.port + 3}). Choose others: PORT=9000 make run"
                )


def only_one(plan: Plan) -> IO[str]:
    """Two instances on one folder would share a database file and a broker. The lock ends with the process."""
    try:
        plan.home.mkdir(parents=True, exist_ok=True)
        (plan.home / "logs").mkdir(exist_ok=True)
        held = (plan.home / "running.lock").open("w")
    except OSError as error:
        stop(f"{plan.home} cannot be used: {error.strerror}. Choose another folder with GATEHOUSE_HOME.")
    try:
        fcntl.flock(held, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        stop(
            f"Gatehouse is running on {plan.home} already. Stop it first, or choose another folder with GATEHOUSE_HOME."
        )
    return held
