"""Seals what happened, and removes what is past retention."""

from celery import shared_task

from authorizations.services import sealing
from authorizations.tasks import clock
from authorizations.tasks.timebox import repeat


@shared_task
def seal_events() -> int:
    return repeat(lambda: sealing.seal_next(clock.now()), full=sealing.BLOCK)


@shared_task
def remove_old_events() -> int:
    return repeat(lambda: sealing.remove_old(clock.now()), full=1)
