"""Jobs of operations: confirmed once, worked on by whoever is free, paused, cancelled, and never done twice.

A batch is one transaction: what it ends, its events, receipts, notices and results, and the place where the next one
begins. It holds the row of the job, so a pause waits for the batch that is under way, and of two runs that both think
the job is theirs one does nothing.
"""

import uuid
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from django.db import DatabaseError, IntegrityError, transaction
from django.db.models import F, Q

from accounts.models import User
from authorizations.events.kinds import Kind
from authorizations.events.log import record
from authorizations.models import Incident, OperationsJob, OperationsJobItem
from authorizations.services import receipts
from authorizations.services.incidents import opening
from authorizations.services.operations import selection
from authorizations.services.operations.acts import ACTS, Stage, marks
from authorizations.services.operations.preview import Shown
from authorizations.services.operations.results import write

State = OperationsJob.State
UNFINISHED = (State.WAITING, State.RUNNING)
BATCH = 500
LEASE = timedelta(minutes=2)
NAMESPACE = uuid.UUID("0d4ac3b0-5b0e-4d6b-9a35-2f0f2b1f7c61")
MOST_FAULTS = 5
LONGEST_REASON = 200


class NotConfirmed(Exception):
    """`field`: what is missing or wrong. Nothing was started."""

    def __init__(self, field: str, message: str) -> None:
        super().__init__(message)
        self.field = field


def confirm(
    shown: Shown,
    *,
    by: User,
    reason: str,
    now: datetime,
    people_typed: str = "",
    options: Mapping[str, Any] | None = None,
    incident: Incident | None = None,
    key: uuid.UUID | None = None,
) -> OperationsJob:
    """Starts what somebody was shown: the job, its event, and what the act does at once, or nothing at all.

    `key`: what was confirmed twice (a double click) is one job.
    """
    before = OperationsJob.objects.filter(pk=key).first() if key else None
    if before is not None:
        return before
    reason = " ".join(reason.replace("\x00", "").split())
    if len(reason) < 5:
        raise NotConfirmed("reason", "Say why, in a few words: it is in every event, and those affected read it.")
    if len(reason) > LONGEST_REASON:
        raise NotConfirmed("reason", f"At most {LONGEST_REASON} characters.")
    if not shown.is_fresh(now):
        raise NotConfirmed(
            "", "This was counted more than ten minutes ago, so it was counted again. Look at it once more."
        )
    if shown.everyone and people_typed.replace(",", "").replace(" ", "") != str(shown.counted["people"]):
        raise NotConfirmed("people_typed", "Type the number of people affected, as it stands above.")
    return start(
        shown.act,
        shown.wanted,
        by=by,
        reason=reason,
        now=now,
        counted=shown.counted,
        counted_at=shown.at,
        options=options,
        incident=incident,
        key=key,
    )


def key_of(token: str) -> uuid.UUID:
    """The id of the job that confirms this preview."""
    return uuid.uuid5(NAMESPACE, token)


@transaction.atomic
def start(
    act: str,
    wanted: selection.Selection,
    *,
    by: User,
    reason: str,
    now: datetime,
    counted: Mapping[str, int],
    counted_at: datetime,
    options: Mapping[str, Any] | None = None,
    incident: Incident | None = None,
    key: uuid.UUID | None = None,
) -> OperationsJob:
    """The caller has decided that `by` may and means it. Callable without a page, for commands and measurements."""
    job = _created(
        id=key or uuid.uuid4(),
        act=act,
        query=wanted.as_json(),
        options=dict(options or {}),
        reason=reason,
        asked_by=by,
        incident=incident,
        counted=dict(counted),
        counted_at=counted_at,
        confirmed_at=now,
    )
    about = {"act": act, "query": job.query, "counted": job.counted, "options": job.options} | marks(job)
    _record(Kind.OPERATIONS_JOB_STARTED, job, by, now, about)
    if incident is not None:
        opening.acted(incident, job, by=by, now=now)
    work = ACTS[act]
    if work.at_once is not None:
        write(job, list(work.at_once(job, wanted, now)))
    left = sum(stage.found(job, wanted, now).order_by().count() for stage in work.stages)
    OperationsJob.objects.filter(pk=job.pk).update(total=left + F("done") + F("over"))
    if not left:
        _finish(job.pk, now)
    job.refresh_from_db()
    return job


def _created(**facts: Any) -> OperationsJob:
    for _ in range(4):
        try:
            with transaction.atomic():
                return OperationsJob.objects.create(reference=receipts.new_reference("J"), **facts)
        except IntegrityError:
            continue  # the reference is taken: once in hundreds of millions
    raise RuntimeError("No free reference was found for a job.")


