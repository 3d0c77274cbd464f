"""What a person sees of their notices, and marking them as read."""

import uuid
from collections.abc import Collection
from datetime import datetime
from typing import Any

from django.db import models

from authorizations.notifications.models import Notice


def of(person: Any) -> models.QuerySet[Notice]:
    return Notice.objects.filter(person=person).order_by("-created_at", "id")


def unread(person: Any) -> models.QuerySet[Notice]:
    return of(person).filter(read_at=None, cancelled_at=None)


def kinds_of(person: Any) -> list[str]:
    """The kinds the person has notices of."""
    return sorted(Notice.objects.filter(person=person).order_by().values_list("kind", flat=True).distinct())


def mark_read(person: Any, ids: Collection[uuid.UUID], *, now: datetime) -> int:
    return Notice.objects.filter(person=person, pk__in=ids, read_at=None).update(read_at=now)


def mark_unread(person: Any, ids: Collection[uuid.UUID]) -> int:
    return Notice.objects.filter(person=person, pk__in=ids).exclude(read_at=None).update(read_at=None)


def mark_all_read(person: Any, *, kind: str = "", until: datetime, now: datetime) -> int:
    """Those the page showed or counted: what came after it was loaded stays unread."""
    found = Notice.objects.filter(person=person, read_at=None, created_at__lte=until)
    return (found.filter(kind=kind) if kind else found).update(read_at=now)
