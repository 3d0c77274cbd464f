"""Compares web servers and their layouts on our own application (docs/decisions/0085-the-web-server.md).

    pip install --target /some/folder gunicorn
    GATEHOUSE_TEST_DATABASE_URL=postgres://... GATEHOUSE_TEST_REDIS_URL=redis://... PYTHONPATH=/some/folder \\
        python -m bench.servers [seconds]

Needs wrk. Starts each server with production's settings on a database of its own, and asks for an introspection, the
public keys and a page. CPU is what the server's processes used (user and system, from /proc), so other work on the
machine moves it little; requests a second are what was left of the machine.
"""

import http.client
import os
import re
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import urlencode

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "portal.settings.test")
import django

django.setup()  # the helpers of the tests want it; the servers have production's settings

import json  # noqa: E402

import psycopg  # noqa: E402

from tests.deploy.faults.actors import Actor, Person, Proxy, Service  # noqa: E402
from tests.deploy.faults.ledger import Ledger  # noqa: E402
from tests.deploy.place import (  # noqa: E402
    BIN,
    PROXIED,
    Place,
    Process,
    collect_static,
    environment,
    exec_start,
    own_database,
    own_redis,
)
from tests.live.stack import free_ports  # noqa: E402

TICKS = os.sysconf("SC_CLK_TCK")
PAGE = os.sysconf("SC_PAGE_SIZE")
LOCKED = (
    "LOCK TABLE oauthapps_application, oauthapps_applicationsecret, authorizations_connection IN ACCESS EXCLUSIVE MODE"
)


def granian(port: int, workers: int, threads: int) -> list[str]:
    return [
        *(str(BIN / "granian"), "--interface", "wsgi", "portal.wsgi:application", "--port", str(port), "--http", "1"),
        *("--no-ws", "--workers", str(workers), "--blocking-threads", str(threads)),
    ]


def gunicorn(port: int, workers: int, threads: int) -> list[str]:
    return [
        *(str(BIN / "python"), "-m", "gunicorn", "portal.wsgi:application", "--bind", f"127.0.0.1:{port}"),
        *("--workers", str(workers), "--worker-class", "gthread", "--threads", str(threads), "--keep-alive", "30"),
    ]


SERVERS = {"granian": granian, "gunicorn": gunicorn}
LAYOUTS = ((1, 1), (1, 2), (1, 4), (1, 8), (2, 2), (2, 4))


def tree(pid: int) -> list[int]:
    said = subprocess.run(["ps", "-o", "pid=", "--ppid", str(pid)], capture_output=True, text=True, check=False).stdout
    return [pid, *(one for child in said.split() for one in tree(int(child)))]


def cpu(pid: int) -> float:
    """Seconds that the processes used so far."""
    total = 0
    for one in tree(pid):
        try:
            fields = Path(f"/proc/{one}/stat").read_text().rpartition(")")[2].split()
        except OSError:
            continue
        total += int(fields[11]) + int(fields[12])
    return total / TICKS


def memory(pid: int) -> float:
    """Megabytes, what is shared counted once (PSS)."""
    total = 0
    for one in tree(pid):
        try:
            found = re.search(r"^Pss:\s+(\d+)", Path(f"/proc/{one}/smaps_rollup").read_text(), re.M)
        except OSError:
            continue
        total += int(found[1]) if found else 0
    return total / 1024