def claim(*, now: datetime, only: uuid.UUID | None = None) -> tuple[uuid.UUID, uuid.UUID] | None:
    """Takes the oldest job that nobody works on: (its id, this run's claim); None when there is none."""
    free = Q(claimed_until=None) | Q(claimed_until__lt=now)
    waiting = OperationsJob.objects.filter(free, state__in=UNFINISHED)
    if only is not None:
        waiting = waiting.filter(pk=only)
    for pk in waiting.order_by("confirmed_at").values_list("pk", flat=True)[:20]:
        mine = uuid.uuid4()
        if waiting.filter(pk=pk).update(state=State.RUNNING, claim=mine, claimed_until=now + LEASE):
            return pk, mine
    return None


def advance(job_id: uuid.UUID, claimed: uuid.UUID, *, now: datetime, batch: int = BATCH) -> bool:
    """Does the next batch; False when the job is finished, paused, stopped, or another run has taken it over.

    A batch that fails is done again one by one, so that one bad row does not stop the others; when nothing of it can be
    done the fault is not in the rows, and after some attempts the job says so and waits for a person.
    """
    try:
        return _batch(job_id, claimed, now, batch)
    except Exception as fault:  # noqa: BLE001  (whatever it was, the job's state must say it)
        return _singly(job_id, claimed, now, batch, fault)


@transaction.atomic
def _batch(job_id: uuid.UUID, claimed: uuid.UUID, now: datetime, size: int) -> bool:
    job = _held(job_id, claimed)
    if job is None:
        return False
    stage, keys = _next(job, now, size)
    if stage is None:
        _finish(job.pk, now)
        return False
    write(job, stage.run(job, keys, now))
    _move(job, str(keys[-1]), now)
    if len(keys) < size and job.stage == len(ACTS[job.act].stages) - 1:
        _finish(job.pk, now)  # nothing is left, and whoever looks sees it at once
        return False
    return True


def _held(job_id: uuid.UUID, claimed: uuid.UUID) -> OperationsJob | None:
    """Ours, still to be worked on, and held until the batch is done."""
    mine = OperationsJob.objects.select_for_update(of=("self",), no_key=True).select_related("asked_by", "incident")
    return mine.filter(pk=job_id, claim=claimed, state=State.RUNNING).first()


def _next(job: OperationsJob, now: datetime, size: int) -> tuple[Stage | None, list[Any]]:
    """The keys of the next batch, in order, from the stage that has some left."""
    wanted, stages = selection.from_json(job.query), ACTS[job.act].stages
    while job.stage < len(stages):
        found = stages[job.stage].found(job, wanted, now)
        if job.after:
            found = found.filter(pk__gt=job.after)
        keys = list(found.order_by("pk").values_list("pk", flat=True)[:size])
        if keys:
            return stages[job.stage], keys
        job.stage, job.after = job.stage + 1, ""
    return None, []


def _move(job: OperationsJob, after: str, now: datetime) -> None:
    OperationsJob.objects.filter(pk=job.pk).update(
        stage=job.stage, after=after, claimed_until=now + LEASE, faults=0, problem=""
    )


def _singly(job_id: uuid.UUID, claimed: uuid.UUID, now: datetime, size: int, fault: Exception) -> bool:
    try:
        with transaction.atomic():
            return _each(job_id, claimed, now, size, fault)
    except Exception as worse:  # noqa: BLE001
        # Not even this can be written (a full disk, the database away). The claim runs out by itself; later the job goes on.
        _fault(job_id, claimed, worse, now)
        return False


def _each(job_id: uuid.UUID, claimed: uuid.UUID, now: datetime, size: int, fault: Exception) -> bool:
    job = _held(job_id, claimed)
    if job is None:
        return False
    stage, keys = _next(job, now, size)
    if stage is None:
        raise DatabaseError("the end of the job could not be written") from fault
    done: list[OperationsJobItem] = []
    failed: list[tuple[Any, str]] = []
    for key in keys:
        try:
            with transaction.atomic():
                done += stage.run(job, [key], now)
        except Exception as one:  # noqa: BLE001
            failed.append((key, type(one).__name__))
            if len(failed) > 20 and not done:
                break
    if not done:
        raise DatabaseError(type(fault).__name__) from fault
    bad = [
        OperationsJobItem(
            job=job, subject_type=_kind(job), subject_id=str(key), outcome="failed", problem=why[:100], at=now
        )
        for key, why in failed
    ]
    write(job, done + bad)
    _move(job, str(keys[-1]), now)
    return True


def _kind(job: OperationsJob) -> str:
    if job.act == OperationsJob.Act.DISCONNECT:
        return "connection"
    if job.act == OperationsJob.Act.TELL:
        return ("person", "owner", "organization")[job.stage]
    return "personal_token" if job.stage else "authorization"


