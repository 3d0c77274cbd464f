"""Requests for the approval of services run out and are reminded of; approvals end, and those concerned are told."""

from celery import shared_task

from authorizations.services import approval_clock
from authorizations.tasks import clock
from authorizations.tasks.timebox import repeat


@shared_task
def expire_approval_requests() -> int:
    return repeat(lambda: approval_clock.expire_requests(now=clock.now()), full=approval_clock.BATCH)


@shared_task
def remind_reviewers() -> int:
    return repeat(lambda: approval_clock.remind_reviewers(now=clock.now()), full=approval_clock.BATCH)


@shared_task
def end_approvals() -> int:
    """Ends those that are over, and announces those that will be in seven days."""
    ended = repeat(lambda: approval_clock.end_approvals(now=clock.now()), full=approval_clock.BATCH)
    return ended + repeat(lambda: approval_clock.announce_ends(now=clock.now()), full=approval_clock.BATCH)


@shared_task
def tell_of_losses() -> int:
    return repeat(lambda: approval_clock.tell_of_losses(now=clock.now()), full=approval_clock.BATCH)
