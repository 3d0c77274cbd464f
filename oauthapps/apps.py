from typing import Any

from django.apps import AppConfig
from django.db import connections
from django.db.models.signals import post_migrate


def _remember_keys(sender: Any, using: str, **_: Any) -> None:
    from oauthapps import key_checks  # noqa: PLC0415  (the registry of apps is not ready at import)

    if key_checks.KeyCheck._meta.db_table in connections[using].introspection.table_names():
        key_checks.store(using)


class OAuthAppsConfig(AppConfig):
    name = "oauthapps"
    verbose_name = "Apps"

    def ready(self) -> None:
        post_migrate.connect(_remember_keys, sender=self)
