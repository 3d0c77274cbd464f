"""The rest of what was noticed in hours that are over."""

from celery import shared_task

from authorizations import noticing
from authorizations.noticing.writing import BATCH
from authorizations.tasks import clock
from authorizations.tasks.timebox import repeat


@shared_task
def tell_noticed() -> int:
    return repeat(lambda: noticing.tell_over(clock.now()), full=BATCH)
