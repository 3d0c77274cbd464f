"""How soon a revocation is seen: from the commit to the refusal, on every process of the portal.

    python -m bench.visibility [rounds]

Eight kept connections, spread over the processes, ask without pause whether a token is good, while the authorization
behind it is revoked in the database. Every question that is asked after the commit has to be refused.
"""

import base64
import http.client
import json
import shutil
import statistics
import sys
import threading
import time

import psycopg

from bench import processes, stores
from bench.ours import Portal

CONNECTIONS = 8


def main(rounds: int) -> None:
    folder = stores.folder()
    try:
        servers = stores.start(folder, 20792, 20793)
        portal = Portal(servers, 20794, folder / "portal")
        portal.folder.mkdir()
        portal.prepare(1, 10, 1000)
        portal.start()
        lines = (portal.folder / "calls" / "introspect").read_text().split("\n")[:rounds]
        with psycopg.connect(servers.database(portal.database), autocommit=True) as database:
            waits, late = zip(*(once(portal.port, line.split("\x1f"), database) for line in lines), strict=True)
    finally:
        processes.stop_all()
        shutil.rmtree(folder, ignore_errors=True)
    flat = sorted(w for some in waits for w in some)
    said = {
        "revocations": len(lines),
        "first_refusals": len(flat),
        "accepted_although_asked_after_the_commit": sum(late),
        "p50_ms": round(statistics.median(flat), 2),
        "p99_ms": round(flat[int(len(flat) * 0.99)], 2),
        "max_ms": round(flat[-1], 2),
    }
    print(json.dumps(said))


def once(port: int, line: list[str], database: psycopg.Connection) -> tuple[list[float], int]:
    """Milliseconds until the first refusal of each connection, and how many were accepted too late."""
    headers = dict(pair.split(":", 1) for pair in line[2].split("\x1e"))
    token = line[3].split("token=", 1)[1].split("&")[0]
    payload = token.split(".")[1]
    authorization = json.loads(base64.urlsafe_b64decode(payload + "=" * (-len(payload) % 4)))["aid"]
    seen: list[list[tuple[float, float, bool]]] = [[] for _ in range(CONNECTIONS)]
    over = threading.Event()

    def ask(mine: list[tuple[float, float, bool]]) -> None:
        connection = http.client.HTTPConnection("127.0.0.1", port, timeout=20)
        while not over.is_set():
            began = time.perf_counter()
            connection.request("POST", line[1], line[3], headers)
            good = json.loads(connection.getresponse().read())["active"]
            mine.append((began, time.perf_counter(), good))
            if not good:
                break
        connection.close()

    threads = [threading.Thread(target=ask, args=(mine,)) for mine in seen]
    for thread in threads:
        thread.start()
    processes.wait_until("the first answers", lambda: all(seen))
    database.execute("UPDATE authorizations_authorization SET revoked_at = now() WHERE id = %s", [authorization])
    committed = time.perf_counter()
    for thread in threads:
        thread.join(20)
    over.set()
    waits = [(mine[-1][1] - committed) * 1000 for mine in seen if not mine[-1][2]]
    late = sum(1 for mine in seen for began, _, good in mine if good and began > committed)
    return [max(0.0, w) for w in waits], late


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 100)
