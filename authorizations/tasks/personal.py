"""Personal access tokens end: their people hear of it in time, and what is over or idle is closed."""

from celery import shared_task

from authorizations.services import personal_expiry, reminding
from authorizations.tasks import clock
from authorizations.tasks.timebox import repeat


@shared_task
def remind_of_personal_tokens() -> int:
    now = clock.now()
    return sum(reminding.tell_new(drafts, now=now) for drafts in personal_expiry.expiring(now))


@shared_task
def expire_personal_tokens() -> int:
    return repeat(lambda: personal_expiry.expire(now=clock.now()), full=personal_expiry.BATCH)


@shared_task
def end_idle_personal_tokens() -> int:
    return personal_expiry.end_idle(now=clock.now())
