"""What people are told about: past tense or present state, `noun.verbed`, as in the event log."""

from enum import StrEnum


class NoticeKind(StrEnum):
    # To people who approve services.
    SERVICE_CONNECTED = "service.connected"
    PERMISSION_WIDENED = "permission.widened"
    AUTHORIZATION_EXPIRING = "authorization.expiring"
    AUTHORIZATION_EXPIRED = "authorization.expired"
    AUTHORIZATION_REVOKED = "authorization.revoked"  # by somebody else
    SERVICE_SWITCHED = "service.switched"  # off, on again, or disconnected, by operations
    INCIDENT_TOLD = "incident.told"
    SERVICE_SHUT_OUT = "service.shut_out"  # of one organization, by its administrators
    AUTHORIZATION_UNUSED = "authorization.unused"
    LEGACY_ENDING = "legacy.ending"
    LEGACY_MIGRATED = "legacy.migrated"
    BROWN_OUT_ANNOUNCED = "brown_out.announced"
    APPROVAL_ANSWERED = "approval.answered"
    SERVICE_LOSING = "service.losing"  # its approval in an organization ends soon
    SERVICE_LOST = "service.lost"
    # To those who review requests in an organization.
    APPROVAL_ASKED = "approval.asked"
    APPROVAL_WAITING = "approval.waiting"
    APPROVAL_DENIED_BY_MAIL = "approval.denied_by_mail"
    APPROVAL_ENDING = "approval.ending"
    APPROVAL_ENDED = "approval.ended"
    POLICY_ANNOUNCED = "policy.announced"
    POLICY_CHANGED = "policy.changed"  # by another administrator of the organization
    PERSONAL_TOKEN_CHANGED = "personal_token.changed"  # noqa: S105  (made, made anew, or able to do more)
    PERSONAL_TOKEN_EXPIRING = "personal_token.expiring"  # noqa: S105
    PERSONAL_TOKEN_ENDED = "personal_token.ended"  # noqa: S105
    PERSONAL_TOKEN_REVOKED = "personal_token.revoked"  # noqa: S105  (by somebody else)
    PERSONAL_TOKEN_LEAKED = "personal_token.leaked"  # noqa: S105
    PERSONAL_TOKEN_STOPPED = "personal_token.stopped"  # noqa: S105  (by an administrator of an organization)
    REVOCATION_RULE_APPLIED = "revocation_rule.applied"
    # To owners of apps.
    SECRET_EXPIRING = "secret.expiring"  # noqa: S105
    SECRET_EXPIRED = "secret.expired"  # noqa: S105
    SECRET_CHANGED = "secret.changed"  # noqa: S105
    SECRET_LEAKED = "secret.leaked"  # noqa: S105
    OWNER_CHANGED = "owner.changed"
    APP_LEGACY_ENDING = "app.legacy_ending"
    APP_BROWN_OUT_ANNOUNCED = "app.brown_out_announced"
    APP_DELETED = "app.deleted"
    APP_SWITCHED = "app.switched"  # off or on again, by operations
    APP_POLICY_ANNOUNCED = "app.policy_announced"
    # About a person's place in an organization.
    ORGANIZATION_JOINED = "organization.joined"
    ORGANIZATION_RIGHTS_CHANGED = "organization.rights_changed"
    ORGANIZATION_LEFT = "organization.left"  # removed by somebody else
    ORGANIZATION_OWNER_CHANGED = "organization.owner_changed"
    INVITATION_ACCEPTED = "organization.invitation_accepted"
    # To operations staff.
    OPERATIONS_ROLE_CHANGED = "operations.role_changed"
