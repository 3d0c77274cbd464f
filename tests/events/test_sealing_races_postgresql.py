"""Writers, and several workers that seal at once: each event is sealed exactly once, and the chain holds."""

from datetime import timedelta

import pytest
from django.db import connection
from django.utils import timezone

from authorizations.events import chain
from authorizations.events.kinds import Kind
from authorizations.events.log import event, record_all
from authorizations.events.models import Event, EventBlock
from authorizations.services import sealing
from authorizations.services.keys import ring
from authorizations.services.sealing import sealer
from tests.authorizations.test_races_postgresql import at_once
from tests.conftest import missing

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture(autouse=True)
def _postgresql():
    if connection.vendor != "postgresql":
        missing("PostgreSQL")
    ring.published()


def write(count):
    for n in range(count):
        record_all([event(Kind.PERSON_SIGNED_IN, now=timezone.now(), detail={"n": n})])


def seal(times):
    for _ in range(times):
        sealing.seal_next(timezone.now() + sealer.SETTLE)


def test_each_event_is_sealed_once_whoever_seals(monkeypatch):
    monkeypatch.setattr(sealer, "BLOCK", 7)
    at_once(*[lambda: write(40)] * 3, *[lambda: seal(15)] * 3)
    while sealing.seal_next(timezone.now() + sealer.SETTLE):
        pass
    named = [number for block in EventBlock.objects.all() for number in chain.ids(block.ranges)]
    assert len(named) == len(set(named)) == Event.objects.count() == 122  # and two keys were made
    assert sealing.verify(now=timezone.now() + timedelta(days=1)).intact
