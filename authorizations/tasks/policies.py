"""Announcing changes of policies. They begin by the clock, and wait for no job."""

from celery import shared_task

from authorizations.services import policy_announcing
from authorizations.tasks import clock


@shared_task
def announce_policies() -> int:
    return policy_announcing.announce_due(clock.now())
