"""The whole demo, started for real, and a person who walks its pages over HTTP."""

import html
import json
import os
import re
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urljoin

import requests


@dataclass
class Stack:
    port: int
    home: Path

    @property
    def portal(self) -> str:
        return f"http://localhost:{self.port}"

    def document(self, name: str) -> dict[str, Any]:
        return json.loads((self.home / name).read_text())

    def register(self, **document: Any) -> dict[str, Any]:
        path = self.home / "app.json"
        path.write_text(json.dumps({"company": "Contoso Ltd"} | document))
        env = os.environ | {
            "PORT": str(self.port),
            "GATEHOUSE_HOME": str(self.home),
            "DJANGO_SETTINGS_MODULE": "portal.settings.local",
        }
        done = subprocess.run(
            [sys.executable, "manage.py", "register_app", str(path)],
            env=env,
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 0, done.stderr
        return json.loads(done.stdout)


def free_ports() -> int:
    """The first of four free ports in a row."""
    for first in range(20000 + os.getpid() % 500 * 20, 60000, 4):
        try:
            for port in range(first, first + 4):
                with socket.socket() as probe:
                    probe.bind(("127.0.0.1", port))
            return first
        except OSError:
            continue
    raise AssertionError("no four free ports in a row")


@contextmanager
def running(home: Path) -> Iterator[Stack]:
    stack = Stack(free_ports(), home)
    env = os.environ | {"PORT": str(stack.port), "GATEHOUSE_HOME": str(home)}
    log = (home.parent / "run.log").open("wb")
    process = subprocess.Popen([sys.executable, "-m", "demo.run"], env=env, stdout=log, stderr=log)
    try:
        deadline = time.monotonic() + 90
        while "is running" not in (home.parent / "run.log").read_text():
            assert process.poll() is None and time.monotonic() < deadline, (home.parent / "run.log").read_text()
            time.sleep(0.3)
        yield stack
    finally:
        process.send_signal(signal.SIGTERM)
        process.wait(40)
        log.close()


class Person(requests.Session):
    """Fills in the portal's forms as a browser without JavaScript does."""

    def __init__(self, stack: Stack, upn: str) -> None:
        super().__init__()
        self.stack, self.upn = stack, upn

    def submit(self, page: requests.Response, action: str, **fields: str) -> requests.Response:
        """The form whose action ends so, with its hidden fields."""
        for form in re.findall(r"<form.*?</form>", page.text, re.S):
            found = re.search(r'action="([^"]*)"', form)
            address = urljoin(page.url, html.unescape(found[1])) if found else page.url
            if address.split("?")[0].endswith(action):
                return self.send_form(address, form, fields)
        raise AssertionError(f"no form for {action} on {page.url}: {page.text[:1500]}")

    def send_form(self, address: str, form: str, fields: dict[str, str]) -> requests.Response:
        hidden = {}
        for tag in re.findall(r'<input[^>]*type="hidden"[^>]*>', form):
            name, value = re.search(r'name="([^"]*)"', tag), re.search(r'value="([^"]*)"', tag)
            if name:
                hidden[name[1]] = html.unescape(value[1]) if value else ""
        origin = "/".join(address.split("/")[:3])
        return self.post(address, data=hidden | fields, headers={"Origin": origin}, allow_redirects=False)

    def follow(self, response: requests.Response) -> requests.Response:
        """Follows redirects inside the portal and the directory, and no further."""
        ours = (self.stack.portal + "/", f"http://localhost:{self.stack.port + 1}/")
        while response.is_redirect and urljoin(response.url, response.headers["Location"]).startswith(ours):
            response = self.get(urljoin(response.url, response.headers["Location"]), allow_redirects=False)
        return response

    def approve(self, address: str) -> str:
        """Signs in, accepts, and returns the callback address that the service would be called at."""
        page = self.follow(self.get(address, allow_redirects=False))
        if "/signin" in page.url:
            page = self.follow(self.submit(page, "/signin/start", kind="work"))
            if "button" in page.text and 'name="account"' in page.text:
                page = self.follow(self.submit(page, "/authorize", account=self.upn))
        if 'id="consent-form"' in page.text:
            page = self.submit(page, "/decision", decision="accept")
        assert page.is_redirect, page.text[:3000]
        return page.headers["Location"]

    def revoke_all(self) -> None:
        listed = self.get(f"{self.stack.portal}/_usersSettings/authorizations")
        for authorization in re.findall(r'data-authorization="([^"]+)"', listed.text):
            address = f"/_usersSettings/authorizations/{authorization}/revoke"
            page = self.get(self.stack.portal + address)
            assert self.submit(page, address).status_code == 200
