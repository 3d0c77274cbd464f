"""What a migration may do while the code of the release before it still serves."""

from typing import Any

from django.db import models
from django.db.migrations import operations as ops
from django.db.migrations.migration import Migration
from django.db.migrations.state import ProjectState

from authorizations.events.beside_writers import AddIndexBesideWriters

BIG = {"event", "authorization", "connection", "authorizationusage", "message", "notice"}
GONE = (ops.RemoveField, ops.DeleteModel, ops.RenameField, ops.RenameModel, ops.AlterModelTable)


def broken(migration: Migration, before: ProjectState) -> list[str]:
    """`before`: the models as they were. A migration that is the second step says so: `contract = "why it may"`."""
    state, found = before.clone(), []
    for operation in migration.operations:
        found += [f"{type(operation).__name__}: {says}" for says in _says(operation, migration, state)]
        operation.state_forwards(migration.app_label, state)
    return found


def _says(operation: Any, migration: Migration, state: ProjectState) -> list[str]:
    if isinstance(operation, GONE) and not getattr(migration, "contract", ""):
        return ["the last release still uses it. Drop it one release later, with `contract` saying why it may."]
    if isinstance(operation, ops.AddField) and _is_required(operation.field):
        return ["the last release inserts rows without it. Give it db_default, or null=True."]
    if isinstance(operation, ops.AlterField) and _is_required(operation.field):
        old = state.models[migration.app_label, operation.model_name_lower].fields[operation.name]
        return ["the last release still writes NULL. Require it one release later."] if old.null else []
    big = getattr(operation, "model_name", "").lower() in BIG
    if big and isinstance(operation, ops.AddIndex) and not isinstance(operation, AddIndexBesideWriters):
        return ["it locks out writers of a big table. Use AddIndexBesideWriters, with atomic = False."]
    if isinstance(operation, AddIndexBesideWriters) and migration.atomic:
        return ["it cannot run in a transaction: set atomic = False."]
    return []


def _is_required(field: models.Field) -> bool:
    return not (field.many_to_many or field.null or field.has_db_default())
