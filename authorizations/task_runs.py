"""The record of background jobs: written by the worker around each run, read as a state per entry of the schedule."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db.models import F

from authorizations.models import TaskRun

Outcome = TaskRun.Outcome
# A job is late when it did not succeed for three of its periods, and never sooner than after this.
SOONEST = timedelta(minutes=2)
PERIODS = 3


def started(name: str, *, now: datetime) -> None:
    """One statement, however many workers."""
    TaskRun.objects.bulk_create(
        [TaskRun(name=name, first_started_at=now, started_at=now)],
        update_conflicts=True,
        unique_fields=["name"],
        update_fields=["started_at", "outcome"],
    )


def finished(name: str, *, took: timedelta, processed: int | None, now: datetime) -> None:
    TaskRun.objects.filter(pk=name).update(
        outcome=Outcome.SUCCEEDED,
        finished_at=now,
        succeeded_at=now,
        took_ms=_ms(took),
        processed=processed,
        error="",
        failures=0,
    )


def failed(name: str, *, took: timedelta, error: str, now: datetime) -> None:
    TaskRun.objects.filter(pk=name).update(
        outcome=Outcome.FAILED,
        finished_at=now,
        took_ms=_ms(took),
        processed=None,
        error=error[:200],
        failures=F("failures") + 1,
    )


def _ms(took: timedelta) -> int:
    return max(0, int(took.total_seconds() * 1000))


@dataclass(frozen=True)
class State:
    """One entry of the schedule and what became of it."""

    entry: str
    task: str
    period: timedelta
    run: TaskRun | None
    lag: timedelta | None  # since it succeeded last, or since it was first tried; None: nothing is known
    late: bool

    @property
    def word(self) -> str:
        """never, running, failing, late or well"""
        if self.run is None:
            return "never"
        if self.run.failures:
            return "failing"
        if self.late:
            return "late"
        return "running" if self.run.outcome == Outcome.RUNNING else "well"


def states(schedule: Mapping[str, Mapping[str, Any]], *, now: datetime) -> list[State]:
    """All entries of the schedule, in its order. One statement."""
    runs = {run.name: run for run in TaskRun.objects.all()}
    since = min((run.first_started_at for run in runs.values()), default=None)
    return [_state(name, entry, runs.get(entry["task"]), since, now) for name, entry in schedule.items()]


def _state(name: str, entry: Mapping[str, Any], run: TaskRun | None, since: datetime | None, now: datetime) -> State:
    """`since`: when any job ran first. One that never did may still have its first turn before it."""
    period = timedelta(seconds=float(entry["schedule"]))
    last = (run.succeeded_at or run.first_started_at) if run else since
    lag = max(now - last, timedelta()) if last else None
    late = lag is not None and lag > max(PERIODS * period, SOONEST)
    return State(name, entry["task"], period, run, lag if run else None, late)
