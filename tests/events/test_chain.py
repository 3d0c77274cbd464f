"""The form of a digest is part of every seal: however it is put together, it is that of this JSON text."""

import hashlib
import json
import random
from datetime import UTC, datetime, timedelta, timezone

from authorizations.events import chain
from authorizations.events.models import Event

TEXTS = ["", "Zoë", 'a"b\\c/', "\x00\x1f\x7f", "日本 \U0001f600", "x" * 300, "</script>", "\ud800", "true"]
DETAILS = [{}, [], None, {"b": 1.5e20, "a": [None, True, "é"]}, {"x": {"z": 10**30, "y": -0.0}, "B": "", "é": []}, "é"]


def as_written(event):
    row = {name: getattr(event, name) for name in chain.FIELDS[1]} | {"at": event.at.astimezone(UTC).isoformat()}
    text = json.dumps([event.pk, row], sort_keys=True, separators=(",", ":"), ensure_ascii=True)
    return hashlib.sha256(text.encode()).digest()[:16]


def test_a_digest_is_that_of_the_text_with_sorted_keys_no_spaces_and_ascii_alone():
    pick = random.Random(7)
    for number in range(500):
        said = {name: pick.choice(TEXTS) for name in chain.FIELDS[1]}
        at = datetime(2026, 1, 1, tzinfo=pick.choice([UTC, timezone(timedelta(hours=-9, minutes=30))]))
        at += timedelta(microseconds=pick.choice([0, pick.randrange(10**13)]))
        event = Event(pk=number, **said | {"at": at, "detail": pick.choice(DETAILS)})
        assert chain.leaf(event) == as_written(event)
        assert chain.leaf_of([getattr(event, name) for name in chain.COLUMNS]) == as_written(event)
