"""What every process asks before it starts: can the settings be read, and are they safe?

If not, it says why in a line each and ends with 78 (EX_CONFIG in sysexits.h), which tells a supervisor that trying again
is no use. docs/deploying.md lists the ids.
"""

import sys
from collections.abc import Callable, Iterable
from typing import Any, NoReturn

from django.conf import settings
from django.core.checks import ERROR, CheckMessage, Tags
from django.core.checks.registry import registry
from django.core.exceptions import ImproperlyConfigured
from django.db import DatabaseError, connections

EX_CONFIG = 78


def load_settings() -> None:
    try:
        settings.INSTALLED_APPS  # noqa: B018  (the first look reads them)
    except ImproperlyConfigured as error:
        refuse(str(error).splitlines())


def refuse_unsafe(*, database: bool) -> None:
    """Once Django is set up. `database`: whether to ask it, too; one that is away is no reason not to start."""
    if getattr(settings, "REFUSE_UNSAFE_START", False):
        errors = [found for found in run_ours(database=database) if found.level >= ERROR and not found.is_silenced()]
        if errors:
            refuse(f"{found.id}: {found.msg} {found.hint or ''}".strip() for found in errors)


def run_ours(*, database: bool) -> list[CheckMessage]:
    """Every check of the portal; the framework's are for `manage.py check --deploy`, and would read every page here."""
    found: list[CheckMessage] = []
    checks: list[Any] = list(registry.get_checks(include_deployment_checks=True))
    for check in checks:
        if not check.__module__.startswith("portal."):
            continue
        if Tags.database not in check.tags:
            found += check(app_configs=None)
        elif database:
            found += _asking(check)
    return found


def _asking(check: Callable[..., Any]) -> list[CheckMessage]:
    connection = connections["default"]
    try:
        return list(check(app_configs=None, databases=["default"]))
    except DatabaseError:
        return []
    finally:
        connection.close()
        if hasattr(connection, "close_pool"):
            connection.close_pool()  # its threads would not follow into a child process


def refuse(reasons: Iterable[str]) -> NoReturn:
    out = sys.__stderr__ or sys.stderr  # Celery puts its log in the place of sys.stderr
    for reason in reasons:
        out.write(f"gatehouse: {reason}\n")
    out.flush()
    raise SystemExit(EX_CONFIG)
