"""From a log record to a line."""

import json
import logging
from typing import Any

import structlog
from structlog.typing import EventDict, Processor, WrappedLogger

from authorizations.events.context import current, known
from portal.logs.secrets import clean, without_secrets

JSON, TEXT = "json", "text"


def _request(_logger: WrappedLogger, _method: str, event: EventDict) -> EventDict:
    """Which request it was, and whose, as far as that is known by now."""
    facts, who = current(), known()
    for name, value in (
        ("request_id", facts.request_id),
        ("client_id", who.client_id),
        ("person_id", who.person_id),
    ):
        if value:
            event.setdefault(name, value)
    return event


def _message(_logger: WrappedLogger, _method: str, event: EventDict) -> EventDict:
    event["message"] = event.pop("event", "")
    return event


def _cleaned(_logger: WrappedLogger, _method: str, event: EventDict) -> EventDict:
    found: EventDict = clean(dict(event))
    return found


BEFORE: list[Processor] = [
    structlog.stdlib.add_log_level,
    structlog.stdlib.add_logger_name,
    structlog.processors.TimeStamper(fmt="iso", utc=True, key="at"),
    structlog.stdlib.ExtraAdder(),
    _request,
]
AS_JSON: list[Processor] = [
    structlog.stdlib.ProcessorFormatter.remove_processors_meta,
    structlog.processors.format_exc_info,  # the traceback as Python prints it: no local variables
    _message,
    _cleaned,
    structlog.processors.JSONRenderer(sort_keys=False, ensure_ascii=False, default=str),
]
AS_TEXT: list[Processor] = [
    structlog.stdlib.ProcessorFormatter.remove_processors_meta,
    structlog.processors.format_exc_info,
    _cleaned,
    structlog.dev.ConsoleRenderer(colors=False, pad_event_to=0, timestamp_key="at"),
]


class Lines(structlog.stdlib.ProcessorFormatter):
    """`()` of a formatter in `settings.LOGGING`."""

    def __init__(self, form: str = JSON) -> None:
        super().__init__(foreign_pre_chain=BEFORE, processors=AS_JSON if form == JSON else AS_TEXT)

    def format(self, record: logging.LogRecord) -> str:
        try:
            line = super().format(record)
        except Exception as problem:  # noqa: BLE001  (logging would print the arguments, secrets and all)
            said = {"level": "error", "logger": record.name, "message": "a log line could not be written"}
            return json.dumps(said | {"error": type(problem).__name__, "where": f"{record.module}:{record.lineno}"})
        # A second look at what the renderer made of objects that are no texts.
        return without_secrets(line) if "\n" in line else line


def settings_for(form: str, level: str) -> dict[str, Any]:
    """Django's LOGGING."""
    return {
        "version": 1,
        "disable_existing_loggers": False,
        "formatters": {"lines": {"()": "portal.logs.Lines", "form": form}},
        "handlers": {"console": {"class": "logging.StreamHandler", "formatter": "lines"}},
        "root": {"handlers": ["console"], "level": level},
        "loggers": {
            # Django logs request paths with their query on 4xx: authorization requests carry state and codes.
            "django.request": {"level": "ERROR"},
            # And statements with their parameters, at DEBUG.
            "django.db.backends": {"level": "INFO"},
            # Django gives these two handlers of their own; ours is enough.
            "django": {"handlers": [], "level": level, "propagate": True},
            "django.server": {"handlers": [], "level": "ERROR", "propagate": True},
            "_granian": {"handlers": ["console"], "level": "INFO", "propagate": False},
        },
    }
