"""People and organizations are found by words, and listed by age."""

from typing import Any

from django.db import migrations, models

WORDS = {
    "person_words": (
        """CREATE INDEX person_words ON "accounts_user" USING gin (to_tsvector('simple', translate("display_name" || ' ' || "principal_name" || ' ' || "email" || ' ' || "principal", '@._-+/:()', '         ')))"""
    ),
    "organization_words": (
        """CREATE INDEX organization_words ON "accounts_organization" USING gin (to_tsvector('simple', translate("name" || ' ' || "slug", '@._-+/:()', '         ')))"""
    ),
}


def words(schema_editor: Any, make: bool) -> None:
    """SQLite compares texts; only PostgreSQL has such an index."""
    if schema_editor.connection.vendor != "postgresql":
        return
    for name, statement in WORDS.items():
        schema_editor.execute(statement if make else f"DROP INDEX IF EXISTS {name}")


def make(apps: Any, schema_editor: Any) -> None:
    words(schema_editor, make=True)


def drop(apps: Any, schema_editor: Any) -> None:
    words(schema_editor, make=False)


class Migration(migrations.Migration):

    dependencies = [
        ('accounts', '0006_role_alone'),
        ('auth', '0012_alter_user_first_name_max_length'),
    ]

    operations = [
        migrations.AddIndex(
            model_name='user',
            index=models.Index(fields=['-created_at', '-id'], name='person_created'),
        ),
        migrations.RunPython(make, drop),
    ]
