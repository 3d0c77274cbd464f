"""Rotates the signing keys."""

from celery import shared_task

from authorizations.services import key_rotation
from authorizations.tasks import clock


@shared_task
def rotate_keys() -> list[str]:
    return key_rotation.rotate_due(clock.now())
