"""A web process is small, and no larger after many calls (docs/performance.md)."""

import http.client
import json
import re
import threading
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import pytest

from bench.processes import memory, tree
from tests.deploy.faults.actors import Actor, Person, Proxy, Service
from tests.deploy.faults.ledger import Ledger
from tests.deploy.place import PROXIED, Place, Process, exec_start
from tests.live.stack import free_ports

pytestmark = pytest.mark.xdist_group("production")
MOST, GROWTH = 120, 3  # MB
SKIPPED = {"charset_normalizer", "greenlet", "PIL"}  # those with a compiled part, which can be seen from outside


@pytest.fixture
def seeds(place: Place) -> dict[str, Any]:
    return json.loads(place.shell("from tests.deploy.faults import seed; seed.main(1)"))


@pytest.fixture
def web(place: Place) -> Process:
    started = place.start("web", exec_start("web"), WEB_PORT=str(free_ports(1)))
    started.wait_until_ready()
    return started


def asked(web: Process, times: int, method: str, path: str, body: str = "", **headers: str) -> set[int]:
    """Four at once, as many as the process has threads; the statuses of the answers."""
    found: set[int] = set()

    def go() -> None:
        connection = http.client.HTTPConnection("127.0.0.1", web.port, timeout=30)
        for _ in range(times // 4):
            connection.request(method, path, body or None, PROXIED | headers)
            answer = connection.getresponse()
            answer.read()
            found.add(answer.status)
        connection.close()

    threads = [threading.Thread(target=go) for _ in range(4)]
    for one in threads:
        one.start()
    for one in threads:
        one.join()
    return found


def test_a_process_stays_under_120_mb_and_flat(web: Process, seeds: dict[str, Any]):
    proxy = Proxy([web.port], Ledger())
    service = Service(proxy, seeds["client_id"], seeds["secret"])
    person = Person(proxy, "person-0", seeds["sessions"]["person-0"][1])
    actor = Actor(person, service, proxy.ledger, threading.Event())
    tokens = actor._exchange(actor._grant("v" * 60) or "", "v" * 60)
    assert tokens, web.log()
    bearer, token = {"Authorization": f"Bearer {tokens['access_token']}"}, urlencode({"token": tokens["access_token"]})
    for page in ("/authorizations", "/apps", "/settings", "/signin", "/profile"):
        assert not person.go("page", "GET", page).failed

    def round_(times: int) -> None:
        assert asked(web, times, "GET", "/.well-known/jwks.json") == {200}
        assert asked(web, times, "POST", "/oauth2/v2.0/introspect", token, **service.headers) == {200}
        assert asked(web, times, "POST", "/oauth2/v2.0/introspect", "token=x", **service.headers) == {200}
        assert asked(web, times, "GET", "/oauth2/v2.0/userinfo", **bearer) == {200}
        assert asked(web, times // 4, "GET", "/_apis/connectionData", **bearer) == {200}
        form = urlencode({"grant_type": "client_credentials"})
        assert asked(web, times // 4, "POST", "/oauth2/v2.0/token", form, **service.headers) <= {200, 400}
        assert asked(web, times // 20, "GET", "/signin") == {200}

    round_(800)
    before = memory(web.popen.pid)[0]
    round_(3000)
    after = memory(web.popen.pid)[0]
    assert after < MOST, f"{after:.0f} MB"
    assert after - before < GROWTH, f"from {before:.1f} to {after:.1f} MB"


def test_libraries_that_a_server_has_no_use_for_are_not_loaded(web: Process):
    worker = next(pid for pid in tree(web.popen.pid) if pid != web.popen.pid)
    loaded = set(re.findall(r"site-packages/(\w+)", Path(f"/proc/{worker}/maps").read_text()))
    assert loaded and not loaded & SKIPPED, loaded & SKIPPED
