"""A job together with everything else that goes on, on a database that really runs them at once."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from authorizations import bulk
from authorizations.events.models import Event
from authorizations.models import Authorization, Connection, OperationsJob, Receipt
from authorizations.notifications.models import Notice
from authorizations.services.keys import ring
from authorizations.services.operations import jobs
from authorizations.services.operations.selection import Selection
from authorizations.services.revocation import revoke_authorization
from tests import factories, people
from tests.authorizations.test_races_postgresql import alive, at_once
from tests.conftest import missing
from tests.operations.conftest import approve, many, staff

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture(autouse=True)
def _postgresql():
    if connection.vendor != "postgresql":
        missing("PostgreSQL")
    ring.published()


@pytest.fixture
def olivia():
    return staff(people.person("olivia"), "operator")


def whole_app(app, olivia):
    now = timezone.now()
    wanted = Selection(apps=(app.client_id,))
    return jobs.start("revoke", wanted, by=olivia, reason="race", now=now, counted={}, counted_at=now)


@pytest.mark.parametrize("turn", range(3))
def test_a_job_races_the_persons_own_revoke_and_their_service(alice, alice_browser, payroll, olivia, turn):
    tokens = factories.connect(alice_browser, payroll)
    for person in many(40):
        approve(person, payroll.app)
    own = Authorization.objects.select_related("person", "application").get(person=alice)
    job = whole_app(payroll.app, olivia)
    answers = at_once(
        lambda: jobs.run(job, clock=timezone.now),
        lambda: revoke_authorization(own, by=alice, reason="revoked", now=timezone.now()),
        *[lambda: payroll.refresh(tokens["refresh_token"])] * 3,
    )
    jobs.run(job, clock=timezone.now)
    job.refresh_from_db()
    issued = [tokens, *(a.json() for a in answers[2:] if a.status_code == 200)]
    assert not any(alive(body["access_token"]) for body in issued)
    assert not Authorization.objects.filter(revoked_at=None).exists()
    assert not Connection.objects.filter(revoked_at=None).exists()
    # Whoever was quicker ended it, once: one event and one receipt each.
    assert Event.objects.filter(name="authorization.revoked").count() == Receipt.objects.count() == 41
    assert job.state == OperationsJob.State.DONE and job.done + job.over + bool(answers[1]) in (41, 42)


def test_workers_that_come_at_once_share_nothing_out_twice(payroll, olivia):
    for person in many(60):
        approve(person, payroll.app)
    job = whole_app(payroll.app, olivia)

    def worker():
        taken = jobs.claim(now=timezone.now())
        while taken and jobs.advance(*taken, now=timezone.now(), batch=7):
            pass
        return bool(taken)

    assert sum(at_once(*[worker] * 4)) == 1
    job.refresh_from_db()
    assert (job.state, job.done) == ("done", 60) and Notice.objects.count() == job.items.count() == 60


def test_a_pause_waits_for_the_batch_and_stops_the_next(payroll, olivia):
    for person in many(60):
        approve(person, payroll.app)
    job = whole_app(payroll.app, olivia)

    taken = jobs.claim(now=timezone.now())

    def worker():
        batches = 0
        while jobs.advance(*taken, now=timezone.now(), batch=3):
            batches += 1
        return batches

    batches, paused = at_once(worker, lambda: jobs.pause(job, by=olivia, now=timezone.now()))
    job.refresh_from_db()
    assert paused and job.state == "paused" and job.done == batches * 3 < 60
    assert Authorization.objects.filter(revoked_at=None).count() == 60 - job.done


def test_a_batch_costs_the_same_statements_for_few_and_for_many(payroll, olivia):
    def statements(count):
        for person in many(count, name=f"Of {count} "):
            approve(person, payroll.app)
        job = whole_app(payroll.app, olivia)
        taken = jobs.claim(now=timezone.now())
        with CaptureQueriesContext(connection) as captured:
            jobs.advance(*taken, now=timezone.now())
        job.refresh_from_db()
        assert job.done == count
        return len([q for q in captured if not q["sql"].startswith(("SAVEPOINT", "RELEASE"))])

    few, more = statements(bulk.MANY), statements(3 * bulk.MANY)
    assert few == more <= 40, (few, more)