def _fault(job_id: uuid.UUID, claimed: uuid.UUID, fault: Exception, now: datetime) -> None:
    """Said without the words of the database, which may repeat what is in a row."""
    mine = OperationsJob.objects.filter(pk=job_id, claim=claimed)
    cause = fault.__cause__ or fault
    problem = f"A batch could not be written ({type(cause).__name__}). Nothing of it was done."
    try:
        mine.update(faults=F("faults") + 1, problem=problem[:200])
        with transaction.atomic():
            if mine.filter(faults__gte=MOST_FAULTS).update(state=State.STOPPED, claim=None, claimed_until=None):
                job = OperationsJob.objects.select_related("asked_by", "incident").get(pk=job_id)
                _record(Kind.OPERATIONS_JOB_STOPPED, job, None, now, {"problem": problem} | marks(job))
    except Exception:  # noqa: BLE001
        return  # not even that can be written: the claim runs out by itself


def _finish(job_id: uuid.UUID, now: datetime) -> None:
    unfinished = OperationsJob.objects.filter(pk=job_id, state__in=UNFINISHED)
    if unfinished.update(state=State.DONE, finished_at=now, claim=None, claimed_until=None, problem=""):
        job = OperationsJob.objects.select_related("asked_by", "incident").get(pk=job_id)
        came = {"done": job.done, "over": job.over, "failed": job.failed}
        _record(Kind.OPERATIONS_JOB_FINISHED, job, job.asked_by, now, came | marks(job))


@transaction.atomic
def pause(job: OperationsJob, *, by: User, now: datetime) -> bool:
    return _turn(job, UNFINISHED, State.PAUSED, Kind.OPERATIONS_JOB_PAUSED, by, now)


@transaction.atomic
def resume(job: OperationsJob, *, by: User, now: datetime) -> bool:
    """Also one that stopped by a fault."""
    return _turn(job, (State.PAUSED, State.STOPPED), State.WAITING, Kind.OPERATIONS_JOB_RESUMED, by, now)


@transaction.atomic
def cancel(job: OperationsJob, *, by: User, now: datetime) -> bool:
    """What was done stays done; the rest is not begun."""
    before = (*UNFINISHED, State.PAUSED, State.STOPPED)
    return _turn(job, before, State.CANCELLED, Kind.OPERATIONS_JOB_CANCELLED, by, now, finished_at=now)


@transaction.atomic
def retry(job: OperationsJob, *, by: User, now: datetime) -> bool:
    """What failed is tried again: its results are taken back, and the job begins anew; what is done it finds done."""
    held = (
        OperationsJob.objects.select_for_update(no_key=True).filter(pk=job.pk, state=State.DONE, failed__gt=0).first()
    )
    if held is None:
        return False
    gone, _ = OperationsJobItem.objects.filter(job=job, outcome=OperationsJobItem.Outcome.FAILED).delete()
    OperationsJob.objects.filter(pk=job.pk).update(
        state=State.WAITING, stage=0, after="", failed=0, finished_at=None, problem="", faults=0
    )
    _record(Kind.OPERATIONS_JOB_RESUMED, held, by, now, {"retried": gone} | marks(held))
    return True


def _turn(
    job: OperationsJob, before: tuple[str, ...], to: str, kind: Kind, by: User, now: datetime, **more: Any
) -> bool:
    """False when it is in another state by now. Waits for a batch that is under way."""
    there = OperationsJob.objects.filter(pk=job.pk, state__in=before)
    if not there.update(state=to, claim=None, claimed_until=None, faults=0, **more):
        return False
    job.refresh_from_db()
    _record(kind, job, by, now, {"done": job.done, "of": job.total} | marks(job))
    return True


def _record(kind: Kind, job: OperationsJob, by: User | None, now: datetime, detail: dict[str, Any]) -> None:
    record(
        kind,
        now=now,
        actor=by,
        subject=("job", job.pk),
        detail={"reference": job.reference, "reason": job.reason} | detail,
    )


def run(job: OperationsJob, *, clock: Any, most: int | None = None) -> int:
    """Works on this job here and now, for at most so many batches; returns how many were done."""
    taken, batches = claim(now=clock(), only=job.pk), 0
    while taken and (most is None or batches < most) and advance(*taken, now=clock()):
        batches += 1
    if taken:
        release(*taken)
    return batches


def release(job_id: uuid.UUID, claimed: uuid.UUID) -> None:
    """Gives back what this run holds, so that the next one need not wait for the end of the claim. What just failed is
    left alone until then: the fault may need that time to pass."""
    OperationsJob.objects.filter(pk=job_id, claim=claimed, faults=0).update(claim=None, claimed_until=None)
