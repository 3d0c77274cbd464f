"""The names of what can happen: past tense, `noun.verbed`."""

from enum import StrEnum


class Kind(StrEnum):
    PERSON_SIGNED_IN = "person.signed_in"
    PERSON_SIGN_IN_REFUSED = "person.sign_in_refused"
    PERSON_DEACTIVATED = "person.deactivated"
    PERSON_REACTIVATED = "person.reactivated"
    APP_REGISTERED = "app.registered"
    APP_CHANGED = "app.changed"
    APP_DISABLED = "app.disabled"
    APP_ENABLED = "app.enabled"
    SECRET_CREATED = "secret.created"  # noqa: S105
    SECRET_ENDED = "secret.ended"  # noqa: S105
    CONSENT_REFUSED = "consent.refused"
    AUTHORIZATION_GRANTED = "authorization.granted"
    AUTHORIZATION_WIDENED = "authorization.widened"
    AUTHORIZATION_REVOKED = "authorization.revoked"
    AUTHORIZATION_EXPIRED = "authorization.expired"
    CODE_ISSUED = "authorization_code.issued"
    CODE_REPLAYED = "authorization_code.replayed"
    CONNECTION_CREATED = "connection.created"
    CONNECTION_REVOKED = "connection.revoked"
    TOKEN_REFRESHED = "token.refreshed"  # noqa: S105
    TOKEN_ISSUED = "token.issued"  # noqa: S105
    TOKEN_REVOKED = "token.revoked"  # noqa: S105
    TOKEN_REUSE_DETECTED = "token.reuse_detected"  # noqa: S105
    SIGNING_KEY_CREATED = "signing_key.created"