class Bench:
    def __init__(self, place: Place, seconds: int) -> None:
        self.place, self.seconds = place, seconds
        seeds = json.loads(place.shell("from tests.deploy.faults import seed; seed.main(1)"))
        with self.running("granian", 1, 2) as unit:
            proxy = Proxy([unit.port], Ledger())
            service = Service(proxy, seeds["client_id"], seeds["secret"])
            person = Person(proxy, "person-0", next(iter(seeds["sessions"].values()))[1])
            actor = Actor(person, service, proxy.ledger, threading.Event())
            tokens = actor._exchange(actor._grant("v" * 60) or "", "v" * 60)
            assert tokens, unit.log()  # noqa: S101
        self.headers = service.headers
        self.body = urlencode({"token": tokens["access_token"]})

    @contextmanager
    def running(self, server: str, workers: int, threads: int) -> Iterator[Process]:
        port = free_ports(1)
        layout = {"WEB_WORKERS": str(workers), "WEB_THREADS": str(threads), "WEB_PORT": str(port)}
        unit = self.place.start(f"{server}-{workers}x{threads}", SERVERS[server](port, workers, threads), **layout)
        try:
            unit.wait_until_ready(120)
            yield unit
        finally:
            unit.kill()

    def script(self, what: str) -> str:
        lines = [f'wrk.headers["{name}"] = "{value}"' for name, value in PROXIED.items()]
        if what == "introspect":
            lines += [f'wrk.headers["{name}"] = "{value}"' for name, value in self.headers.items()]
            lines += ['wrk.method = "POST"', f'wrk.body = "{self.body}"']
        path = self.place.home / f"{what}.lua"
        path.write_text("\n".join(lines))
        return str(path)

    def load(self, unit: Process, what: str, connections: int = 16) -> tuple[float, float, float, int]:
        """Requests a second, CPU milliseconds of the server per request, the 99th percentile in ms, and errors."""
        path = {"introspect": "/oauth2/v2.0/introspect", "keys": "/.well-known/jwks.json", "page": "/signin"}[what]
        address = f"http://127.0.0.1:{unit.port}{path}"
        command = ["wrk", "-t1", f"-c{connections}", "--latency", "-s", self.script(what)]
        subprocess.run([*command, "-d1s", address], capture_output=True, check=True)
        before = cpu(unit.popen.pid)
        said = subprocess.run(
            [*command, f"-d{self.seconds}s", address], capture_output=True, text=True, check=True
        ).stdout
        spent = cpu(unit.popen.pid) - before
        requests = int(re.search(r"(\d+) requests in", said)[1])  # type: ignore[index]
        took = re.search(r"99%\s+([\d.]+)(us|ms|s)", said)
        worst = float(took[1]) * {"us": 0.001, "ms": 1, "s": 1000}[took[2]] if took else 0.0
        bad = sum(int(n) for n in re.findall(r"Non-2xx or 3xx responses: (\d+)|timeout (\d+)", said) for n in n if n)
        return requests / self.seconds, spent / requests * 1000, worst, bad

    def stopped_gently(self, unit: Process) -> str:
        """What became of a request that waited for a lock when the server was told to stop."""
        answers: list[str] = []

        def ask() -> None:
            connection = http.client.HTTPConnection("127.0.0.1", unit.port, timeout=20)
            try:
                connection.request("POST", "/oauth2/v2.0/introspect", self.body, PROXIED | self.headers)
                answers.append(str(connection.getresponse().status))
            except (OSError, http.client.HTTPException) as problem:
                answers.append(type(problem).__name__)

        with psycopg.connect(self.place.env["DATABASE_URL"]) as holder:
            holder.execute(LOCKED)
            asking = threading.Thread(target=ask)
            asking.start()
            time.sleep(1)
            unit.popen.send_signal(signal.SIGTERM)
            time.sleep(0.5)
            holder.rollback()
        asking.join(30)
        began = time.monotonic()
        unit.popen.wait(60)
        return f"{answers[0]}, ended after {time.monotonic() - began:.1f} s"

    def beside_slow_clients(self, unit: Process) -> tuple[float, float]:
        """Requests a second and the 99th percentile while a hundred clients send their bodies a byte at a time."""
        stop, slow = threading.Event(), []
        head = "".join(f"{k}: {v}\r\n" for k, v in (PROXIED | self.headers | {"Content-Length": "400"}).items())
        for _ in range(100):
            one = socket.create_connection(("127.0.0.1", unit.port))
            one.sendall(f"POST /oauth2/v2.0/introspect HTTP/1.1\r\n{head}\r\n".encode())
            slow.append(one)

        def drip() -> None:
            while not stop.wait(0.5):
                for one in slow:
                    try:
                        one.sendall(b"a")
                    except OSError:
                        return

        dripping = threading.Thread(target=drip, daemon=True)
        dripping.start()
        try:
            rate, _, worst, _ = self.load(unit, "introspect", connections=4)
        except (subprocess.CalledProcessError, ZeroDivisionError):
            rate, worst = 0.0, float("inf")
        finally:
            stop.set()
            for one in slow:
                one.close()
        return rate, worst


def main(seconds: int = 4) -> None:
    with (
        tempfile.TemporaryDirectory(prefix="gatehouse-servers-") as folder,
        own_database("gatehouse_servers") as database,
    ):
        home = Path(folder)
        place = Place(home, environment(home, database=database, redis_url=own_redis()))
        place.env["PYTHONPATH"] = os.environ.get("PYTHONPATH", "")
        place.env["ACCESS_LOG"] = "false"
        collect_static(place)
        migrated = place.run(exec_start("migrate"))
        assert migrated.returncode == 0, migrated.stderr  # noqa: S101
        bench = Bench(place, seconds)
        print("| server, 1 process, 4 threads | request | a second | CPU ms | p99 ms | errors |")
        print("| --- | --- | ---: | ---: | ---: | ---: |", flush=True)
        more = []
        for server in SERVERS:
            with bench.running(server, 1, 4) as unit:
                for what in ("introspect", "keys", "page"):
                    rate, spent, worst, bad = bench.load(unit, what)
                    print(f"| {server} | {what} | {rate:.0f} | {spent:.2f} | {worst:.0f} | {bad} |", flush=True)
                size = memory(unit.popen.pid)
                rate, worst = bench.beside_slow_clients(unit)
            with bench.running(server, 1, 4) as unit:
                more.append(f"| {server} | {size:.0f} | {rate:.0f} | {worst:.0f} | {bench.stopped_gently(unit)} |")
        print("\n| server | memory MB | a second beside 100 slow clients | p99 ms | request under way at SIGTERM |")
        print("| --- | ---: | ---: | ---: | --- |", *more, sep="\n", flush=True)
        print("\n| granian: processes x threads | introspections a second | CPU ms | p99 ms | memory MB |")
        print("| --- | ---: | ---: | ---: | ---: |", flush=True)
        for workers, threads in LAYOUTS:
            with bench.running("granian", workers, threads) as unit:
                rate, spent, worst, _ = bench.load(unit, "introspect")
                size = memory(unit.popen.pid)
                print(f"| {workers} x {threads} | {rate:.0f} | {spent:.2f} | {worst:.0f} | {size:.0f} |", flush=True)


if __name__ == "__main__":
    main(*[int(word) for word in sys.argv[1:]])
