"""The audit as programs read it, in the names of the systems before us."""

from typing import Any

from typing_extensions import TypedDict


class AuditEntry(TypedDict):
    id: str
    correlationId: str
    activityId: str
    actorCUID: str
    actorUserId: str
    actorClientId: str
    actorUPN: str
    actorDisplayName: str
    actorImageUrl: str
    authenticationMechanism: str
    timestamp: str
    scopeType: str
    scopeDisplayName: str
    scopeId: str
    projectId: str
    projectName: str
    ipAddress: str
    userAgent: str
    actionId: str
    area: str
    category: str
    categoryDisplayName: str
    details: str
    data: dict[str, Any]


class AuditLog(TypedDict):
    decoratedAuditLogEntries: list[AuditEntry]
    continuationToken: str | None
    hasMore: bool


class AuditAction(TypedDict):
    actionId: str
    area: str
    category: str
