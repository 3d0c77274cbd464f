from typing import Any

from django.apps import AppConfig
from django.db import connections
from django.db.models.signals import post_migrate


def _guard(sender: Any, using: str, **_: Any) -> None:
    from authorizations.events import triggers  # noqa: PLC0415  (the registry of apps is not ready at import)

    if (
        triggers.EVENT in connections[using].introspection.table_names()
        and triggers.BLOCK in connections[using].introspection.table_names()
    ):
        triggers.create(connections[using])


class EventsConfig(AppConfig):
    name = "authorizations.events"
    label = "events"
    verbose_name = "Event log"

    def ready(self) -> None:
        post_migrate.connect(_guard, sender=self)
