"""What one call costs in processor time, of the portal and of its database, in one process and without a load generator.

    python -m bench.cost FOLDER [calls] [operation ...]     # the mean, then the quickest 25 calls in a row

`FOLDER` is that of the portal in `bench.run --hold --only Gatehouse`: its settings, its database, its calls. Works on a
busy machine too, where requests a second say nothing. With PROFILE=1 the busiest functions are printed.
"""

import cProfile
import io
import json
import os
import pstats
import re
import sys
import time
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

from bench.operations import PER_ROUND, WAYS
from bench.processes import ran

BATCH = 25  # the quickest of many small batches is what other work on the machine disturbed least


def main(folder: Path, number: int, operations: list[str]) -> None:
    os.environ.update(json.loads((folder / "environment.json").read_text()))
    from django.db import connection  # noqa: PLC0415  (after the environment)

    from portal.wsgi import application  # noqa: PLC0415

    for operation in operations or list(WAYS):
        file = _fresh(folder / "calls", operation)
        if file is None:
            print(f"{operation:<24} nothing is left of what it uses up", flush=True)
            continue
        way = WAYS[operation]
        lines = [line.split("\x1f") for line in file.read_text().split("\n")]
        if way.mode == "once":
            number = min(number, len(lines) // 2 - 20)
            done = file.with_name(file.name + ".at")
            at = int(done.read_text()) if done.exists() else 0
            lines = lines[at : at + number + 20]
            done.write_text(str(at + len(lines)))
        state = {"at": 0, "wrong": 0}
        pattern = re.compile(r'"refresh_token": ?"([^"]+)"')

        def once() -> None:
            line = lines[state["at"] % len(lines)]
            state["at"] += 1
            body = "".join(line[3:])
            status, said = call(application, line[0], line[1], line[2], body.encode())
            if not status.startswith(str(way.status)):
                state["wrong"] += 1
                state["said"] = (status, said[:200])
            elif way.mode == "chain":
                found = pattern.search(said.decode())
                line[4] = found[1] if found else line[4]

        for _ in range(15):
            once()
        connection.ensure_connection()
        backend = connection.connection.info.backend_pid
        profiler = cProfile.Profile() if os.environ.get("PROFILE") else None
        before, start = ran(backend), time.process_time()
        if profiler:
            profiler.enable()
        batches = []
        for _ in range(max(1, number // BATCH)):
            began = time.process_time()
            for _ in range(BATCH):
                once()
            batches.append((time.process_time() - began) / BATCH)
        number = len(batches) * BATCH
        if profiler:
            profiler.disable()
        if way.mode == "chain":
            file.write_text("\n".join("\x1f".join(line) for line in lines))
        spent, stored = time.process_time() - start, ran(backend) - before
        print(
            f"{operation:<24}{spent * 1e6 / number:>9.0f} us + {stored * 1e6 / number:>6.0f} us"
            f"   quickest {min(batches) * 1e6:>6.0f} us"
            + (f"  WRONG {state['wrong']} {state['said']}" if state["wrong"] else ""),
            flush=True,
        )
        if profiler:
            out = io.StringIO()
            pstats.Stats(profiler, stream=out).sort_stats("tottime").print_stats(int(os.environ.get("TOP", "30")))
            print("\n".join(line for line in out.getvalue().splitlines()[6:] if line.strip()))


def _fresh(calls: Path, operation: str) -> Path | None:
    """Of what is spent in each call, the first pool of which half is left."""
    if operation not in PER_ROUND:
        return calls / operation
    for file in sorted(calls.glob(f"{operation}.*[0-9]")):
        done = file.with_name(file.name + ".at")
        if not done.exists() or int(done.read_text()) < len(file.read_text().split("\n")) // 2:
            return file
    return None


def call(
    application: Callable[..., Iterable[bytes]], method: str, address: str, headers: str, body: bytes
) -> tuple[str, bytes]:
    path, _, query = address.partition("?")
    said: list[Any] = []
    environ: dict[str, Any] = {
        "REQUEST_METHOD": method,
        "PATH_INFO": path,
        "QUERY_STRING": query,
        "CONTENT_LENGTH": str(len(body)),
        "REMOTE_ADDR": "127.0.0.1",
        "SERVER_NAME": "127.0.0.1",
        "SERVER_PORT": "80",
        "SERVER_PROTOCOL": "HTTP/1.1",
        "HTTP_HOST": "127.0.0.1",
        "wsgi.url_scheme": "http",
        "wsgi.input": io.BytesIO(body),
        "wsgi.errors": sys.stderr,
    }
    for pair in headers.split("\x1e"):
        name, _, value = pair.partition(":")
        key = name.upper().replace("-", "_")
        environ[key if key.startswith("CONTENT_") else f"HTTP_{key}"] = value
    answer = application(environ, lambda status, headers, *_: said.append((status, dict(headers))))
    content = b"".join(answer)
    if hasattr(answer, "close"):
        answer.close()
    return said[0][0], content


if __name__ == "__main__":
    main(Path(sys.argv[1]), int(sys.argv[2]) if len(sys.argv) > 2 else 300, sys.argv[3:])
