"""Ends what is over, reminds in time, and forgets what is dead."""

from celery import shared_task

from authorizations.services import expiry, reminding, sweeping
from authorizations.tasks import clock
from authorizations.tasks.timebox import repeat


@shared_task
def expire_authorizations() -> int:
    """Closes the authorizations whose time is over, and tells their people."""
    return repeat(lambda: expiry.expire_authorizations(now=clock.now()), full=expiry.BATCH)


@shared_task
def expire_connections() -> int:
    return repeat(lambda: expiry.expire_connections(now=clock.now()), full=expiry.BATCH)


@shared_task
def remind() -> int:
    """Takes back what is no longer so, and tells what ends in 14 and in 3 days, and what was not used for 90."""
    now = clock.now()
    reminding.lapse(now)
    told = sum(reminding.tell_new(drafts, now=now) for drafts in reminding.expiring(now))
    return told + sum(reminding.tell_new(drafts, now=now) for drafts in reminding.unused(now))


@shared_task
def tell_connected() -> int:
    return repeat(lambda: reminding.tell_connected(now=clock.now()), full=reminding.BATCH)


@shared_task
def sweep() -> int:
    """Forgets spent codes, single revocations that are over, old counters and old messages."""
    now = clock.now()
    return sum(
        repeat(lambda rule=rule: sweeping.forget(rule, now=now), full=sweeping.BATCH, seconds=10)  # type: ignore[misc]
        for rule in sweeping.RULES
    )
