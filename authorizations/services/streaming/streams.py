"""Streams to webhooks: made, changed, paused, moved back and removed by administrators of the portal."""

import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from django.conf import settings
from django.db import IntegrityError, transaction

from accounts.models import User
from authorizations.events.kinds import Kind
from authorizations.events.log import record
from authorizations.models import EventStream
from authorizations.notifications import webhook
from authorizations.services import at_rest
from authorizations.services.streaming import reading

KINDS = frozenset(kind.value for kind in Kind)


class StreamRefused(Exception):
    """`field` says which input is meant."""

    def __init__(self, field: str, words: str) -> None:
        super().__init__(words)
        self.field = field


@dataclass(frozen=True)
class Made:
    stream: EventStream
    secret: str  # shown once


@transaction.atomic
def make(*, name: str, address: str, kinds: Sequence[str], since: datetime | None, by: User, now: datetime) -> Made:
    """`since`: from that instant on; None: from now on. Raises StreamRefused."""
    check(name, address, kinds)
    place = reading.since(since) if since else reading.tip()
    secret = "evs_" + secrets.token_urlsafe(32)
    stream = EventStream(
        name=name.strip(),
        address=address,
        kinds=sorted(set(kinds)),
        secret=at_rest.encrypted(secret.encode()),
        made_by_name=str(by)[:200],
        created_at=now,
        block=place.block,
        due_at=now,
    )
    try:
        with transaction.atomic():
            stream.save(force_insert=True)
    except IntegrityError:
        raise StreamRefused("name", "There is a stream of this name already.") from None
    _changed(stream, "made", by, now, {"kinds": stream.kinds, "from_block": place.block})
    return Made(stream, secret)


def check(name: str, address: str, kinds: Sequence[str]) -> None:
    if not name.strip() or len(name.strip()) > 80 or not name.isprintable():
        raise StreamRefused("name", "Give the stream a name of 1 to 80 characters.")
    if unknown := sorted(set(kinds) - KINDS):
        raise StreamRefused("kinds", f"There is no event of the name {unknown[0][:64]}.")
    if len(address) > 2000:
        raise StreamRefused("address", "An address has at most 2,000 characters.")
    try:
        webhook.check(address, settings.EVENT_STREAM_NETWORKS)
    except (webhook.Forbidden, webhook.NoAnswer) as problem:
        raise StreamRefused("address", str(problem)) from problem


@transaction.atomic
def change(stream: EventStream, *, address: str, kinds: Sequence[str], by: User, now: datetime) -> None:
    """The receiver goes on where it was."""
    check(stream.name, address, kinds)
    EventStream.objects.filter(pk=stream.pk).update(address=address, kinds=sorted(set(kinds)), due_at=now)
    stream.refresh_from_db()
    _changed(stream, "changed", by, now, {"kinds": stream.kinds})


@transaction.atomic
def pause(stream: EventStream, *, by: User, now: datetime) -> bool:
    done = EventStream.objects.filter(pk=stream.pk, paused_at=None).update(paused_at=now)
    if done:
        _changed(stream, "paused", by, now)
    return bool(done)


@transaction.atomic
def resume(stream: EventStream, *, by: User, now: datetime) -> bool:
    done = EventStream.objects.filter(pk=stream.pk, paused_at__isnull=False).update(paused_at=None, due_at=now)
    if done:
        _changed(stream, "resumed", by, now)
    return bool(done)


@transaction.atomic
def send_again(stream: EventStream, *, since: datetime, by: User, now: datetime) -> int:
    """Backfill: goes back to an instant, never forward, which would lose what lies between. Returns the block."""
    place = reading.since(since)
    back = EventStream.objects.filter(pk=stream.pk, block__gte=place.block)
    if not back.update(block=place.block, event=0, due_at=now, claimed_until=None):
        raise StreamRefused("since", "The stream is not as far as that yet, so there is nothing to send again.")
    _changed(stream, "moved back", by, now, {"from_block": place.block})
    return place.block


@transaction.atomic
def new_secret(stream: EventStream, *, by: User, now: datetime) -> str:
    secret = "evs_" + secrets.token_urlsafe(32)
    EventStream.objects.filter(pk=stream.pk).update(secret=at_rest.encrypted(secret.encode()))
    _changed(stream, "given a new secret", by, now)
    return secret


@transaction.atomic
def remove(stream: EventStream, *, by: User, now: datetime) -> None:
    _changed(stream, "removed", by, now)
    EventStream.objects.filter(pk=stream.pk).delete()


def _changed(stream: EventStream, what: str, by: User, now: datetime, more: dict[str, object] | None = None) -> None:
    # The host alone: an address may carry a key of the receiver.
    detail = {"name": stream.name, "what": what, "host": webhook.host_of(stream.address)} | (more or {})
    record(Kind.EVENT_STREAM_CHANGED, now=now, actor=by, subject=("event_stream", stream.pk), detail=detail)
