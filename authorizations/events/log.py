"""Writes events. Call inside the transaction of the change: if the event cannot be written, nothing happened."""

from collections.abc import Iterable
from datetime import datetime
from typing import Any, Protocol
from uuid import UUID

from authorizations import bulk
from authorizations.events.context import current
from authorizations.events.kinds import Kind
from authorizations.events.models import Event


class Named(Protocol):
    pk: Any

    def __str__(self) -> str: ...


class Client(Protocol):
    client_id: str
    name: str


def event(
    kind: Kind,
    *,
    now: datetime,
    actor: Named | None = None,
    person: Named | None = None,
    app: Client | None = None,
    organization: Named | None = None,
    subject: tuple[str, UUID | str] | None = None,
    detail: dict[str, Any] | None = None,
) -> Event:
    """An unsaved event. `detail` holds JSON values and never a token, a code or a secret."""
    facts = current()
    kind_of, subject_id = subject or ("", "")
    return Event(
        at=now,
        name=kind,
        actor_id=str(actor.pk) if actor else "",
        actor_name=str(actor)[:200] if actor else "",
        person_id=str(person.pk) if person else "",
        person_name=str(person)[:200] if person else "",
        app_id=app.client_id if app else "",
        app_name=app.name[:255] if app else "",
        organization_id=str(organization.pk) if organization else "",
        organization_name=str(organization)[:200] if organization else "",
        subject_type=kind_of,
        subject_id=str(subject_id),
        address=facts.address,
        user_agent=facts.user_agent,
        request_id=facts.request_id,
        detail=detail or {},
    )


def record_all(events: Iterable[Event]) -> None:
    """Writes many at once, made by `event`. Their keys are not set on them."""
    bulk.insert(Event, list(events))


def record(kind: Kind, **facts: Any) -> Event:
    """Writes one event; the arguments are those of `event`."""
    made = event(kind, **facts)
    made.save(force_insert=True)
    return made
