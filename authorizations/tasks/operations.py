"""Works on what operations staff confirmed."""

import time

from celery import shared_task

from authorizations.services.evidence import packing
from authorizations.services.operations import jobs
from authorizations.tasks import clock
from authorizations.tasks.timebox import SECONDS


@shared_task
def run_operations() -> int:
    """Batches of the oldest jobs, until none is left or the time is up: the claim is given back, and the next goes on."""
    ends, batches = time.monotonic() + SECONDS, 0
    while time.monotonic() < ends and (taken := jobs.claim(now=clock.now())):
        while time.monotonic() < ends and jobs.advance(*taken, now=clock.now()):
            batches += 1
        jobs.release(*taken)
    return batches


# A large incident takes longer than other tasks may; its lease is renewed on the way.
@shared_task(soft_time_limit=3600, time_limit=3660)
def make_evidence() -> int:
    """Makes the packs that wait, one after the other; returns how many became ready."""
    made = 0
    while taken := packing.claim(now=clock.now()):
        made += packing.make(*taken, clock=clock.now)
    return made
