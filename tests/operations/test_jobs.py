"""Jobs: done once whatever happens on the way, said in events and receipts, and told to those affected."""

from datetime import timedelta

import pytest
from django.db import OperationalError
from django.utils import timezone

from accounts.models import User
from authorizations.events.models import Event
from authorizations.models import (
    Authorization,
    Connection,
    OperationsJob,
    OperationsJobItem,
    PersonalAccessToken,
    Receipt,
)
from authorizations.notifications.models import Notice
from authorizations.services import receipts, revocation_sets
from authorizations.services.operations import jobs, preview
from authorizations.services.operations.selection import Selection
from tests import factories
from tests.operations.conftest import approve

Act, State = OperationsJob.Act, OperationsJob.State


def begin(act, by, *, reason="It was stolen", options=None, **said):
    now = timezone.now()
    shown = preview.count(act, Selection(**said), now=now)
    counted = {"people": shown.counted.people}
    return jobs.start(
        act, shown.wanted, by=by, reason=reason, now=now, counted=counted, counted_at=now, options=options
    )


def work(job, **how):
    done = jobs.run(job, clock=timezone.now, **how)
    job.refresh_from_db()
    return done


def left(app):
    return Authorization.objects.filter(application=app, revoked_at=None).count()


def kinds(prefix=""):
    return list(Event.objects.filter(name__startswith=prefix).order_by("pk").values_list("name", flat=True))


def test_a_whole_app_is_revoked_with_receipts_events_and_notices(world, olivia):
    payroll, reports, _crowd = world
    job = begin(Act.REVOKE, olivia, apps=(payroll.client_id,))
    work(job)
    assert (job.state, job.done, job.over, job.failed, job.total) == (State.DONE, 12, 0, 0, 12)
    assert left(payroll) == 0 and left(reports) == 2
    assert Connection.objects.filter(authorization__application=payroll, revoked_at=None).count() == 0
    assert Receipt.objects.count() == 12 and all(receipts.is_intact(r) for r in Receipt.objects.all())
    for event in Event.objects.filter(name="authorization.revoked"):
        assert (event.actor_id, event.detail["reason"], event.detail["job"]) == (
            str(olivia.pk),
            "It was stolen",
            job.reference,
        )
    assert Notice.objects.filter(kind="authorization.revoked", detail__reason="It was stolen").count() == 12
    assert kinds("operations.") == ["operations.job_started", "operations.job_finished"]
    assert OperationsJobItem.objects.filter(job=job, outcome="done", connections=1).exclude(receipt="").count() == 12


def test_an_app_switched_off_first_refuses_with_the_confirmation(alice_browser, payroll, resource_server, olivia):
    tokens = factories.connect(alice_browser, payroll)
    job = begin(Act.REVOKE, olivia, options={"switch_off": True}, apps=(payroll.client_id,))
    assert resource_server.introspect(tokens["access_token"]) == {"active": False}
    assert left(payroll.app) == 1  # the rows follow
    work(job)
    assert left(payroll.app) == 0 and job.done == 2


@pytest.mark.parametrize("dies_after", [0, 1, 2, 3])
def test_a_worker_that_dies_between_or_in_batches_loses_and_repeats_nothing(world, olivia, monkeypatch, dies_after):
    payroll, _, _ = world
    job = begin(Act.REVOKE, olivia, apps=(payroll.client_id,))
    real, calls = revocation_sets.receipts.write_all, []

    def dying(filled):
        real(filled)
        calls.append(1)
        if len(calls) == dies_after + 1:
            raise KeyboardInterrupt  # as when a process is told to stop in the middle

    monkeypatch.setattr(revocation_sets.receipts, "write_all", dying)
    taken = jobs.claim(now=timezone.now())
    with pytest.raises(KeyboardInterrupt):
        while jobs.advance(*taken, now=timezone.now(), batch=3):
            pass
    monkeypatch.undo()
    job.refresh_from_db()
    assert job.state == State.RUNNING and job.done == dies_after * 3 == 12 - left(payroll)
    assert jobs.claim(now=timezone.now()) is None  # taken to be alive
    again = jobs.claim(now=timezone.now() + jobs.LEASE + timedelta(seconds=1))
    assert not jobs.advance(*taken, now=timezone.now())  # who comes back from the dead does nothing
    while jobs.advance(*again, now=timezone.now(), batch=5):
        pass
    job.refresh_from_db()
    assert (job.state, job.done, left(payroll)) == (State.DONE, 12, 0)
    assert Event.objects.filter(name="authorization.revoked").count() == Receipt.objects.count() == 12
    assert Notice.objects.count() == OperationsJobItem.objects.count() == 12


