"""Writes notices and what is to be sent about them. Call inside the transaction of the change."""

import json
import uuid
from collections.abc import Collection, Iterable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Protocol

from django.db import models

from authorizations import bulk
from authorizations.notifications.kinds import NoticeKind
from authorizations.notifications.models import Message, Notice

NAMESPACE = uuid.UUID("5d7a1f0e-0a53-4f0c-9a36-6f6a2f1b8c55")
BATCH = 500


class Client(Protocol):
    client_id: str
    name: str


@dataclass(frozen=True)
class Draft:
    """A notice that is not written yet.

    `key` says which occasion this is: the same kind, person and key are told once, however often it is asked for.
    `detail` holds JSON values for the texts, never a token, a code or a secret.
    """

    kind: NoticeKind
    person_id: uuid.UUID
    key: str
    app: Client | None = None
    about: tuple[str, uuid.UUID | str] = ("", "")
    detail: dict[str, Any] = field(default_factory=dict)

    @property
    def id(self) -> uuid.UUID:
        return uuid.uuid5(NAMESPACE, f"{self.kind}\x00{self.person_id}\x00{self.key}")

    def notice(self, now: datetime) -> Notice:
        about_type, about_id = self.about
        return Notice(
            id=self.id,
            person_id=self.person_id,
            kind=self.kind,
            about_type=about_type,
            about_id=str(about_id),
            app_id=self.app.client_id if self.app else "",
            app_name=self.app.name[:255] if self.app else "",
            detail=self.detail,
            created_at=now,
        )

    def mail(self, now: datetime) -> Message:
        key = uuid.uuid5(NAMESPACE, f"mail\x00{self.id}")
        return Message(id=key, channel=Message.Channel.MAIL, notice_id=self.id, created_at=now, due_at=now)


def tell(drafts: Iterable[Draft], *, now: datetime) -> None:
    """Writes the notices and their mails; those that are there already stay as they are. Two statements per batch."""
    waiting = list(drafts)
    for start in range(0, len(waiting), BATCH):
        batch = waiting[start : start + BATCH]
        bulk.insert(Notice, [d.notice(now) for d in batch], unless_there=True)
        bulk.insert(Message, [d.mail(now) for d in batch], unless_there=True)


def body(payload: dict[str, Any]) -> bytes:
    """The exact bytes of a webhook call: signatures are over these."""
    return json.dumps(payload, separators=(",", ":"), sort_keys=True).encode()


def post(
    address: str, payload: dict[str, Any], *, key: str, now: datetime, headers: dict[str, str] | None = None
) -> None:
    """A webhook call, once per key and address. `payload` holds no token, code or secret."""
    message = Message(
        id=uuid.uuid5(NAMESPACE, f"webhook\x00{address}\x00{key}"),
        channel=Message.Channel.WEBHOOK,
        address=address,
        payload=payload,
        headers=headers or {},
        created_at=now,
        due_at=now,
    )
    Message.objects.bulk_create([message], ignore_conflicts=True)


def cancel(kinds: Collection[NoticeKind], *, about: tuple[str, uuid.UUID | str], now: datetime) -> int:
    """What the notices say is no longer so: they are marked, and what still waits to be sent is not sent."""
    return cancel_all(kinds, about_type=about[0], ids=[about[1]], now=now)


def cancel_all(
    kinds: Collection[NoticeKind], *, about_type: str, ids: Collection[uuid.UUID | str], now: datetime
) -> int:
    """The same about many at once: two statements."""
    obsolete = Notice.objects.filter(
        kind__in=list(kinds), about_type=about_type, about_id__in=[str(i) for i in ids], cancelled_at=None
    )
    return _cancel(obsolete, now)


def cancel_notices(ids: Collection[uuid.UUID], *, now: datetime) -> int:
    return _cancel(Notice.objects.filter(pk__in=list(ids), cancelled_at=None), now)


def _cancel(obsolete: models.QuerySet[Notice], now: datetime) -> int:
    # Mostly there is none, and then that is all it costs.
    ids = list(obsolete.values_list("pk", flat=True))
    if not ids:
        return 0
    Message.objects.filter(notice__in=ids, sent_at=None, dropped_at=None).update(dropped_at=now, problem="no longer so")
    return Notice.objects.filter(pk__in=ids, cancelled_at=None).update(cancelled_at=now)
