"""The legacy model on its way out: tells in time whom it touches, and closes what ended with it."""

from celery import shared_task
from django.utils import timezone

from authorizations.models import BrownOut
from authorizations.services import sunset
from authorizations.services.brown_outs import announce


@shared_task
def tell_of_sunset() -> int:
    """Owners first: they can still do something about it. Who has been told of this milestone is not told again."""
    now = timezone.now()
    return sunset.tell_owners(now) + sunset.tell_people(now)


@shared_task
def tell_latecomers() -> int:
    """People who approved a legacy app, and owners who came, after a brown-out was announced. Returns the windows."""
    now = timezone.now()
    planned = list(BrownOut.objects.planned(now))
    for window in planned:
        announce(window, now=now, since=window.announced_at)
    return len(planned)


@shared_task
def close_after_sunset() -> int:
    return sunset.close_ended(timezone.now())
