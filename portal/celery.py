"""The background worker. The jobs and their periods are in `portal.schedule`."""

import os

import django
from celery import Celery
from celery.signals import beat_init, celeryd_init, setup_logging

from portal import start

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "portal.settings.local")
os.environ.setdefault("GATEHOUSE_PROCESS", "worker")
start.load_settings()
app = Celery("gatehouse")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks()


@setup_logging.connect
def _as_everywhere(**_: object) -> None:
    """Lines of the worker are made by `settings.LOGGING`: with a receiver here, Celery sets up none of its own."""


@celeryd_init.connect
@beat_init.connect
def _refuse_unsafe(**_: object) -> None:
    django.setup()
    start.refuse_unsafe(database=True)
