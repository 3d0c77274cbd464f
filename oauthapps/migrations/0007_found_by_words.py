"""Apps are found by words."""

from typing import Any

from django.db import migrations

WORDS = """CREATE INDEX app_words ON "oauthapps_application" USING gin (to_tsvector('simple', translate("name" || ' ' || "company" || ' ' || "client_id" || ' ' || "verified_domain", '@._-+/:()', '         ')))"""


def make(apps: Any, schema_editor: Any) -> None:
    """SQLite compares texts; only PostgreSQL has such an index."""
    if schema_editor.connection.vendor == "postgresql":
        schema_editor.execute(WORDS)


def drop(apps: Any, schema_editor: Any) -> None:
    if schema_editor.connection.vendor == "postgresql":
        schema_editor.execute("DROP INDEX IF EXISTS app_words")


class Migration(migrations.Migration):
    dependencies = [("oauthapps", "0006_key_checks")]

    operations = [migrations.RunPython(make, drop)]
