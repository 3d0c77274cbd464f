"""Sealed blocks: every kind of tampering is found, and the finding says which event it was."""

import io
import json
from datetime import timedelta

import pytest
from django.core.management import CommandError, call_command
from django.db import connection
from django.utils import timezone

from authorizations.events import chain, triggers
from authorizations.events.kinds import Kind
from authorizations.events.log import event, record, record_all
from authorizations.events.models import Event, EventBlock
from authorizations.services import sealing
from authorizations.services.keys import ring
from authorizations.services.sealing import sealer

THEN = timezone.now() - timedelta(days=2)


def happen(count, at=THEN):
    record_all(
        [event(Kind.PERSON_SIGNED_IN, now=at, detail={"n": n, "half": n / 2, "name": "Žoë"}) for n in range(count)]
    )
    return list(Event.objects.order_by("-pk").values_list("pk", flat=True)[:count])[::-1]


def seal_all(now=None):
    done = 0
    while step := sealing.seal_next(now or timezone.now()):
        done += step
    return done


@pytest.fixture
def key(db):
    """Made beforehand and forgotten, because its making is an event too."""
    ring.current("ES256")
    tamper("DELETE FROM events_event")


@pytest.fixture
def log(key, monkeypatch):
    """Twelve events in blocks of five."""
    monkeypatch.setattr(sealer, "BLOCK", 5)
    ids = happen(12)
    assert seal_all() == 12
    return ids


def tamper(statement, *values):
    with triggers.suspended(connection), connection.cursor() as cursor:
        cursor.execute(statement, values)


def found(**options):
    report = sealing.verify(now=timezone.now(), **options)
    return [(f.what, f.where) for f in report.findings]


def test_an_untouched_log_is_intact(log):
    report = sealing.verify(now=timezone.now())
    assert report.intact and (report.blocks, report.events, report.unsealed) == (3, 12, 0)


@pytest.mark.parametrize("column", ["actor_name", "address", "name", "organization_name", "request_id"])
def test_a_changed_event_is_named(log, column):
    tamper(f"UPDATE events_event SET {column} = 'Mallory' WHERE id = %s", log[6])  # noqa: S608  (a column of the table)
    assert found() == [("changed", log[6])]


def test_a_changed_instant_and_a_changed_detail_are_named(log):
    tamper("UPDATE events_event SET at = %s WHERE id = %s", THEN + timedelta(microseconds=1), log[0])
    tamper("UPDATE events_event SET detail = %s WHERE id = %s", json.dumps({"n": 99}), log[1])
    assert found() == [("changed", log[0]), ("changed", log[1])]


def test_a_missing_event_is_named(log):
    tamper("DELETE FROM events_event WHERE id = %s", log[3])
    assert found() == [("missing", log[3])]


def test_two_events_that_changed_places_are_named(log):
    first, second = Event.objects.filter(pk__in=log[:2]).order_by("pk")
    for pk, other in ((log[0], second), (log[1], first)):
        tamper("UPDATE events_event SET detail = %s WHERE id = %s", json.dumps(other.detail), pk)
    assert [w for w, _ in found()] == ["changed", "changed"]


def test_an_event_put_between_sealed_ones_is_named(key):
    ids = happen(4)
    tamper("DELETE FROM events_event WHERE id = %s", ids[1])  # a number that a failed transaction used up
    seal_all(timezone.now())
    later = timezone.now() + sealer.GAP_STAYS_OPEN
    assert sealing.verify(now=timezone.now()).intact
    slipped = event(Kind.PERSON_SIGNED_IN, now=THEN)
    slipped.pk = ids[1]
    Event.objects.bulk_create([slipped])
    assert [(f.what, f.where) for f in sealing.verify(now=later).findings] == [("inserted", ids[1])]


def test_an_event_whose_transaction_took_long_is_sealed_later_and_is_no_finding(key):
    ids = happen(4)
    late = Event.objects.get(pk=ids[1])
    tamper("DELETE FROM events_event WHERE id = %s", ids[1])
    assert seal_all() == 3
    Event.objects.bulk_create([late])
    happen(2)
    assert seal_all() == 3
    report = sealing.verify(now=timezone.now() + 2 * sealer.GAP_STAYS_OPEN)
    assert report.intact and report.events == 6


