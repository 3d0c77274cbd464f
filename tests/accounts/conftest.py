"""The simulated directory, served for real on loopback; an organization of Alice's, and one of Dana's."""

import threading
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
import requests
from django.test import Client
from werkzeug.serving import make_server

from accounts.entra import directory_keys
from accounts.models import Organization, User
from demo.directory.app import create_app
from demo.directory.config import Config
from tests import factories, people

CALLBACK = "http://localhost:8000/accounts/microsoft/login/callback/"


@dataclass
class Directory:
    base: str

    def pick(self, address: str, upn: str, session: requests.Session | None = None) -> str:
        """Chooses an account on the directory's page; returns the callback address."""
        session = session or requests.Session()
        page = session.get(address, allow_redirects=False)
        if page.status_code == 302:
            return page.headers["Location"]
        csrf = page.text.split('name="csrf" value="')[1].split('"')[0]
        form = {"csrf": csrf} | ({"cancel": "1"} if upn == "cancel" else {"account": upn})
        return session.post(address, data=form, allow_redirects=False).headers["Location"]

    def override(self, **claims: Any) -> None:
        requests.post(f"{self.base}/_control/token", json={"override": claims}).raise_for_status()

    def sign_in(self, browser: Client, upn: str, *, kind: str = "work", next_url: str = "/", **form: str) -> Any:
        """The whole way from our button to our callback's answer."""
        start = browser.post("/signin/start", {"kind": kind, "next": next_url} | form)
        assert start["Location"].startswith(self.base), start["Location"]
        back = urlsplit(self.pick(start["Location"], upn))
        return browser.get(f"{back.path}?{back.query}")


@pytest.fixture(scope="session")
def directory_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    state: Path = tmp_path_factory.mktemp("directory")
    probe = make_server("127.0.0.1", 0, lambda *_: [], threaded=True)
    port = probe.server_port
    probe.server_close()
    config = Config(port, f"http://localhost:{port}", "portal", "secret", (CALLBACK,), state)
    server = make_server("127.0.0.1", port, create_app(config), threaded=True)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield config.base
    server.shutdown()


@pytest.fixture
def directory(directory_server: str, settings: Any, db: Any) -> Iterator[Directory]:
    app = {
        "client_id": "portal",
        "secret": "secret",
        "settings": {"tenant": "common", "login_url": directory_server, "graph_url": directory_server},
    }
    settings.SOCIALACCOUNT_PROVIDERS = {"microsoft": {"APPS": [app]}}
    requests.post(f"{directory_server}/_control/reset")
    directory_keys.cache_clear()
    yield Directory(directory_server)


@pytest.fixture
def contoso(alice: User, bob: User) -> Organization:
    """Alice owns it, Bob is a member with Basic."""
    return factories.organization("contoso", alice, bob)


@pytest.fixture
def fabrikam(dana: User) -> Organization:
    return factories.organization("fabrikam", dana)


@pytest.fixture
def bob_browser(bob: User) -> Client:
    return people.browser(bob)
