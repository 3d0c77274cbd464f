"""Fixtures: people, apps, and the parts of the real world a test may need."""

import os
from collections.abc import Iterator
from typing import Any

import pytest
from django.core.cache import cache
from django.test import Client

from accounts.models import User
from authorizations import brown_outs, limits, noticing, usage
from authorizations.services.keys import ring
from authorizations.switches import reading as switches
from tests import emptying, factories, people
from tests.clock import Clock

# One running product for all tests that need it, whichever folder they are in.
pytest_plugins = ["tests.live.stack"]


def pytest_configure(config: pytest.Config) -> None:
    config.addinivalue_line("markers", "spec(name, section): the rule of a specification that the test holds us to")


@pytest.fixture(autouse=True)
def _fresh_process_memory() -> None:
    """Each test has its own database, so what a process remembers of the last one must go."""
    ring.forget()
    cache.clear()
    usage.buffer().drain()
    noticing.gathered.drain()
    brown_outs.windows.forget()
    switches.memory.assume_off()
    limits.forget()


@pytest.fixture(autouse=True, scope="session")
def _empties_the_event_log() -> Iterator[None]:
    """Tests with real transactions empty the database after each; the triggers refuse that to everybody else."""
    with emptying.quickly():
        yield


def missing(what: str) -> None:
    """Skips on a bare machine; fails where CI promised that everything is there."""
    if os.environ.get("REQUIRE_SERVICES") == "1":
        pytest.fail(f"{what} is missing, and REQUIRE_SERVICES=1 says it must be here.")
    pytest.skip(f"{what} is not on this machine.")


@pytest.fixture
def alice(db: Any) -> User:
    return people.person("alice")


@pytest.fixture
def bob(db: Any) -> User:
    return people.person("bob")


@pytest.fixture
def charlie(db: Any) -> User:
    return people.person("charlie")


@pytest.fixture
def dana(db: Any) -> User:
    return people.person("dana")


@pytest.fixture
def alice_browser(alice: User) -> Client:
    return people.browser(alice)


@pytest.fixture
def charlie_browser(charlie: User) -> Client:
    return people.browser(charlie)


@pytest.fixture
def payroll(db: Any) -> factories.TestApp:
    return factories.app()


@pytest.fixture
def public_app(db: Any) -> factories.TestApp:
    return factories.app(name="Pocket", client_type="public")


@pytest.fixture
def legacy_app(db: Any) -> factories.TestApp:
    return factories.app(name="Classic", model="legacy")


@pytest.fixture
def resource_server(db: Any) -> factories.TestApp:
    return factories.app(name="API", redirect_uris=[], scopes=[], resource_server=True)


@pytest.fixture
def connected(alice_browser: Client, payroll: factories.TestApp) -> dict[str, Any]:
    return factories.connect(alice_browser, payroll)


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    return Clock(monkeypatch)
