"""Is the process alive, and can it serve?"""

import threading
import time
from datetime import timedelta

import pytest
from django.conf import settings as configured
from django.db import connection
from django.test import Client
from django.utils import timezone

from authorizations.models import SigningKey, TaskRun
from authorizations.services.keys import ring
from portal.health import answers, checks
from portal.health.looking import KEPT, Check, Look
from tests.portal.jobs import all_ran


@pytest.fixture(autouse=True)
def _looks_anew():
    answers.look.forget()
    yield
    answers.look.forget()


@pytest.mark.django_db(transaction=True)
def test_a_stranger_reads_names_of_checks_and_plain_sentences_only():
    all_ran(timezone.now())
    answer = Client().get("/health/ready", headers={"Host": "10.1.2.3"})  # a load balancer asks by address
    assert answer.status_code == 200, answer.content
    assert answer.json()["status"] == "ok" and answer.json()["reasons"] == []
    assert set(answer.json()["checks"].values()) == {"ok"}
    assert answer["Cache-Control"] == "no-store"
    assert Client().get("/health/live").json() == {"status": "ok"}
    assert Client().post("/health/ready").status_code == 405


@pytest.mark.django_db(transaction=True)
def test_jobs_that_never_ran_are_degraded_and_not_an_outage():
    answer = Client().get("/health/ready")
    assert answer.status_code == 200 and answer.json()["status"] == "degraded"
    assert answer.json()["reasons"] == ["No background job has run yet."]


@pytest.mark.django_db
def test_one_late_job_is_told_without_its_name():
    now = timezone.now()
    all_ran(now)
    assert checks.jobs() is None
    TaskRun.objects.filter(name__endswith="deliver_mail").update(succeeded_at=now - timedelta(hours=1))
    assert checks.jobs() == ("degraded", "Some background jobs are late.")


@pytest.mark.django_db
def test_a_database_behind_this_release_is_unavailable():
    assert checks.migrations() is None
    with connection.cursor() as cursor:
        cursor.execute("DELETE FROM django_migrations WHERE app = 'events' AND name = '0001_initial'")
    assert checks.migrations() == ("unavailable", "The database has not been migrated to this release.")


@pytest.mark.django_db
def test_signing_keys_stored_with_another_key_are_unavailable(settings):
    assert checks.signing_key() is None and not SigningKey.objects.exists()  # made on first need
    ring.current("ES256")
    settings.KEY_ENCRYPTION_KEY = "another key"
    ring.forget()
    look = Look([(Check("signing_key", checks.signing_key, ("unavailable", "The signing keys cannot be read.")),)])
    with pytest.raises(Exception, match="GATEHOUSE_KEY_ENCRYPTION_KEY"):
        checks.signing_key()
    assert look  # what `Look` makes of an exception is the next test


def test_a_check_that_raises_counts_as_its_failure_and_says_nothing_of_the_exception():
    def breaks():
        raise ValueError("password=hunter2")

    (found,) = Look([(Check("x", breaks, ("unavailable", "It cannot be read.")),)]).now()
    assert (found.state, found.reason) == ("unavailable", "It cannot be read.")


def test_a_server_that_hangs_holds_one_thread_and_no_probe(monkeypatch):
    monkeypatch.setattr("portal.health.looking.LONGEST", 0.2)
    monkeypatch.setattr("portal.health.looking.KEPT", 0.0)
    gate, begun = threading.Event(), []

    def hangs():
        begun.append(1)
        gate.wait(20)

    look = Look(
        [(Check("cache", hangs, ("degraded", "The cache does not answer.")),), (Check("b", lambda: None, ("", "")),)]
    )
    before = time.monotonic()
    answers_ = [{f.check: f.state for f in look.now()} for _ in range(3)]
    assert time.monotonic() - before < 2
    assert answers_ == [{"cache": "degraded", "b": "ok"}] * 3
    assert begun == [1]
    gate.set()
    time.sleep(0.1)
    assert {f.check: f.state for f in look.now()} == {"cache": "ok", "b": "ok"}  # back without a restart


def test_many_probes_ask_once():
    asked = []
    look = Look([(Check("x", lambda: asked.append(1), ("degraded", "")),)])
    probes = [threading.Thread(target=look.now) for _ in range(20)]
    for probe in probes:
        probe.start()
    for probe in probes:
        probe.join()
    assert asked == [1] and KEPT >= 1


@pytest.mark.django_db
def test_a_clock_that_runs_away_is_told(clock):
    if connection.vendor != "postgresql":
        pytest.skip("SQLite is a file on the same machine")
    assert checks.clock() is None
    clock.stands_at(timezone.now() + timedelta(seconds=30))
    assert checks.clock() == (
        "degraded",
        "The clocks of this machine and of the database differ by more than five seconds.",
    )


def test_the_schedule_has_a_number_for_each_job():
    assert all(float(entry["schedule"]) > 0 for entry in configured.CELERY_BEAT_SCHEDULE.values())
