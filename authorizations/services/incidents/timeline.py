"""What was done about an incident, in words."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from authorizations.events.kinds import Kind
from authorizations.events.models import Event
from authorizations.models import OperationsJob
from authorizations.services.incidents.affected import Affected

WORDS: dict[str, str] = {
    Kind.INCIDENT_OPENED: "Opened",
    Kind.INCIDENT_CONTAINED: "Contained",
    Kind.INCIDENT_TOLD: "Everybody is being told",
    Kind.INCIDENT_CLOSED: "Closed: %(conclusion)s",
    Kind.INCIDENT_EXPORT_REQUESTED: "Evidence pack asked for",
    Kind.INCIDENT_EXPORTED: "Evidence pack made",
    Kind.INCIDENT_DOWNLOADED: "Evidence pack downloaded",
    Kind.OPERATIONS_JOB_STARTED: "%(act)s begun (%(reference)s): %(reason)s",
    Kind.OPERATIONS_JOB_PAUSED: "Job %(reference)s paused",
    Kind.OPERATIONS_JOB_RESUMED: "Job %(reference)s goes on",
    Kind.OPERATIONS_JOB_CANCELLED: "Job %(reference)s cancelled",
    Kind.OPERATIONS_JOB_STOPPED: "Job %(reference)s stopped by a fault",
    Kind.OPERATIONS_JOB_FINISHED: "Job %(reference)s finished: %(done)s done, %(failed)s failed",
}


@dataclass(frozen=True)
class Line:
    at: datetime
    words: str
    by: str


def lines(affected: Affected, most: int) -> list[Line]:
    return [_line(event) for event in affected.response().order_by("at", "pk")[:most]]


def _line(event: Event) -> Line:
    act = event.detail.get("act", "")
    label = OperationsJob.Act(act).label if act in OperationsJob.Act.values else act
    said = _Said(event.detail | {"act": label})
    return Line(event.at, WORDS.get(event.name, event.name) % said, event.actor_name or "the portal")


class _Said(dict[str, Any]):
    """What an older event does not say is left out."""

    def __missing__(self, key: str) -> str:
        return ""