def broken(*args, **kwargs):
    raise OperationalError("could not extend file: No space left on device")


def test_without_its_event_nothing_starts(world, olivia, monkeypatch):
    payroll, _, _ = world
    monkeypatch.setattr("authorizations.events.models.Event.save", broken)
    with pytest.raises(OperationalError):
        begin(Act.REVOKE, olivia, options={"switch_off": True}, apps=(payroll.client_id,))
    payroll.refresh_from_db()
    assert payroll.disabled_at is None and not OperationsJob.objects.exists() and left(payroll) == 12


def test_a_batch_whose_events_cannot_be_written_is_not_done_and_the_job_says_so(world, olivia, monkeypatch):
    payroll, _, _ = world
    job, now = begin(Act.REVOKE, olivia, apps=(payroll.client_id,)), timezone.now()
    monkeypatch.setattr("authorizations.services.revocation_sets.record_all", broken)
    for attempt in range(jobs.MOST_FAULTS):
        taken = jobs.claim(now=now + attempt * 2 * jobs.LEASE)
        assert not jobs.advance(*taken, now=now)
        assert (left(payroll), Receipt.objects.count(), Notice.objects.count()) == (12, 0, 0)
    job.refresh_from_db()
    assert job.state == State.STOPPED and "OperationalError" in job.problem and "space" not in job.problem
    assert kinds("operations.")[-1] == "operations.job_stopped"
    monkeypatch.undo()
    assert jobs.resume(job, by=olivia, now=timezone.now())
    work(job)
    assert (job.state, job.done, left(payroll)) == (State.DONE, 12, 0)


def test_one_bad_row_does_not_stop_the_others_and_is_tried_again(world, olivia, monkeypatch):
    payroll, _, crowd = world
    real = revocation_sets.telling.stopped_for_many

    def picky(standing, **how):
        if any(a.person_id == crowd[4].pk for a in standing):
            raise ValueError("odd row")
        real(standing, **how)

    monkeypatch.setattr(revocation_sets.telling, "stopped_for_many", picky)
    job = begin(Act.REVOKE, olivia, apps=(payroll.client_id,))
    work(job)
    assert (job.state, job.done, job.failed, left(payroll)) == (State.DONE, 11, 1, 1)
    bad = OperationsJobItem.objects.get(outcome="failed")
    assert bad.problem == "ValueError" and str(bad.subject_id) == str(
        Authorization.objects.get(person=crowd[4], application=payroll).pk
    )
    monkeypatch.undo()
    assert jobs.retry(job, by=olivia, now=timezone.now()) and not jobs.retry(job, by=olivia, now=timezone.now())
    work(job)
    assert (job.state, job.done, job.failed, left(payroll)) == (State.DONE, 12, 0, 0)
    assert OperationsJobItem.objects.filter(job=job).count() == 12


def test_a_paused_job_waits_and_a_cancelled_one_ends(world, olivia):
    payroll, _, _ = world
    job = begin(Act.REVOKE, olivia, apps=(payroll.client_id,))
    taken = jobs.claim(now=timezone.now())
    jobs.advance(*taken, now=timezone.now(), batch=5)
    assert jobs.pause(job, by=olivia, now=timezone.now()) and not jobs.pause(job, by=olivia, now=timezone.now())
    assert not jobs.advance(*taken, now=timezone.now(), batch=5) and jobs.claim(now=timezone.now()) is None
    assert left(payroll) == 7
    assert jobs.resume(job, by=olivia, now=timezone.now())
    jobs.advance(*jobs.claim(now=timezone.now()), now=timezone.now(), batch=5)
    assert jobs.cancel(job, by=olivia, now=timezone.now()) and not jobs.resume(job, by=olivia, now=timezone.now())
    job.refresh_from_db()
    assert (job.state, job.done, left(payroll)) == (State.CANCELLED, 10, 2)
    assert kinds("operations.")[1:] == ["operations.job_paused", "operations.job_resumed", "operations.job_cancelled"]


