"""Sends what waits in the outbox."""

import time

from celery import shared_task

from authorizations.notifications import deliver, digest
from authorizations.services import sendings, shutting_out
from authorizations.tasks import clock
from authorizations.tasks.timebox import SECONDS, repeat


@shared_task
def deliver_mail() -> int:
    """Mails that are due, until none is left, the time is up, or the mail server is away."""
    ends, outcomes = time.monotonic() + SECONDS, list[deliver.Outcome]()
    while time.monotonic() < ends:
        outcomes.append(deliver.deliver_mail(clock.now()))
        if not outcomes[-1].claimed or outcomes[-1].stopped:
            break
    return sendings.note(outcomes, "mail", now=clock.now())


@shared_task
def deliver_webhooks() -> int:
    """Webhook calls that are due, apart from mail, so that neither waits for the other's receivers."""
    ends, outcomes = time.monotonic() + SECONDS, list[deliver.Outcome]()
    while time.monotonic() < ends:
        outcomes.append(deliver.deliver_webhooks(clock.now()))
        if not outcomes[-1].claimed:
            break
    return sendings.note(outcomes, "webhook", now=clock.now())


@shared_task
def write_digests() -> int:
    return repeat(lambda: digest.write_due(now=clock.now()), full=digest.BATCH)


@shared_task
def tell_shut_out() -> int:
    """Members of a large organization that shut a service out for all of them."""
    return repeat(lambda: shutting_out.tell_waiting(now=clock.now()), full=shutting_out.BATCH)
