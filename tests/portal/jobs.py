"""The record of jobs, as if the worker had run."""

from datetime import datetime

from django.conf import settings

from authorizations.models import TaskRun


def all_ran(now: datetime) -> None:
    runs = [
        TaskRun(
            name=e["task"], first_started_at=now, started_at=now, finished_at=now, succeeded_at=now, outcome="succeeded"
        )
        for e in settings.CELERY_BEAT_SCHEDULE.values()
    ]
    TaskRun.objects.bulk_create(runs)