def test_late_events_alone_make_a_block_and_the_next_ones_follow(key):
    ids = happen(6)
    late = list(Event.objects.filter(pk__in=ids[1:3]))
    tamper("DELETE FROM events_event WHERE id IN (%s, %s)", *ids[1:3])
    seal_all()
    Event.objects.bulk_create(late[:1])
    assert seal_all() == 1
    Event.objects.bulk_create(late[1:])
    happen(1)
    assert seal_all() == 2 and sealing.verify(now=timezone.now() + timedelta(days=1)).intact


def test_a_removed_block_is_named_and_breaks_the_chain(log):
    tamper("DELETE FROM events_eventblock WHERE number = 2")
    assert ("block_missing", 2) in found()


def test_a_changed_block_is_named(log):
    tamper("UPDATE events_eventblock SET count = 4 WHERE number = 2")
    assert found() == [("block_changed", 2)]


def test_an_event_changed_together_with_its_leaf_is_found_by_the_seal(log):
    tamper("UPDATE events_event SET actor_name = 'Mallory' WHERE id = %s", log[0])
    block = EventBlock.objects.get(number=1)
    leaves = b"".join(map(chain.leaf, Event.objects.filter(pk__in=log[:5]).order_by("pk")))
    tamper("UPDATE events_eventblock SET leaves = %s WHERE number = 1", leaves)
    assert leaves != bytes(block.leaves) and found() == [("block_changed", 1)]


def test_a_seal_of_another_key_is_no_seal(log):
    seal = EventBlock.objects.get(number=3).seal
    tamper("UPDATE events_eventblock SET seal = %s WHERE number = 3", seal[:-8] + "AAAAAAAA")
    assert ("seal_wrong", 3) in found()


def test_a_cut_off_end_is_seen_with_the_tip_of_an_earlier_run(log):
    tip = sealing.verify(now=timezone.now()).tip
    tamper("DELETE FROM events_eventblock WHERE number = 3")
    tamper("DELETE FROM events_event WHERE id > %s", log[9])
    assert found() == [] and found(tip=tip) == [("tip_missing", 2)]
    assert sealing.verify(now=timezone.now(), tip=chain.link(EventBlock.objects.get(number=2).seal)).intact


def test_what_just_happened_is_left_to_settle(alice):
    record(Kind.PERSON_SIGNED_IN, now=timezone.now(), person=alice)
    assert sealing.seal_next(timezone.now()) == 0
    assert sealing.seal_next(timezone.now() + sealer.SETTLE) == 1


def test_retention_removes_whole_blocks_and_leaves_a_signed_summary(log, settings):
    assert sealing.remove_old(timezone.now()) == 0  # not set: kept for good
    settings.EVENT_RETENTION = timedelta(days=1)
    assert sealing.remove_old(timezone.now()) == 5 and not Event.objects.filter(pk__in=log[:5]).exists()
    report = sealing.verify(now=timezone.now())
    assert report.intact and (report.removed, report.events) == (5, 7)
    summary = sealing.signing.read(EventBlock.objects.get(number=1).summary, sealing.signing.SUMMARY_TYPE)
    assert summary["names"] == {"person.signed_in": 5} and summary["count"] == 5
    tamper("UPDATE events_eventblock SET summary = '' WHERE number = 1")
    assert found() == [("seal_wrong", 1)]


def test_retention_keeps_a_block_with_one_event_that_is_young(key, settings):
    settings.EVENT_RETENTION = timedelta(days=1)
    happen(2)
    happen(1, at=timezone.now() - timedelta(hours=1))
    seal_all()
    assert sealing.remove_old(timezone.now()) == 0


def test_the_command_names_what_it_found_and_fails(log):
    out = io.StringIO()
    call_command("verify_events", stdout=out)
    assert "12 events in 3 blocks" in out.getvalue()
    tamper("DELETE FROM events_event WHERE id = %s", log[3])
    out = io.StringIO()
    with pytest.raises(CommandError, match="1 findings"):
        call_command("verify_events", "--json", stdout=out)
    told = json.loads(out.getvalue())
    assert told["intact"] is False and told["findings"][0]["where"] == log[3]
