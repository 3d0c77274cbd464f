"""Check, prepare, start, watch, end."""

import json
import signal
import subprocess
import sys
import time
import urllib.error
import urllib.request
from pathlib import Path
from typing import Any

from demo.run.checks import only_one, ports_are_free, read_plan, stop
from demo.run.child import Child
from demo.run.plan import Plan, environment, preparation, processes

READY_SECONDS, END_SECONDS = 90.0, 10.0


class Ending(Exception):
    """Somebody asked to stop."""


def ask_to_stop(*_: Any) -> None:
    raise Ending


def prepare(plan: Plan, env: dict[str, str]) -> None:
    log = plan.home / "logs" / "prepare.log"
    for command in preparation():
        with log.open("ab") as output:
            if subprocess.call(command, env=env, stdin=subprocess.DEVNULL, stdout=output, stderr=output):
                stop(f"“{' '.join(command[1:3])}” failed; see {log} for why.")


def answers(address: str) -> bool:
    try:
        with urllib.request.urlopen(address, timeout=2) as response:  # noqa: S310  (our own loopback addresses)
            return response.status == 200
    except (urllib.error.URLError, OSError):
        return False


def wait_until_ready(children: list[Child]) -> None:
    deadline = time.monotonic() + READY_SECONDS
    for child in children:
        while child.process.health and not answers(child.process.health):
            if not child.alive or time.monotonic() > deadline:
                stop(f"{child.process.name} did not start; see {child.log}:\n{child.last_lines()}")
            time.sleep(0.2)


def watch(children: list[Child]) -> None:
    while True:
        time.sleep(0.5)
        for child in children:
            if child.alive:
                continue
            sys.stderr.write(f"{child.process.name} ended unexpectedly; starting it again (log: {child.log}).\n")
            if not child.restart():
                stop(f"{child.process.name} keeps ending; see {child.log}.")


def end(children: list[Child]) -> None:
    for ending in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(ending, signal.SIG_IGN)
    for child in children:
        child.ask_to_end()
    deadline = time.monotonic() + END_SECONDS
    for child in children:
        child.end(deadline)


def summary(plan: Plan) -> str:
    accounts = json.loads((Path(__file__).parent.parent / "accounts.json").read_text())
    people = "\n".join(f"    {a['upn']:<26}{a['name']} ({a['kind']} account)" for a in accounts if not a.get("refuse"))
    portal, _, service, _ = plan.ports
    return (
        f"\nGatehouse is running.\n\n  Portal          http://localhost:{portal}\n  Sample service  http://localhost:{service}   (start here: Connect)\n"
        f"\n  Sign in as one of (no password):\n{people}\n\n  olivia@contoso.example administers, and arthur@contoso.example audits: http://localhost:{portal}/admin/\n"
        f"  Data and logs are in {plan.home}. Ctrl-C ends everything.\n"
    )


def main() -> None:
    plan = read_plan()
    ports_are_free(plan)
    held = only_one(plan)
    for ending in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(ending, ask_to_stop)
    env = environment(plan)
    children: list[Child] = []
    try:
        prepare(plan, env)
        for process in processes(plan):
            children.append(Child(process, env, plan.home / "logs"))
            children[-1].start()
        wait_until_ready(children)
        print(summary(plan), flush=True)
        watch(children)
    except Ending:
        print("Stopping ...", flush=True)
    finally:
        end(children)
        held.close()


main()
