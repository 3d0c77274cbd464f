"""Keys and the database belong together: a restored database with another key would fail one call at a time.

After each `migrate` a value is stored for each key that has none yet. Later starts compare.
"""

import hashlib
import hmac

from django.conf import settings
from django.db import connections

from oauthapps.digests import same
from oauthapps.models import KeyCheck

ENCRYPTION = "GATEHOUSE_KEY_ENCRYPTION_KEY"


def values() -> dict[str, str]:
    keys = {
        "GATEHOUSE_DIGEST_KEY": settings.DIGEST_KEY,
        ENCRYPTION: settings.KEY_ENCRYPTION_KEY,
    }
    return {name: _value(name, key) for name, key in keys.items()}


def _value(name: str, key: str) -> str:
    return hmac.new(key.encode(), f"gatehouse key check\x00{name}".encode(), hashlib.sha256).hexdigest()


def store(alias: str) -> None:
    for name, value in values().items():
        KeyCheck.objects.using(alias).get_or_create(variable=name, defaults={"value": value})


def foreign(alias: str) -> list[str]:
    """The variables whose key is not the one of this database. Nothing is known before the first `migrate`."""
    if KeyCheck._meta.db_table not in connections[alias].introspection.table_names():
        return []
    stored = dict(KeyCheck.objects.using(alias).values_list("variable", "value"))
    if settings.KEY_ENCRYPTION_KEY_PREVIOUS and same(stored.get(ENCRYPTION, ""), _previous()):
        stored.pop(ENCRYPTION)  # it is being exchanged
    return [name for name, value in values().items() if not same(stored.get(name, value), value)]


def exchanged(alias: str) -> None:
    """Everything is encrypted with the key of now: from here on it is the database's own."""
    KeyCheck.objects.using(alias).filter(variable=ENCRYPTION).update(value=values()[ENCRYPTION])


def _previous() -> str:
    return _value(ENCRYPTION, settings.KEY_ENCRYPTION_KEY_PREVIOUS)
