"""What a code and a connection cost when they are written (docs/decisions/0099)."""

from typing import Any

import django.db.models.deletion
from django.db import migrations, models

# Room for the next version of a row on its own page: a refresh, and a code that is spent, then touch no index.
ROOM = {'authorizations_connection': 90, 'authorizations_authorizationcode': 80}
# Django makes it for LIKE; a digest is looked up whole.
LIKE = 'authorizations_authorizationcode_digest_5c24265d_like'


def make(apps: Any, schema_editor: Any) -> None:
    if schema_editor.connection.vendor == 'postgresql':
        schema_editor.execute(f'DROP INDEX IF EXISTS {LIKE}')
        for table, percent in ROOM.items():
            schema_editor.execute(f'ALTER TABLE {table} SET (fillfactor = {percent})')


def undo(apps: Any, schema_editor: Any) -> None:
    if schema_editor.connection.vendor == 'postgresql':
        schema_editor.execute(f'CREATE INDEX {LIKE} ON authorizations_authorizationcode (digest varchar_pattern_ops)')
        for table in ROOM:
            schema_editor.execute(f'ALTER TABLE {table} RESET (fillfactor)')


class Migration(migrations.Migration):

    dependencies = [
        ('authorizations', '0021_event_streams'),
        ('oauthapps', '0005_secret_ended_by_operations'),
    ]

    operations = [
        migrations.AlterField(
            model_name='authorizationcode',
            name='authorization',
            field=models.ForeignKey(db_constraint=False, on_delete=django.db.models.deletion.CASCADE, related_name='codes', to='authorizations.authorization'),
        ),
        migrations.AlterField(
            model_name='connection',
            name='secret',
            field=models.ForeignKey(blank=True, db_constraint=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='connections', to='oauthapps.applicationsecret'),
        ),
        migrations.RunPython(make, undo),
    ]
