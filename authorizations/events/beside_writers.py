"""An index on a big table, built while everybody goes on writing (docs/decisions/0087-migrations-beside-old-code.md)."""

from typing import Any

from django.db import migrations


class AddIndexBesideWriters(migrations.AddIndex):
    """Needs `atomic = False` in its migration: PostgreSQL builds it in several transactions. Elsewhere as always."""

    def database_forwards(self, app_label: str, schema_editor: Any, from_state: Any, to_state: Any) -> None:
        self._do(app_label, schema_editor, from_state, to_state, "add_index", to_state)

    def database_backwards(self, app_label: str, schema_editor: Any, from_state: Any, to_state: Any) -> None:
        self._do(app_label, schema_editor, from_state, to_state, "remove_index", from_state)

    def _do(self, app_label: str, editor: Any, from_state: Any, to_state: Any, act: str, holds_index: Any) -> None:
        model = to_state.apps.get_model(app_label, self.model_name)
        if not self.allow_migrate_model(editor.connection.alias, model):
            return
        index = holds_index.models[app_label, self.model_name_lower].get_index_by_name(self.index.name)
        concurrently = {"concurrently": True} if editor.connection.vendor == "postgresql" else {}
        getattr(editor, act)(model, index, **concurrently)
