"""Writes a record around every run of a job: one statement before, one after.

Connected to the worker's signals, so that no job can be forgotten. A record that cannot be written never stops a job.
"""

import logging
import time
from collections.abc import Callable
from datetime import timedelta
from functools import wraps
from typing import Any

from celery.signals import task_failure, task_postrun, task_prerun
from django.db import Error
from django.utils import timezone

from authorizations import task_runs

log = logging.getLogger(__name__)
_began: dict[str, float] = {}  # id of the run -> monotonic


def _quietly(write: Callable[..., None]) -> Callable[..., None]:
    @wraps(write)
    def written(**said: Any) -> None:
        try:
            write(**said)
        except Error as problem:
            log.warning("the run of a job could not be recorded: %s", type(problem).__name__)

    return written


@_quietly
def began(sender: Any, task_id: str, **_: Any) -> None:
    _began[task_id] = time.monotonic()
    task_runs.started(sender.name, now=timezone.now())


@_quietly
def ended(sender: Any, task_id: str, retval: Any = None, state: str = "", **_: Any) -> None:
    took = _took(task_id)
    if state == "SUCCESS":
        task_runs.finished(sender.name, took=took, processed=_number(retval), now=timezone.now())
    elif took is not None and state != "FAILURE":  # retried or rejected: no job of ours does
        task_runs.failed(sender.name, took=took, error=state.lower(), now=timezone.now())


@_quietly
def broke(sender: Any, task_id: str, exception: BaseException, **_: Any) -> None:
    kind = type(exception)
    error = kind.__name__ if kind.__module__ == "builtins" else f"{kind.__module__}.{kind.__name__}"
    task_runs.failed(sender.name, took=_took(task_id), error=error, now=timezone.now())


def _took(task_id: str) -> timedelta:
    return timedelta(seconds=time.monotonic() - _began.pop(task_id, time.monotonic()))


def _number(result: Any) -> int | None:
    if isinstance(result, int) and not isinstance(result, bool):
        return max(result, 0)
    return len(result) if isinstance(result, list) else None


def connect() -> None:
    # By name, so that connecting again changes nothing.
    task_prerun.connect(began, dispatch_uid="gatehouse.began", weak=False)
    task_postrun.connect(ended, dispatch_uid="gatehouse.ended", weak=False)
    task_failure.connect(broke, dispatch_uid="gatehouse.broke", weak=False)
