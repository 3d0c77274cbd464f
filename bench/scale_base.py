"""The database of the scale bench: one for each size, beside the one that GATEHOUSE_TEST_DATABASE_URL names.

Its name begins with `bench_scale_`, and nothing else is ever dropped or written to. Whether it is filled to the end, or
was changed by measuring, stands in its comment.
"""

import os
import sys
from urllib.parse import urlsplit, urlunsplit

import psycopg
from psycopg import sql

PREFIX = "bench_scale_"
LOADED, SPENT = "loaded", "spent"


def use(number: int) -> str:
    """The name of the database for so many authorizations; the settings, which come later, find it."""
    said = os.environ.get("GATEHOUSE_TEST_DATABASE_URL", "")
    if not said.startswith(("postgres://", "postgresql://")):
        sys.exit("Set GATEHOUSE_TEST_DATABASE_URL to a PostgreSQL server where you may make databases.")
    name, parts = f"{PREFIX}{number}", urlsplit(said)
    os.environ["GATEHOUSE_TEST_DATABASE_URL"] = urlunsplit(parts._replace(path=f"/{name}"))
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "portal.settings.test")
    return name


def create(name: str) -> None:
    drop(name)
    _run(sql.SQL("CREATE DATABASE {}").format(_ours(name)))


def drop(name: str) -> None:
    _run(sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(_ours(name)))


def mark(name: str, text: str) -> None:
    _run(sql.SQL("COMMENT ON DATABASE {} IS {}").format(_ours(name), sql.Literal(text)))


def marked(name: str) -> str:
    """What its comment says; empty where there is none, or no such database."""
    with _server() as server:
        found = server.execute(
            "SELECT shobj_description(oid, 'pg_database') FROM pg_database WHERE datname = %s", [name]
        ).fetchone()
    return (found[0] or "") if found else ""


def _ours(name: str) -> sql.Identifier:
    if not name.startswith(PREFIX):
        raise ValueError(f"{name} is not a database of this bench.")
    return sql.Identifier(name)


def _run(statement: sql.Composable) -> None:
    with _server() as server:
        server.execute(statement)


def _server() -> psycopg.Connection[tuple[object, ...]]:
    parts = urlsplit(os.environ["GATEHOUSE_TEST_DATABASE_URL"])
    return psycopg.connect(urlunsplit(parts._replace(path="/postgres")), autocommit=True)
