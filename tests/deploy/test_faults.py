"""Parts of the product are killed one after the other under load. `python -m bench.faults` is the long version."""

import psycopg
import pytest

from tests.deploy.faults import acts
from tests.deploy.faults.world import World, world
from tests.deploy.place import Place

pytestmark = pytest.mark.xdist_group("production")


@pytest.fixture
def running(installed: Place, tmp_path) -> World:
    with world(tmp_path, actors=3, like=installed) as made:
        yield made


def test_nothing_acknowledged_is_lost_and_nothing_revoked_is_accepted(running: World) -> None:
    felt = [acts.fell(running, fault, calm=1.5, jobs=fault in NEED_JOBS) for fault in SHORT]
    running.end_load()
    print(acts.HEAD, *(one.row() for one in felt), sep="\n")
    assert all(actor.rounds > 5 for actor in running.actors)
    assert running.judge() == []
    # Failures only while the part is away, and for the moment in which the processes find it again.
    assert [one.row() for one in felt if one.errors and one.last > one.back + 5] == []
    assert [one.errors for one in felt if one.fault in UNFELT] == [0] * len(UNFELT)
    running.place.manage("verify_events")  # ends with 1 when anything does not fit
    undone = next(iter(running.ledger.revoked_authorizations))
    with psycopg.connect(running.postgres.address) as connection:
        connection.execute(MAKE_ROOM, [undone])
        connection.execute("UPDATE authorizations_authorization SET revoked_at = NULL WHERE id = %s", [undone])
    assert f"the revocation of authorization {undone} is lost" in running.judge()


# The person may have approved the service again since, and there is one live authorization at most.
MAKE_ROOM = """
    UPDATE authorizations_authorization AS later SET revoked_at = now() FROM authorizations_authorization AS undone
    WHERE undone.id = %s AND later.person_id = undone.person_id AND later.application_id = undone.application_id
    AND later.revoked_at IS NULL
"""
SHORT = (
    "web unit killed",
    "one worker killed",
    "Redis flushed",
    "Redis killed",
    "PostgreSQL killed",
    "PostgreSQL restarted",
)
NEED_JOBS = ("Redis killed", "PostgreSQL restarted")
UNFELT = ("one worker killed", "Redis flushed", "Redis killed")
