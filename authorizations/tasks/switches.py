"""A switch whose end was said beforehand is off by the clock; this writes it down, with its event."""

from celery import shared_task

from authorizations.switches import turning
from authorizations.tasks import clock


@shared_task
def close_switches() -> int:
    return turning.close_over(clock.now())
