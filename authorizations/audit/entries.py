"""An event as an entry of the audit log, in the shape that existing clients read (04-wire-contracts.md)."""

from typing import Any
from uuid import NAMESPACE_OID, uuid5

from authorizations.audit.words import CATEGORIES, action, sentence
from authorizations.events.models import Event

NOBODY = "00000000-0000-0000-0000-000000000000"


def entry(event: Event) -> dict[str, Any]:
    done = action(event.name)
    return {
        "id": str(event.pk),
        "correlationId": _correlation(event),
        "activityId": _correlation(event),
        "actorCUID": event.actor_id or NOBODY,
        "actorUserId": event.actor_id or NOBODY,
        "actorClientId": NOBODY,
        "actorUPN": "",
        "actorDisplayName": event.actor_name,
        "actorImageUrl": "",
        "authenticationMechanism": "",
        "timestamp": event.at.strftime("%Y-%m-%dT%H:%M:%S.%fZ"),
        "scopeType": "organization",
        "scopeDisplayName": f"{event.organization_name} (Organization)",
        "scopeId": event.organization_id,
        "projectId": event.subject_id if event.subject_type == "project" else NOBODY,
        "projectName": str(event.detail.get("name", "")) if event.subject_type == "project" else "",
        "ipAddress": event.address,
        "userAgent": event.user_agent,
        "actionId": done.id_of(event.name),
        "area": done.area,
        "category": done.category,
        "categoryDisplayName": str(CATEGORIES[done.category]),
        "details": sentence(event),
        "data": data(event),
    }


def data(event: Event) -> dict[str, Any]:
    said = {
        "PersonId": event.person_id,
        "PersonDisplayName": event.person_name,
        "ServiceId": event.app_id,
        "ServiceName": event.app_name,
        "SubjectType": event.subject_type,
        "SubjectId": event.subject_id,
    }
    return {name: value for name, value in said.items() if value} | event.detail


def _correlation(event: Event) -> str:
    """All that one request did belongs together; what a job did stands alone."""
    return str(uuid5(NAMESPACE_OID, event.request_id or f"event {event.pk}"))
