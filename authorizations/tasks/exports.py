"""Makes the long copies of people's data, and forgets them after seven days."""

from celery import shared_task
from django.utils import timezone

from authorizations.services import export


@shared_task
def build_exports() -> int:
    """Returns how many parts were written. The time is taken anew for each: the lease must not look older than it is."""
    parts = 0
    while taken := export.claim(now=timezone.now()):
        while export.advance(*taken, now=timezone.now()):
            parts += 1
    return parts


@shared_task
def sweep_exports() -> int:
    return export.forget_old(now=timezone.now())
