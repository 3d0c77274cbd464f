"""Writes what was counted and last used."""

from celery import shared_task

from authorizations import usage


@shared_task
def flush_usage() -> int:
    return usage.flush()