def test_switching_off_and_on_tells_owners_and_people_and_keeps_approvals(world, olivia, dana):
    payroll, _, crowd = world
    off = begin(Act.DISABLE, olivia, apps=(payroll.client_id,))
    payroll.refresh_from_db()
    assert payroll.disabled_at and left(payroll) == 12
    work(off)
    on = begin(Act.ENABLE, olivia, apps=(payroll.client_id,))
    work(on)
    payroll.refresh_from_db()
    assert payroll.disabled_at is None and (off.done, on.done) == (13, 13)
    assert Notice.objects.filter(person=dana, kind="app.switched").count() == 2
    said = [
        n.detail["what"] for n in Notice.objects.filter(person=crowd[3], kind="service.switched").order_by("created_at")
    ]
    assert said == ["off", "on"]


def test_a_secret_ends_with_what_hangs_on_it(alice_browser, payroll, olivia, dana, alice):
    payroll.app.owners.add(dana)
    tokens = factories.connect(alice_browser, payroll)
    job = begin(Act.END_SECRET, olivia, secrets=(payroll.app.secrets.get().key_id,))
    assert payroll.refresh(tokens["refresh_token"]).status_code == 401
    work(job)
    assert job.state == State.DONE and not Connection.objects.filter(revoked_at=None).exists()
    assert Notice.objects.filter(person=alice, kind="service.switched", detail__what="secret").count() == 1
    assert Notice.objects.get(person=dana, kind="secret.changed").detail["reason"] == "It was stolen"
    assert Event.objects.get(name="secret.ended").detail["reason"] == "It was stolen"


def test_a_deactivated_person_loses_everything_at_once(alice, alice_browser, payroll, resource_server, olivia, bob):
    tokens = factories.connect(alice_browser, payroll)
    own, bobs = factories.personal_token(alice), approve(bob, payroll.app)
    job = begin(Act.DEACTIVATE, olivia, people=(str(alice.pk),))
    assert resource_server.introspect(tokens["access_token"]) == {"active": False}
    assert alice_browser.get("/_usersSettings/authorizations").status_code == 302
    work(job)
    assert not Authorization.objects.filter(person=alice, revoked_at=None).exists()
    assert (
        PersonalAccessToken.objects.get(pk=own.token.pk).revoked_at
        and Authorization.objects.get(pk=bobs.pk).revoked_at is None
    )
    assert {i.subject_type for i in job.items.all()} == {"person", "authorization", "personal_token"}
    work(begin(Act.REACTIVATE, olivia, people=(str(alice.pk),)))
    assert User.objects.get(pk=alice.pk).is_active
    assert resource_server.introspect(tokens["access_token"]) == {"active": False}


def test_only_switched_off_comes_back_whole(alice, alice_browser, payroll, resource_server, olivia):
    tokens = factories.connect(alice_browser, payroll)
    work(begin(Act.DEACTIVATE, olivia, options={"keep": True}, people=(str(alice.pk),)))
    assert resource_server.introspect(tokens["access_token"]) == {"active": False}
    work(begin(Act.REACTIVATE, olivia, people=(str(alice.pk),)))
    assert resource_server.introspect(tokens["access_token"])["active"]


def test_connections_from_a_range_end_and_the_approval_stands(alice, bob, payroll, olivia):
    approve(alice, payroll.app, address="192.0.2.9", connections=2)
    approve(bob, payroll.app, address="198.51.100.1")
    work(begin(Act.DISCONNECT, olivia, network="192.0.2.0/24"))
    assert left(payroll.app) == 2 and Connection.objects.get(revoked_at=None).address == "198.51.100.1"
    receipt = Receipt.objects.get()
    assert (receipt.person, receipt.connections) == (alice, 2) and receipts.is_intact(receipt)
    assert Notice.objects.get(kind="service.switched").detail["what"] == "disconnected"


def test_a_taken_reference_is_drawn_again(world, olivia, monkeypatch):
    """Among a million receipts a batch of hundreds meets a taken one: it must not fail for it."""
    payroll, _, _ = world
    drawn = iter(["R-2222-2222"] * 3 + [f"R-2222-22{n}" for n in range(30, 99)])
    monkeypatch.setattr(receipts, "new_reference", lambda kind="R": next(drawn) if kind == "R" else "J-2222-2222")
    work(begin(Act.REVOKE, olivia, apps=(payroll.client_id,)))
    assert Receipt.objects.count() == 12 and left(payroll) == 0
