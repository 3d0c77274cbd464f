"""What a code and a connection cost when they are written (docs/decisions/0099)."""

from typing import Any

from django.db import migrations

# Room for the next version of a row on its own page: a refresh, and a code that is spent, then touch no index.
ROOM = {'authorizations_connection': 90, 'authorizations_authorizationcode': 80}
# Django makes it for LIKE; a digest is looked up whole.
LIKE = 'authorizations_authorizationcode_digest_5c24265d_like'


def make(apps: Any, schema_editor: Any) -> None:
    if schema_editor.connection.vendor == 'postgresql':
        schema_editor.execute(f'DROP INDEX CONCURRENTLY IF EXISTS {LIKE}')
        for table, percent in ROOM.items():
            schema_editor.execute(f'ALTER TABLE {table} SET (fillfactor = {percent})')


def undo(apps: Any, schema_editor: Any) -> None:
    if schema_editor.connection.vendor == 'postgresql':
        schema_editor.execute(f'CREATE INDEX IF NOT EXISTS {LIKE} ON authorizations_authorizationcode (digest varchar_pattern_ops)')
        for table in ROOM:
            schema_editor.execute(f'ALTER TABLE {table} RESET (fillfactor)')


class Migration(migrations.Migration):

    atomic = False  # nobody waits for the index to go

    dependencies = [
        ('authorizations', '0021_event_streams'),
    ]

    operations = [
        migrations.RunPython(make, undo),
    ]
