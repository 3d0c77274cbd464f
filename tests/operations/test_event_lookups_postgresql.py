"""Each way to look up an event has its index, and what the hot path writes stands in few of them."""

from datetime import timedelta

import pytest
from django.db import connection
from django.utils import timezone

from authorizations.admin.events import EventFilters
from authorizations.events.kinds import Kind
from authorizations.events.log import event, record_all
from authorizations.events.models import Event
from authorizations.models import Authorization
from authorizations.services import export_rows
from tests.conftest import missing

pytestmark = pytest.mark.django_db
KINDS = (Kind.CONNECTION_CREATED, Kind.TOKEN_REFRESHED, Kind.CODE_ISSUED, Kind.TOKEN_ISSUED, Kind.PERSON_SIGNED_IN)
EVENTS = 6000
RARE = "00000000-0000-4000-8000-000000000001"


@pytest.fixture(autouse=True)
def _postgresql():
    if connection.vendor != "postgresql":
        missing("PostgreSQL")


@pytest.fixture
def many(alice, payroll):
    """Events of two hundred people and fifty apps; Alice, her authorization and a rare app have a few each."""
    now = timezone.now()
    held = Authorization.objects.create(person=alice, application=payroll.app, granted_at=now)
    made = []
    for n in range(EVENTS):
        one = event(KINDS[n % len(KINDS)], now=now - timedelta(minutes=n))
        one.person_id, one.app_id, one.subject_id = f"person {n % 200}", f"app {n % 50}", f"subject {n % 400}"
        one.address, one.request_id, one.subject_type = f"198.51.100.{n % 250}", f"request {n}", "authorization"
        if n % 500 < len(KINDS):
            one.person_id, one.app_id, one.subject_id = str(alice.pk), RARE, str(held.pk)
        made.append(one)
    made[100].name = Kind.PERSON_DEACTIVATED
    record_all(made)
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE events_event")
    return {"person": str(alice.pk), "app": RARE, "subject": str(held.pk)}


def plan(**filters) -> str:
    form = EventFilters(filters)
    assert form.is_valid(), form.errors
    return form.narrow(Event.objects.all(), timezone.now()).order_by("-at", "-id")[:51].explain()


@pytest.mark.parametrize("what", ["person", "app", "subject"])
def test_what_timelines_show_is_read_from_an_index(many, what):
    assert f"event_{what}_shown" in plan(**{what: many[what]})


@pytest.mark.parametrize(
    ("filters", "index"),
    [
        ({"name": "person.deactivated"}, "event_kind_shown"),
        ({"address": "198.51.100.7"}, "event_address"),
        ({"request": "request 7"}, "event_request_shown"),
    ],
)
def test_kinds_addresses_and_requests_are_read_from_an_index(many, filters, index):
    assert index in plan(**filters)


@pytest.mark.parametrize(
    ("what", "indexes"),
    [
        ("person", ("event_person_shown", "event_person_routine")),
        ("app", ("event_app_shown", "event_app_routine")),
        ("subject", ("event_subject_shown", "event_person_routine")),
    ],
)
def test_routine_events_are_found_too_without_reading_all(many, what, indexes):
    found = plan(**{what: many[what]}, routine="on")
    assert all(index in found for index in indexes) and "Seq Scan on events_event" not in found, found


def test_a_copy_of_the_data_reads_the_events_of_the_person_alone(many, alice):
    section = next(section for section in export_rows.SECTIONS if section.name == "events")
    found = section.found(alice).order_by("pk")[:100]
    assert "event_person_routine" in found.explain() and "Seq Scan" not in found.explain(), found.explain()
    assert {row.name for row in found} == {kind.value for kind in KINDS}


def stands_in() -> set[str]:
    """The indexes in which the newest event has a place."""
    newest = Event.objects.latest("pk").pk
    found = set()
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT indexrelid::regclass::text, coalesce(pg_get_expr(indpred, indrelid), 'true') FROM pg_index "
            "WHERE indrelid = 'events_event'::regclass"
        )
        for name, condition in cursor.fetchall():
            cursor.execute(f"SELECT count(*) FROM events_event WHERE id = %s AND ({condition})", [newest])  # noqa: S608
            found |= {name} if cursor.fetchone()[0] else set()
    return {name for name in found if name.startswith("event_")}


@pytest.mark.parametrize(
    ("kind", "of_a_person", "indexes"),
    [
        (Kind.TOKEN_ISSUED, False, {"event_app_routine", "event_address"}),
        (Kind.TOKEN_REFRESHED, True, {"event_app_routine", "event_person_routine"}),
        (Kind.CODE_ISSUED, True, {"event_app_routine", "event_person_routine"}),
    ],
)
def test_a_routine_event_pays_for_two_indexes(alice, payroll, kind, of_a_person, indexes):
    made = event(kind, now=timezone.now(), person=alice if of_a_person else None, app=payroll.app)
    made.address, made.request_id = "192.0.2.7", "abcdef0123456789"
    record_all([made])
    assert stands_in() == indexes
