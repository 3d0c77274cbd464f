"""The background worker. The jobs and their periods are in `portal.schedule`."""

import os

from celery import Celery
from celery.signals import setup_logging

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "portal.settings.local")
app = Celery("gatehouse")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks()


@setup_logging.connect
def _as_everywhere(**_: object) -> None:
    """Lines of the worker are made by `settings.LOGGING`: with a receiver here, Celery sets up none of its own."""
