"""Migrations since the last release run beside its code; the rules themselves are held by examples."""

import subprocess

import pytest
from django.db import connection, migrations, models
from django.db.migrations.loader import MigrationLoader
from django.db.migrations.state import ModelState, ProjectState

from authorizations.events.beside_writers import AddIndexBesideWriters
from tests.architecture.migration_rules import broken
from tests.deploy.place import ROOT

INDEX = models.Index(fields=["name"], name="event_name")


def released() -> set[str] | None:
    """Paths of the last release, or None when there is none."""

    def git(*words: str) -> str:
        return subprocess.run(["git", "-C", str(ROOT), *words], capture_output=True, text=True, check=False).stdout

    tag = git("describe", "--tags", "--abbrev=0", "--match", "v*").strip()
    return set(git("ls-tree", "-r", "--name-only", tag).splitlines()) if tag else None


def test_migrations_since_the_last_release_run_beside_its_code():
    before = released()
    if before is None:
        pytest.skip("Nothing has been released yet, so there is no older code to run beside.")
    loader = MigrationLoader(None, ignore_no_migrations=True)
    ours = {key: one for key, one in loader.disk_migrations.items() if one.__module__.split(".")[0] in OURS}
    new = {key: one for key, one in ours.items() if one.__module__.replace(".", "/") + ".py" not in before}
    found = {key: broken(one, loader.project_state(key, at_end=False)) for key, one in new.items()}
    assert {key: says for key, says in found.items() if says} == {}


OURS = ("accounts", "oauthapps", "authorizations", "portal")


def migration(*operations, **attributes):
    made = type("Migration", (migrations.Migration,), {"operations": list(operations)} | attributes)
    return made("0002_next", "events")


@pytest.fixture
def before() -> ProjectState:
    state = ProjectState()
    fields = [("id", models.BigAutoField(primary_key=True)), ("name", models.CharField(max_length=9, null=True))]
    state.add_model(ModelState("events", "Event", fields))
    return state


@pytest.mark.parametrize(
    "operation",
    [
        migrations.RemoveField("event", "name"),
        migrations.DeleteModel("Event"),
        migrations.RenameField("event", "name", "title"),
        migrations.RenameModel("Event", "Happening"),
        migrations.AddField("event", "kind", models.CharField(max_length=9)),
        migrations.AddField("event", "kind", models.CharField(max_length=9, default="x")),
        migrations.AlterField("event", "name", models.CharField(max_length=9)),
        migrations.AddIndex("event", INDEX),
        AddIndexBesideWriters("event", INDEX),
    ],
    ids=lambda operation: operation.describe(),
)
def test_what_the_last_release_could_not_bear_is_found(before, operation):
    assert len(broken(migration(operation), before)) == 1


@pytest.mark.parametrize(
    ("operation", "attributes"),
    [
        (migrations.RemoveField("event", "name"), {"contract": "unused since 1.2"}),
        (migrations.AddField("event", "kind", models.CharField(max_length=9, null=True)), {}),
        (migrations.AddField("event", "kind", models.CharField(max_length=9, db_default="x")), {}),
        (migrations.AlterField("event", "name", models.CharField(max_length=90, null=True)), {}),
        (AddIndexBesideWriters("event", INDEX), {"atomic": False}),
    ],
)
def test_what_it_can_bear_is_let_through(before, operation, attributes):
    assert broken(migration(operation, **attributes), before) == []


@pytest.mark.django_db(transaction=True)
def test_the_index_is_built_beside_writers_and_taken_away(before):
    operation, after = AddIndexBesideWriters("event", INDEX), before.clone()
    operation.state_forwards("events", after)
    with connection.schema_editor(atomic=False, collect_sql=True) as editor:
        operation.database_forwards("events", editor, before, after)
        operation.database_backwards("events", editor, after, before)
    create, drop = [line for line in editor.collected_sql if "INDEX" in line]
    concurrently = connection.vendor == "postgresql"
    assert ("CREATE INDEX CONCURRENTLY" in create, "DROP INDEX CONCURRENTLY" in drop) == (concurrently, concurrently)
