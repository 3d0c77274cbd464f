"""Connections of the pool: dead ones are not handed out, and a thread that ends gives its own back."""

import gc
import threading
import time

import psycopg
import pytest
from django.db import OperationalError, connection
from psycopg_pool import ConnectionPool

from authorizations.rows.database import Statement
from portal.postgresql import base
from portal.settings.database import pool as pool_options

pytestmark = pytest.mark.skipif(connection.vendor != "postgresql", reason="the pool is PostgreSQL's")


@pytest.fixture
def wrapper(db):
    """The product's backend on the test database, beside the tests' own connection."""
    said = connection.settings_dict
    options = said["OPTIONS"] | {"pool": pool_options(2, 1), "application_name": "gatehouse-test-pool"}
    made = base.DatabaseWrapper(said | {"OPTIONS": options}, alias="pooled")
    made.pool.open(wait=True)
    yield made
    made.close()
    made.close_pool()


def pid(wrapper) -> int:
    with wrapper.cursor() as cursor:
        cursor.execute("SELECT pg_backend_pid()")
        return cursor.fetchone()[0]


def end(*pids: int) -> None:
    """As the server does when it restarts."""
    with connection.cursor() as cursor:
        for one in pids:
            cursor.execute("SELECT pg_terminate_backend(%s, 2000)", [one])


def test_connections_that_the_server_closed_are_not_handed_out(wrapper):
    first = pid(wrapper)
    wrapper.close()
    began = time.monotonic()
    with connection.cursor() as cursor:
        cursor.execute("SELECT pid FROM pg_stat_activity WHERE application_name = 'gatehouse-test-pool'")
        end(*[row[0] for row in cursor.fetchall()])
    assert pid(wrapper) != first
    assert time.monotonic() - began < 0.9  # without a pause between two


def test_a_live_connection_costs_no_round_trip(wrapper, monkeypatch):
    monkeypatch.setattr(ConnectionPool, "check_connection", lambda *_: pytest.fail("it asked the server"))
    for _ in range(5):
        pid(wrapper)
        wrapper.close()


def test_a_kept_connection_is_exchanged_when_it_died_or_failed_or_is_old(wrapper):
    first = pid(wrapper)
    wrapper.look_again()
    assert pid(wrapper) == first
    end(first)
    wrapper.look_again()
    second = pid(wrapper)
    assert second != first
    with pytest.raises(Exception, match="does not exist"), wrapper.cursor() as cursor:
        cursor.execute("SELECT no_such_column")
    wrapper.look_again()
    assert wrapper.connection is None and pid(wrapper) != first
    wrapper.close_at = time.monotonic() - base.KEPT_SECONDS - 1
    wrapper.look_again()
    assert wrapper.connection is None


def test_a_thread_that_ends_gives_its_connection_back(wrapper):
    for _ in range(5):  # more than the pool has

        def use() -> None:
            own = base.DatabaseWrapper(wrapper.settings_dict, alias="pooled")
            pid(own)

        thread = threading.Thread(target=use)
        thread.start()
        thread.join(10)
        gc.collect()
    stats = wrapper.pool.get_stats()
    assert stats.get("requests_errors", 0) == 0 and stats["pool_available"] == stats["pool_size"]


def test_a_pool_with_nothing_left_ends_the_wait(wrapper):
    held = [wrapper.pool.getconn() for _ in range(2)]
    began = time.monotonic()
    with pytest.raises(OperationalError):
        pid(wrapper)
    assert time.monotonic() - began < 3
    for one in held:
        wrapper.pool.putconn(one)
    assert pid(wrapper)


def test_the_sql_state_of_a_dead_connection_is_an_operational_error(wrapper):
    first = pid(wrapper)
    end(first)
    with pytest.raises(OperationalError), wrapper.cursor() as cursor:
        cursor.execute("SELECT 1")
    assert isinstance(wrapper.connection, psycopg.Connection)


@pytest.mark.django_db(transaction=True)
def test_a_prepared_statement_is_sent_once_more_when_its_connection_was_ended():
    asked = Statement("SELECT pg_backend_pid()")
    ((first,),) = asked()
    with psycopg.connect(**(connection.get_connection_params() | {"cursor_factory": psycopg.Cursor})) as other:
        other.execute("SELECT pg_terminate_backend(%s, 2000)", [int(first)])
    ((second,),) = asked()
    assert first != second
