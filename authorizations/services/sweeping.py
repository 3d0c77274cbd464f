"""Forgets what is of no further use, in bounded batches that no other worker waits for."""

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

from django.db import models, transaction

from authorizations.models import (
    AppUsage,
    AuthorizationCode,
    AuthorizationUsage,
    OrganizationRefusal,
    OrganizationUsage,
    RevokedAccessToken,
)
from authorizations.notifications.models import Message

BATCH = 1000
CODES = timedelta(hours=1)  # spent codes stay a while, to recognise a replay
MESSAGES = timedelta(days=90)
USAGE = timedelta(days=400)  # a year, and the month it is compared with

Rule = tuple[type[models.Model], Callable[[datetime], models.Q]]
RULES: tuple[Rule, ...] = (
    (AuthorizationCode, lambda now: models.Q(expires_at__lt=now - CODES)),
    (RevokedAccessToken, lambda now: models.Q(expires_at__lt=now)),
    (AuthorizationUsage, lambda now: models.Q(day__lt=(now - USAGE).date())),
    (AppUsage, lambda now: models.Q(day__lt=(now - USAGE).date())),
    (OrganizationRefusal, lambda now: models.Q(day__lt=(now - USAGE).date())),
    (OrganizationUsage, lambda now: models.Q(day__lt=(now - USAGE).date())),
    # The notice stays; what is forgotten is how it was sent. What still waits is never forgotten.
    (
        Message,
        lambda now: (
            models.Q(created_at__lt=now - MESSAGES)
            & (models.Q(sent_at__isnull=False) | models.Q(dropped_at__isnull=False))
        ),
    ),
)


@transaction.atomic
def forget(rule: Rule, *, now: datetime, limit: int = BATCH) -> int:
    """One batch of one table; returns how many rows went."""
    table, dead = rule
    rows: models.QuerySet[Any] = table._default_manager.filter(dead(now)).select_for_update(skip_locked=True)
    ids = list(rows.values_list("pk", flat=True)[:limit])
    return table._default_manager.filter(pk__in=ids).delete()[0] if ids else 0
