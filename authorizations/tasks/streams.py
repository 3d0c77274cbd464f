"""Sends events to the webhooks of security systems."""

from celery import shared_task

from authorizations.services.streaming import sending
from authorizations.tasks import clock
from authorizations.tasks.timebox import repeat


@shared_task
def stream_events() -> int:
    return repeat(lambda: sending.send_due(clock.now()), full=1)
