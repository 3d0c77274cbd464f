"""The database refuses to change or delete an event, whoever asks."""

from datetime import timedelta

import pytest
from django.db import DatabaseError, connection, transaction
from django.utils import timezone

from authorizations.events.kinds import Kind
from authorizations.events.log import record
from authorizations.events.models import Event, EventBlock
from authorizations.services import sealing


@pytest.fixture
def event(alice):
    return record(Kind.PERSON_SIGNED_IN, now=timezone.now() - timedelta(minutes=1), person=alice)


def refused(statement, *values):
    with pytest.raises(DatabaseError, match="never changed or deleted"), transaction.atomic():
        with connection.cursor() as cursor:
            cursor.execute(statement, values)


def test_sql_cannot_change_an_event(event):
    refused("UPDATE events_event SET actor_name = 'Mallory' WHERE id = %s", event.pk)
    assert Event.objects.get().actor_name == ""


def test_sql_cannot_delete_an_event(event):
    refused("DELETE FROM events_event WHERE id = %s", event.pk)
    assert Event.objects.count() == 1


def test_the_orm_cannot_go_round_the_model(event):
    for act in (lambda: Event.objects.update(name="x"), lambda: Event.objects.all().delete()):
        with pytest.raises(DatabaseError), transaction.atomic():
            act()
    with pytest.raises(TypeError):
        event.delete()
    with pytest.raises(TypeError):
        event.save()


def test_sql_cannot_change_or_delete_a_sealed_block(event):
    assert sealing.seal_next(timezone.now()) == 1
    refused("UPDATE events_eventblock SET count = 7")
    refused("DELETE FROM events_eventblock")
    refused("UPDATE events_eventblock SET removed_at = %s, count = 0", timezone.now())
    assert EventBlock.objects.get().count == 1


def test_postgresql_cannot_even_truncate(event):
    if connection.vendor != "postgresql":
        pytest.skip("SQLite has no TRUNCATE.")
    refused("TRUNCATE events_event")
