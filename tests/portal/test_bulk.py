"""Many rows at once are written as few are, whatever is in them."""

import uuid
from datetime import timedelta

import pytest
from django.db import IntegrityError, connection, transaction
from django.utils import timezone

from authorizations import bulk
from authorizations.events.kinds import Kind
from authorizations.events.log import event, record_all
from authorizations.events.models import Event
from authorizations.notifications.compose import Draft, tell
from authorizations.notifications.kinds import NoticeKind
from authorizations.notifications.models import Message, Notice
from authorizations.services import sealing

ODD = ["", "\\N", "tab\there", "line\nbreak\r", "back\\slash", "quote\"'", "Žoë 🔑", "{}", "null"]


@pytest.mark.parametrize("count", [len(ODD), bulk.MANY + len(ODD)])
def test_every_value_comes_back_as_it_was(db, count):
    now = timezone.now() - timedelta(minutes=1)
    texts = [ODD[n % len(ODD)] for n in range(count)]
    record_all(
        event(Kind.PERSON_SIGNED_IN, now=now, detail={"n": n, "said": t, "none": None}) for n, t in enumerate(texts)
    )
    found = list(Event.objects.filter(name=Kind.PERSON_SIGNED_IN).order_by("pk"))
    assert [e.detail for e in found] == [{"n": n, "said": t, "none": None} for n, t in enumerate(texts)]
    assert {e.at for e in found} == {now} and len({e.pk for e in found}) == count
    Event.objects.bulk_create(Event(at=now, name="x", actor_name=t) for t in ODD)
    bulk.insert(Event, [Event(at=now, name="y", actor_name=ODD[n % len(ODD)]) for n in range(count)])
    assert set(Event.objects.filter(name="y").values_list("actor_name", flat=True)) == set(ODD)
    while sealing.seal_next(timezone.now()):
        pass
    assert sealing.verify(now=timezone.now()).intact


@pytest.mark.parametrize("count", [5, bulk.MANY + 5])
def test_what_was_told_is_not_told_again_and_stays_as_it_was(alice, count):
    now = timezone.now()

    def drafts(first, text):
        return [
            Draft(NoticeKind.AUTHORIZATION_EXPIRED, alice.pk, str(n), detail={"said": text})
            for n in range(first, first + count)
        ]

    for first, text in ((0, "one"), (0, "two"), (2, "three")):
        tell(drafts(first, text), now=now)
    assert Notice.objects.count() == Message.objects.count() == count + 2
    assert Notice.objects.filter(detail__said="one").count() == count


def test_a_taken_key_fails_the_whole_unless_it_may_be_there(alice):
    now = timezone.now()
    rows = [Notice(id=uuid.uuid4(), person=alice, kind="x", created_at=now) for _ in range(bulk.MANY)]
    bulk.insert(Notice, rows[:10])
    with pytest.raises(IntegrityError), transaction.atomic():
        bulk.insert(Notice, rows)
    assert Notice.objects.count() == 10
    bulk.insert(Notice, rows, unless_there=True)
    assert Notice.objects.count() == bulk.MANY


def test_two_transactions_of_one_connection_do_not_see_each_others_rows(alice):
    if connection.vendor != "postgresql":
        pytest.skip("SQLite writes them plainly.")
    now = timezone.now()
    rows = [Notice(id=uuid.uuid4(), person=alice, kind="x", created_at=now) for _ in range(2 * bulk.MANY)]
    with pytest.raises(RuntimeError), transaction.atomic():
        bulk.insert(Notice, rows[: bulk.MANY], unless_there=True)
        raise RuntimeError
    bulk.insert(Notice, rows[bulk.MANY :], unless_there=True)
    assert set(Notice.objects.values_list("pk", flat=True)) == {r.pk for r in rows[bulk.MANY :]}
