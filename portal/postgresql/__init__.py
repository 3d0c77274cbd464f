from typing import Any

from django.db import connection


def look_again(*_: Any) -> None:
    """Calls that are answered before Django's handler keep their thread's connection: nobody else looks after it."""
    look = getattr(connection, "look_again", None)
    if look is not None:
        look()
