"""Sends batches to webhooks: in order, at least once, signed. A receiver that is away loses nothing."""

import hashlib
import hmac
import uuid
from datetime import datetime, timedelta

import orjson
from django.conf import settings
from django.db.models import F, Q

from authorizations.models import EventStream
from authorizations.notifications import webhook
from authorizations.services import at_rest
from authorizations.services.streaming import reading
from authorizations.services.streaming.reading import Place, Read

NAMESPACE = uuid.UUID("0f1b5a5e-4a37-49a7-8c35-2f0f6f5d9a11")
SIGNATURE = "X-Gatehouse-Signature-256"
CLAIM = timedelta(minutes=2)
FIRST_WAIT, LONGEST_WAIT = timedelta(seconds=10), timedelta(minutes=10)
TROUBLES = (webhook.NoAnswer, webhook.Refused, webhook.Forbidden)


def send_due(now: datetime) -> int:
    """One batch of each stream that is due; returns how many events were taken."""
    waiting = EventStream.objects.filter(_free(now), paused_at=None, due_at__lte=now)
    return sum(send_next(stream, now=now) for stream in waiting.order_by("due_at", "pk"))


def _free(now: datetime) -> Q:
    return Q(claimed_until=None) | Q(claimed_until__lte=now)


def send_next(stream: EventStream, *, now: datetime) -> int:
    """The next batch. 0 when there is none, when another worker has the stream, or when the receiver refused."""
    mine = EventStream.objects.filter(pk=stream.pk, block=stream.block, event=stream.event)
    if not mine.filter(_free(now), paused_at=None).update(claimed_until=now + CLAIM):
        return 0
    read = reading.after(Place(stream.block, stream.event), kinds=frozenset(stream.kinds))
    if read.events:
        try:
            _post(stream, read)
        except TROUBLES as problem:
            _failed(stream, str(problem), now)
            return 0
    last = read.events[-1]["at"] if read.events else None
    # Only from where it was: whoever moved the stream back meanwhile wants the events again.
    mine.update(
        block=read.place.block,
        event=read.place.event,
        sent=F("sent") + len(read.events),
        claimed_until=None,
        failing_since=None,
        failures=0,
        problem="",
        **({"last_sent_at": now, "last_event_at": datetime.fromisoformat(last)} if last else {}),
    )
    return len(read.events)


def _post(stream: EventStream, read: Read) -> None:
    first, last = read.events[0]["id"], read.events[-1]["id"]
    # The same batch has the same key, however often it is sent.
    key = str(uuid.uuid5(NAMESPACE, f"{stream.pk}\x00{stream.block}.{stream.event}\x00{read.place}\x00{first}-{last}"))
    said = {"stream": str(stream.pk), "name": stream.name, "batch": key, "more": read.more, "events": read.events}
    deliver(stream, said, key)


def deliver(stream: EventStream, said: dict[str, object], key: str) -> None:
    """Raises one of TROUBLES."""
    body = orjson.dumps(said)
    secret = at_rest.decrypted(stream.secret, "secrets of streams")
    headers = {SIGNATURE: "sha256=" + hmac.new(secret, body, hashlib.sha256).hexdigest()}
    webhook.post(stream.address, body, key=key, headers=headers, inside=settings.EVENT_STREAM_NETWORKS)


def test(stream: EventStream, *, now: datetime) -> str:
    """A batch without events, so that the receiver can be tried. What was wrong, or nothing."""
    key = str(uuid.uuid4())
    try:
        deliver(stream, {"stream": str(stream.pk), "name": stream.name, "batch": key, "test": True, "events": []}, key)
    except TROUBLES as problem:
        return str(problem)
    return ""


def _failed(stream: EventStream, problem: str, now: datetime) -> None:
    wait = min(FIRST_WAIT * 2 ** min(stream.failures, 10), LONGEST_WAIT)
    EventStream.objects.filter(pk=stream.pk).update(
        failures=F("failures") + 1,
        failing_since=stream.failing_since or now,
        problem=problem[:300],
        due_at=now + wait,
        claimed_until=None,
    )
