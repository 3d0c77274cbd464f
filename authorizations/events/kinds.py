"""The names of what can happen: past tense, `noun.verbed`."""

from enum import StrEnum


class Kind(StrEnum):
    PERSON_SIGNED_IN = "person.signed_in"
    PERSON_SIGN_IN_REFUSED = "person.sign_in_refused"
    PERSON_DEACTIVATED = "person.deactivated"
    PERSON_REACTIVATED = "person.reactivated"
    PREVIEW_CHANGED = "preview_feature.changed"  # by a person, for that person
    ORGANIZATION_PREVIEW_CHANGED = "organization.preview_feature_changed"
    APP_REGISTERED = "app.registered"
    APP_CHANGED = "app.changed"
    APP_DISABLED = "app.disabled"
    APP_ENABLED = "app.enabled"
    SECRET_CREATED = "secret.created"  # noqa: S105
    SECRET_ENDED = "secret.ended"  # noqa: S105
    APP_TWIN_CREATED = "app.twin_created"
    APP_IMPORTED = "app.imported"
    LEGACY_EXCEPTION_GRANTED = "legacy_exception.granted"
    LEGACY_EXCEPTION_WITHDRAWN = "legacy_exception.withdrawn"
    LEGACY_EXCEPTION_USED = "legacy_exception.used"
    BROWN_OUT_PLANNED = "brown_out.planned"
    BROWN_OUT_CHANGED = "brown_out.changed"
    BROWN_OUT_CANCELLED = "brown_out.cancelled"
    SECRET_EXPIRED = "secret.expired"  # noqa: S105
    SECRET_LEAKED = "secret.leaked"  # noqa: S105
    CONNECTIONS_ENDED = "connections.ended"  # all that a secret or an app had, at once
    APP_DELETED = "app.deleted"
    OWNER_INVITED = "owner.invited"
    OWNER_INVITATION_REVOKED = "owner.invitation_revoked"
    OWNER_ADDED = "owner.added"
    OWNER_REMOVED = "owner.removed"
    WEBHOOK_CHANGED = "webhook.changed"
    CALENDAR_LINK_CHANGED = "calendar_link.changed"
    CONSENT_REFUSED = "consent.refused"
    CONSENT_CONFIRMED = "consent.confirmed"
    APP_BLOCKED = "app.blocked"  # by a person, for that person
    APP_UNBLOCKED = "app.unblocked"
    AUTHORIZATION_GRANTED = "authorization.granted"
    AUTHORIZATION_WIDENED = "authorization.widened"
    AUTHORIZATION_NARROWED = "authorization.narrowed"
    AUTHORIZATION_EXTENDED = "authorization.extended"
    AUTHORIZATION_SHORTENED = "authorization.shortened"
    AUTHORIZATION_NOTED = "authorization.noted"
    AUTHORIZATION_REVOKED = "authorization.revoked"
    AUTHORIZATION_RESTORED = "authorization.restored"
    AUTHORIZATION_EXPIRED = "authorization.expired"
    AUTHORIZATION_MIGRATED = "authorization.migrated"
    AUTHORIZATION_SUNSET = "authorization.sunset"
    DATA_EXPORT_REQUESTED = "data.export_requested"
    DATA_EXPORTED = "data.exported"
    CODE_ISSUED = "authorization_code.issued"
    CODE_REPLAYED = "authorization_code.replayed"
    CONNECTION_CREATED = "connection.created"
    CONNECTION_EXPIRED = "connection.expired"
    CONNECTION_REVOKED = "connection.revoked"
    TOKEN_REFRESHED = "token.refreshed"  # noqa: S105
    TOKEN_ISSUED = "token.issued"  # noqa: S105
    TOKEN_REVOKED = "token.revoked"  # noqa: S105
    TOKEN_REUSE_DETECTED = "token.reuse_detected"  # noqa: S105
    SIGNING_KEY_CREATED = "signing_key.created"


# What happens all the time while a service works. A timeline for people leaves it out and says the use of a day instead.
ROUTINE = (Kind.TOKEN_REFRESHED.value, Kind.CODE_ISSUED.value)
