"""One installation of production for all tests of deploy/: migrated by its own unit, static files collected."""

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.deploy.place import Place, collect_static, environment, exec_start, own_database, own_redis


@pytest.fixture(scope="session")
def installed(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Place]:
    home: Path = tmp_path_factory.mktemp("production")
    with own_database(f"gatehouse_deploy_{os.getpid()}") as database:
        place = Place(home, environment(home, database=database, redis_url=own_redis()))
        done = place.run(exec_start("migrate"))
        assert done.returncode == 0, done.stderr
        collect_static(place)
        try:
            yield place
        finally:
            place.stop_all()


@pytest.fixture
def place(installed: Place) -> Iterator[Place]:
    """The same, with its processes stopped after each test."""
    before = list(installed.running)
    yield installed
    for process in [one for one in installed.running if one not in before]:
        process.kill()
