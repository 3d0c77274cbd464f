"""Secrets run out: owners hear of it before and at the end, and what hung on the secret is closed."""

from datetime import timedelta

from celery import shared_task
from django.utils import timezone

from authorizations.services import app_retirement, app_secrets, secret_reminders

LOOK_BACK = timedelta(hours=1)


@shared_task
def remind_of_expiring_secrets() -> int:
    return secret_reminders.remind(timezone.now())


@shared_task
def close_expired_secrets() -> int:
    now = timezone.now()
    closed = secret_reminders.close_expired(now)
    app_secrets.close_stragglers(since=now - LOOK_BACK, now=now)
    app_retirement.close_stragglers(since=now - LOOK_BACK, now=now)
    return closed
