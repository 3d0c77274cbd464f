"""The proxy's file, in a real nginx before two web units."""

import os
import re
import shutil
import socket
import ssl
import subprocess
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
import requests
import urllib3

from tests.deploy.place import DEPLOY, HOST, Place, Process, exec_start, wait_for
from tests.live.stack import free_ports

pytestmark = [
    pytest.mark.xdist_group("production"),
    pytest.mark.skipif(not (shutil.which("nginx") and shutil.which("openssl")), reason="nginx is not on this machine"),
]


class Proxied:
    def __init__(self, port: int, plain: int, units: list[Process]) -> None:
        self.port, self.plain, self.units = port, plain, units
        self.headers = {"Host": HOST}

    def ask(self, path: str, method: str = "GET", **said: object) -> requests.Response:
        headers = self.headers | said.pop("headers", {})  # type: ignore[operator]
        address = f"https://127.0.0.1:{self.port}{path}"
        said |= {"verify": False, "timeout": 20, "allow_redirects": False}  # the certificate is made here, for a day
        return requests.request(method, address, headers=headers, **said)  # type: ignore[arg-type]


@pytest.fixture
def proxied(place: Place, tmp_path: Path) -> Iterator[Proxied]:
    urllib3.disable_warnings()
    first = free_ports(4)
    units = [place.start(f"web-{p}", exec_start("web"), WEB_PORT=str(p)) for p in (first, first + 1)]
    plain, port = first + 2, first + 3
    certificate = [
        "openssl",
        "req",
        "-x509",
        "-newkey",
        "ec",
        "-pkeyopt",
        "ec_paramgen_curve:P-256",
        "-nodes",
        "-days",
        "1",
    ]
    files = ["-keyout", str(tmp_path / "privkey.pem"), "-out", str(tmp_path / "fullchain.pem"), "-subj", f"/CN={HOST}"]
    subprocess.run([*certificate, *files], check=True, capture_output=True)
    said = {
        "GATEHOUSE_HOSTS": HOST,
        "GATEHOUSE_TLS": str(tmp_path),
        "GATEHOUSE_UPSTREAMS": " ".join(f"server 127.0.0.1:{unit.port} fail_timeout=2s;" for unit in units),
    }
    site = re.sub(r"\$\{(\w+)\}", lambda m: said[m[1]], (DEPLOY / "nginx.conf.template").read_text())
    site = site.replace("listen 80;", f"listen 127.0.0.1:{plain};").replace(
        "listen 443 ssl;", f"listen 127.0.0.1:{port} ssl;"
    )
    temporary = "".join(
        f"{kind}_temp_path {tmp_path}/{kind};" for kind in ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")
    )
    whole = f"{'user root;' * (os.getuid() == 0)} daemon off; pid {tmp_path}/pid; error_log {tmp_path}/error.log; events {{}}\n"
    (tmp_path / "nginx.conf").write_text(f"{whole}http {{ access_log off; {temporary}\n{site}\n}}")
    checked = subprocess.run(
        ["nginx", "-t", "-c", str(tmp_path / "nginx.conf")], capture_output=True, text=True, check=False
    )
    assert checked.returncode == 0, checked.stderr
    nginx = subprocess.Popen(["nginx", "-c", str(tmp_path / "nginx.conf")])
    try:
        for unit in units:
            unit.wait_until_ready()
        yield Proxied(port, plain, units)
    finally:
        nginx.terminate()
        nginx.wait(20)


def test_the_proxy_ends_tls_and_believes_no_stranger(proxied: Proxied) -> None:
    page = proxied.ask("/signin")
    assert page.status_code == 200 and "max-age=63072000" in page.headers["Strict-Transport-Security"]
    assert proxied.ask("/metrics").status_code == 404
    assert proxied.ask("/signin", headers={"X-Forwarded-Proto": "http"}).status_code == 200  # not passed on
    plain = requests.get(
        f"http://127.0.0.1:{proxied.plain}/signin?a=b", headers={"Host": HOST}, allow_redirects=False, timeout=9
    )
    assert (plain.status_code, plain.headers["Location"]) == (301, f"https://{HOST}/signin?a=b")
    assert proxied.ask("/signin", "POST", data=b"x" * 4_000_000).status_code == 413


def test_clients_that_send_a_byte_at_a_time_hold_up_nobody(proxied: Proxied) -> None:
    context = ssl.create_default_context()
    context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
    slow = []
    for _ in range(40):  # five times the threads that there are
        one = context.wrap_socket(socket.create_connection(("127.0.0.1", proxied.port)))
        head = f"POST /oauth2/v2.0/introspect HTTP/1.1\r\nHost: {HOST}\r\nContent-Length: 400\r\n\r\na"
        one.sendall(head.encode())
        slow.append(one)
    try:
        began = time.monotonic()
        assert [proxied.ask("/.well-known/jwks.json").status_code for _ in range(20)] == [200] * 20
        assert time.monotonic() - began < 10
    finally:
        for one in slow:
            one.close()


def test_behind_the_proxy_a_unit_that_is_killed_is_not_missed(proxied: Proxied) -> None:
    bad: list[str] = []
    stop = threading.Event()

    def keep_asking() -> None:
        while not stop.is_set():
            status = proxied.ask("/oauth2/v2.0/introspect", "POST", data={"token": "x"}).status_code
            bad.extend([str(status)] * (status != 401))

    asking = [threading.Thread(target=keep_asking) for _ in range(2)]
    for thread in asking:
        thread.start()
    try:
        time.sleep(1)
        proxied.units[0].kill()
        assert wait_for(lambda: not proxied.units[0].answers(), 10)
        time.sleep(2)
    finally:
        stop.set()
        for thread in asking:
            thread.join(30)
    assert len(bad) <= len(asking)  # what that very unit had in its hands
