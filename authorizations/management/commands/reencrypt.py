"""`manage.py reencrypt`: writes what is encrypted in the database anew, with the key of now."""

from typing import Any

from django.conf import settings
from django.core.exceptions import ImproperlyConfigured
from django.core.management.base import BaseCommand, CommandError
from django.db import models

from authorizations.models import EventStream, SigningKey
from authorizations.services import at_rest
from oauthapps import key_checks

WHERE: tuple[tuple[type[models.Model], str, str], ...] = (
    (SigningKey, "private_key", "signing keys"),
    (EventStream, "secret", "secrets of streams"),
)


class Command(BaseCommand):
    help = (
        "After GATEHOUSE_KEY_ENCRYPTION_KEY was exchanged, with the old one as GATEHOUSE_KEY_ENCRYPTION_KEY_PREVIOUS."
    )

    def handle(self, *args: Any, **options: Any) -> None:
        if not settings.KEY_ENCRYPTION_KEY_PREVIOUS:
            raise CommandError("Set GATEHOUSE_KEY_ENCRYPTION_KEY_PREVIOUS to the key before this one.")
        try:
            for model, field, what in WHERE:
                self.stdout.write(f"{_write(model, field, what)} {what} written anew.")
        except ImproperlyConfigured as error:
            raise CommandError(str(error)) from error
        key_checks.exchanged("default")
        self.stdout.write("GATEHOUSE_KEY_ENCRYPTION_KEY_PREVIOUS is not needed any more.")


def _write(model: type[models.Model], field: str, what: str) -> int:
    """One by one, and only what is still as it was read: a job may retire a key meanwhile."""
    written = 0
    for pk, stored in model._default_manager.exclude(**{field: ""}).values_list("pk", field):
        anew = at_rest.written_anew(stored, what)
        written += model._default_manager.filter(pk=pk, **{field: stored}).update(**{field: anew})
    return written
