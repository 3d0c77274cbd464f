"""Sends what waits in the outbox."""

import time

from celery import shared_task

from authorizations.notifications import deliver, digest
from authorizations.services import shutting_out
from authorizations.tasks import clock
from authorizations.tasks.timebox import SECONDS, repeat


@shared_task
def deliver_mail() -> int:
    """Mails that are due, until none is left, the time is up, or the mail server is away."""
    ends, sent = time.monotonic() + SECONDS, 0
    while time.monotonic() < ends:
        outcome = deliver.deliver_mail(clock.now())
        sent += outcome.sent
        if not outcome.claimed or outcome.stopped:
            break
    return sent


@shared_task
def deliver_webhooks() -> int:
    """Webhook calls that are due, apart from mail, so that neither waits for the other's receivers."""
    ends, sent = time.monotonic() + SECONDS, 0
    while time.monotonic() < ends:
        outcome = deliver.deliver_webhooks(clock.now())
        sent += outcome.sent
        if not outcome.claimed:
            break
    return sent


@shared_task
def write_digests() -> int:
    return repeat(lambda: digest.write_due(now=clock.now()), full=digest.BATCH)


@shared_task
def tell_shut_out() -> int:
    """Members of a large organization that shut a service out for all of them."""
    return repeat(lambda: shutting_out.tell_waiting(now=clock.now()), full=shutting_out.BATCH)
