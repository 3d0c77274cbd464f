"""The faults, one after the other, and how long each was felt."""

import time
from collections.abc import Callable
from dataclasses import dataclass

import psycopg

from tests.deploy.faults.world import World
from tests.deploy.place import wait_for

AWAY_SECONDS = 1.5  # how long a server stays away before it is started again


@dataclass
class Felt:
    """`errors`: requests that failed; `first`, `last`: seconds after the fault; `back`: when the part was up again."""

    fault: str
    requests: int
    errors: int
    last: float
    back: float
    slowest: float
    jobs_back: float

    def row(self) -> str:
        errors = f"{self.errors} of {self.requests}"
        last = f"{self.last:.1f}" if self.errors else "none"
        return f"| {self.fault} | {errors} | {last} | {self.back:.1f} | {self.slowest:.1f} | {self.jobs_back:.1f} |"


HEAD = (
    "| fault | requests that failed | last failure, s after the fault | part back, s | slowest answer, s | jobs run again, s |\n"
    "| --- | ---: | ---: | ---: | ---: | ---: |"
)


def web_killed(world: World) -> None:
    world.units["web-a"].kill()
    wait_for(lambda: world.units["web-a"].answers(), 40)  # noqa: PLW0108  (another process by then)


def worker_killed(world: World) -> None:
    world.units["worker-a"].kill()


def both_workers_killed(world: World) -> None:
    world.units["worker-a"].kill()
    world.units["worker-b"].kill()


def beat_killed(world: World) -> None:
    world.units["beat"].kill()


def redis_flushed(world: World) -> None:
    world.redis.flush()


def redis_killed(world: World) -> None:
    world.redis.kill()
    time.sleep(AWAY_SECONDS)
    world.redis.start()


def postgres_killed(world: World) -> None:
    world.postgres.kill()
    time.sleep(AWAY_SECONDS)
    world.postgres.start()


def postgres_restarted(world: World) -> None:
    world.postgres.stop()
    world.postgres.start()


ALL: dict[str, Callable[[World], None]] = {
    "web unit killed": web_killed,
    "one worker killed": worker_killed,
    "both workers killed": both_workers_killed,
    "beat killed": beat_killed,
    "Redis flushed": redis_flushed,
    "Redis killed": redis_killed,
    "PostgreSQL killed": postgres_killed,
    "PostgreSQL restarted": postgres_restarted,
}


def fell(world: World, fault: str, *, calm: float, jobs: bool = True) -> Felt:
    """The fault, then load until `calm` seconds passed without a failure, and until the jobs run again."""
    began = time.monotonic()
    ALL[fault](world)
    back = time.monotonic() - began
    runs = latest_run(world)

    def quiet() -> bool:
        failures = world.ledger.failures(began)
        return time.monotonic() - max([began + back, *(c.at + c.took for c in failures)]) > calm

    assert wait_for(quiet, 60), world.ledger.failures(began)[-5:]
    if jobs:
        assert wait_for(lambda: latest_run(world) > runs, 60, every=0.3), world.units["worker-a"].log()
    jobs_back = time.monotonic() - began if jobs else 0.0
    failures = world.ledger.failures(began)
    since = [c for c in world.ledger.calls if c.at + c.took >= began]
    return Felt(
        fault,
        requests=len(since),
        errors=len(failures),
        last=max((c.at + c.took - began for c in failures), default=0.0),
        back=back,
        slowest=max((c.took for c in since), default=0.0),
        jobs_back=jobs_back,
    )


def latest_run(world: World) -> float:
    """When a background job last succeeded, by the clock of the database."""
    with psycopg.connect(world.postgres.address) as connection:
        row = connection.execute("SELECT extract(epoch FROM max(succeeded_at)) FROM authorizations_taskrun").fetchone()
    return float(row[0]) if row and row[0] else 0.0
