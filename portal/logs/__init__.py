"""Log lines: one JSON object each in production, readable ones elsewhere, and no secret in either.

`settings.LOGGING` names `formatter` here. Everything that uses Python's logging comes through it: our modules, Django,
Celery's workers, granian's.
"""

from portal.logs.formatting import Lines, settings_for

__all__ = ["Lines", "settings_for"]
