"""An event as it leaves the portal. docs/events.md is the promise: fields are added, and none is changed or removed."""

from datetime import UTC
from typing import Any

from authorizations.events.models import Event


def shaped(event: Event, block: int) -> dict[str, Any]:
    return {
        "id": event.pk,
        "at": event.at.astimezone(UTC).isoformat(),
        "name": event.name,
        "actor": _named(event.actor_id, event.actor_name),
        "person": _named(event.person_id, event.person_name),
        "app": _named(event.app_id, event.app_name),
        "organization": _named(event.organization_id, event.organization_name),
        "subject": {"type": event.subject_type, "id": event.subject_id} if event.subject_type else None,
        "address": event.address,
        "user_agent": event.user_agent,
        "request_id": event.request_id,
        "detail": event.detail,
        "block": block,
    }


def _named(key: str, name: str) -> dict[str, str] | None:
    return {"id": key, "name": name} if key or name else None
