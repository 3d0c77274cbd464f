"""What became of each job the last time: written by the worker's signals around every run."""

from datetime import UTC, datetime, timedelta

import pytest
from celery import shared_task
from django.db import DatabaseError
from django.utils import timezone

from authorizations import task_runs
from authorizations.models import TaskRun
from authorizations.tasks import rotate_keys, seal_events
from portal.celery import app

NOW = datetime(2026, 11, 26, 12, 0, tzinfo=UTC)
EVERY_MINUTE = {"one": {"task": "t.one", "schedule": 60.0}, "two": {"task": "t.two", "schedule": 86400.0}}


@pytest.fixture(autouse=True)
def _this_app():
    app.set_current()
    app.set_default()


@shared_task(name="tests.breaks")
def breaks() -> int:
    raise DatabaseError("INSERT INTO secret VALUES ('hunter2')")


@pytest.mark.django_db
def test_a_run_leaves_when_how_long_and_how_many(django_assert_num_queries):
    seal_events.apply()
    rotate_keys.apply()  # a list of what was done: its length
    run = TaskRun.objects.get(pk="authorizations.tasks.events.seal_events")
    assert (run.outcome, run.processed, run.failures, run.error) == ("succeeded", 0, 0, "")
    assert run.succeeded_at == run.finished_at >= run.started_at >= run.first_started_at
    assert run.took_ms is not None
    assert TaskRun.objects.get(pk="authorizations.tasks.keys.rotate_keys").processed is not None
    with django_assert_num_queries(2):
        task_runs.started("x", now=NOW)
        task_runs.finished("x", took=timedelta(seconds=1), processed=3, now=NOW)


@pytest.mark.django_db
def test_a_failure_is_its_class_and_never_its_text():
    for _ in range(3):
        breaks.apply()
    run = TaskRun.objects.get(pk="tests.breaks")
    assert (run.outcome, run.error, run.failures, run.succeeded_at) == (
        "failed",
        "django.db.utils.DatabaseError",
        3,
        None,
    )
    task_runs.finished("tests.breaks", took=timedelta(), processed=None, now=timezone.now())
    assert TaskRun.objects.get(pk="tests.breaks").failures == 0


@pytest.mark.django_db
def test_a_record_that_cannot_be_written_stops_no_job(monkeypatch):
    def away(*_, **__):
        raise DatabaseError

    monkeypatch.setattr("authorizations.task_runs.started", away)
    monkeypatch.setattr("authorizations.task_runs.finished", away)
    assert seal_events.apply().state == "SUCCESS"


@pytest.mark.django_db
def test_states_say_never_late_failing_and_well(django_assert_num_queries):
    assert [s.word for s in task_runs.states(EVERY_MINUTE, now=NOW)] == ["never", "never"]
    task_runs.started("t.one", now=NOW - timedelta(minutes=10))
    with django_assert_num_queries(1):
        one, two = task_runs.states(EVERY_MINUTE, now=NOW)
    # Begun and never come back; the daily job may still have its first turn before it.
    assert (one.word, one.late, one.lag) == ("late", True, timedelta(minutes=10))
    assert (two.word, two.late, two.lag) == ("never", False, None)
    task_runs.finished("t.one", took=timedelta(), processed=1, now=NOW - timedelta(minutes=1))
    assert task_runs.states(EVERY_MINUTE, now=NOW)[0].word == "well"
    task_runs.failed("t.one", took=timedelta(), error="OSError", now=NOW)
    assert task_runs.states(EVERY_MINUTE, now=NOW)[0].word == "failing"
    one, two = task_runs.states(EVERY_MINUTE, now=NOW + timedelta(days=4))
    assert two.late and two.word == "never"
