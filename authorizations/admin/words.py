"""An event in one sentence about third persons: those of organizations, and here those that concern people and apps."""

from collections.abc import Mapping
from typing import Any

from django.utils.translation import gettext as _now
from django.utils.translation import gettext_lazy as _

from authorizations.audit import words as audit
from authorizations.events.kinds import Kind
from authorizations.events.models import Event

SENTENCES: Mapping[str, Any] = {
    Kind.PERSON_SIGNED_IN: _("%(person)s signed in"),
    Kind.PERSON_SIGN_IN_REFUSED: _("The sign-in of %(person)s was refused"),
    Kind.PERSON_DEACTIVATED: _("%(who)s deactivated %(person)s"),
    Kind.PERSON_REACTIVATED: _("%(who)s reactivated %(person)s"),
    Kind.OPERATIONS_OPENED: _("%(who)s opened the operations pages"),
    Kind.OPERATIONS_ROLE_CHANGED: _("%(who)s changed the operations role of %(person)s"),
    Kind.PREVIEW_CHANGED: _("%(who)s changed a preview feature"),
    Kind.APP_REGISTERED: _("%(who)s registered %(app)s"),
    Kind.APP_CHANGED: _("%(who)s changed %(app)s"),
    Kind.APP_DISABLED: _("%(who)s switched %(app)s off"),
    Kind.APP_ENABLED: _("%(who)s switched %(app)s on"),
    Kind.APP_DELETED: _("%(who)s deleted %(app)s"),
    Kind.APP_IMPORTED: _("%(app)s was taken over from another system"),
    Kind.APP_TWIN_CREATED: _("%(who)s made a new version: %(app)s"),
    Kind.APP_BLOCKED: _("%(person)s refused %(app)s for good"),
    Kind.APP_UNBLOCKED: _("%(person)s lets %(app)s ask again"),
    Kind.SECRET_CREATED: _("%(who)s made a secret of %(app)s"),
    Kind.SECRET_ENDED: _("%(who)s ended a secret of %(app)s"),
    Kind.SECRET_EXPIRED: _("A secret of %(app)s ended by its time"),
    Kind.SECRET_LEAKED: _("A leaked secret of %(app)s was ended"),
    Kind.CONNECTIONS_ENDED: _("Connections of %(app)s were ended together"),
    Kind.OWNER_INVITED: _("%(who)s invited somebody to own %(app)s"),
    Kind.OWNER_INVITATION_REVOKED: _("%(who)s withdrew an invitation to own %(app)s"),
    Kind.OWNER_ADDED: _("%(person)s became an owner of %(app)s (by %(who)s)"),
    Kind.OWNER_REMOVED: _("%(person)s is no longer an owner of %(app)s (by %(who)s)"),
    Kind.WEBHOOK_CHANGED: _("%(who)s changed the webhook of %(app)s"),
    Kind.CALENDAR_LINK_CHANGED: _("%(who)s changed the calendar link of %(app)s"),
    Kind.LEGACY_EXCEPTION_GRANTED: _("%(who)s gave %(person)s an exception from the cutoff"),
    Kind.LEGACY_EXCEPTION_WITHDRAWN: _("%(who)s withdrew the exception of %(person)s"),
    Kind.LEGACY_EXCEPTION_USED: _("%(person)s used an exception to register %(app)s"),
    Kind.BROWN_OUT_PLANNED: _("%(who)s planned a brown-out"),
    Kind.BROWN_OUT_CHANGED: _("%(who)s changed a brown-out"),
    Kind.BROWN_OUT_CANCELLED: _("%(who)s called a brown-out off"),
    Kind.CONSENT_REFUSED: _("%(person)s refused what %(app)s asked for"),
    Kind.CONSENT_CONFIRMED: _("%(person)s approved %(app)s again"),
    Kind.AUTHORIZATION_GRANTED: _("%(person)s approved %(app)s"),
    Kind.AUTHORIZATION_WIDENED: _("%(person)s gave %(app)s more (by %(who)s)"),
    Kind.AUTHORIZATION_NARROWED: _("%(app)s may do less for %(person)s (by %(who)s)"),
    Kind.AUTHORIZATION_EXTENDED: _("%(person)s gave %(app)s more time"),
    Kind.AUTHORIZATION_SHORTENED: _("%(person)s gave %(app)s less time"),
    Kind.AUTHORIZATION_NOTED: _("%(person)s changed the note about %(app)s"),
    Kind.AUTHORIZATION_REVOKED: _("%(app)s was stopped for %(person)s (by %(who)s)"),
    Kind.AUTHORIZATION_RESTORED: _("%(person)s took the revocation of %(app)s back"),
    Kind.AUTHORIZATION_EXPIRED: _("The time of %(app)s for %(person)s was over"),
    Kind.AUTHORIZATION_MIGRATED: _("%(person)s moved to the new version of %(app)s"),
    Kind.AUTHORIZATION_SUNSET: _("The legacy model ended, and %(app)s for %(person)s with it"),
    Kind.DATA_EXPORT_REQUESTED: _("%(person)s asked for a copy of their data"),
    Kind.DATA_EXPORTED: _("%(person)s downloaded a copy of their data"),
    Kind.CODE_ISSUED: _("%(app)s was given a code for %(person)s"),
    Kind.CODE_REPLAYED: _("A code of %(app)s for %(person)s was used twice"),
    Kind.CONNECTION_CREATED: _("%(app)s connected for %(person)s"),
    Kind.CONNECTION_EXPIRED: _("The time of a connection of %(app)s for %(person)s was over"),
    Kind.CONNECTION_REVOKED: _("A connection of %(app)s for %(person)s was ended (by %(who)s)"),
    Kind.TOKEN_REFRESHED: _("%(app)s refreshed its token for %(person)s"),
    Kind.TOKEN_ISSUED: _("%(app)s was given a token of its own"),
    Kind.TOKEN_REVOKED: _("%(app)s gave a token back"),
    Kind.TOKEN_REUSE_DETECTED: _("An old refresh token of %(app)s for %(person)s was used again"),
    Kind.PERSON_SIGNED_OUT: _("%(person)s signed out"),
    Kind.SECRET_FIRST_USED: _("A secret of %(app)s was used for the first time"),
    Kind.SWITCH_TURNED: _("%(who)s turned a kill switch"),
    Kind.CONSENT_SHOWN: _("%(person)s was shown what %(app)s asks for"),
    Kind.AUTHORIZATION_REFUSED: _("Requests of %(app)s for an approval were refused"),
    Kind.NOTICE_SENT: _("Messages were sent"),
    Kind.NOTICE_GIVEN_UP: _("A message to %(person)s was given up"),
    Kind.TOKEN_REFUSED: _("%(app)s was refused tokens"),
    Kind.TOKEN_INTROSPECTED: _("A resource server asked about tokens of %(app)s"),
    Kind.CALL_REFUSED: _("Calls of %(app)s were refused"),
    Kind.OPERATIONS_JOB_STARTED: _("%(who)s started a job of operations"),
    Kind.OPERATIONS_JOB_PAUSED: _("%(who)s paused a job of operations"),
    Kind.OPERATIONS_JOB_RESUMED: _("%(who)s resumed a job of operations"),
    Kind.OPERATIONS_JOB_CANCELLED: _("%(who)s cancelled a job of operations"),
    Kind.OPERATIONS_JOB_STOPPED: _("A job of operations stopped by a fault"),
    Kind.OPERATIONS_JOB_FINISHED: _("A job of operations finished"),
    Kind.INCIDENT_OPENED: _("%(who)s opened an incident"),
    Kind.INCIDENT_CONTAINED: _("%(who)s contained an incident"),
    Kind.INCIDENT_TOLD: _("Those affected by an incident were told"),
    Kind.INCIDENT_CLOSED: _("%(who)s closed an incident"),
    Kind.INCIDENT_EXPORT_REQUESTED: _("%(who)s asked for the evidence of an incident"),
    Kind.INCIDENT_EXPORTED: _("The evidence of an incident was made"),
    Kind.INCIDENT_DOWNLOADED: _("%(who)s downloaded the evidence of an incident"),
    Kind.EVENT_STREAM_CHANGED: _("%(who)s changed a stream of events"),
    Kind.SIGNING_KEY_CREATED: _("A signing key was made"),
    Kind.SIGNING_KEY_PROMOTED: _("A signing key began to sign"),
    Kind.SIGNING_KEY_RETIRED: _("A signing key signs no more"),
    Kind.SIGNING_KEY_WITHDRAWN: _("A signing key was withdrawn"),
}


def sentence(event: Event) -> str:
    if event.name not in SENTENCES:
        return audit.sentence(event)
    said = str(SENTENCES[event.name]) % {
        "who": event.actor_name or _now("this portal"),
        "person": event.person_name or _now("somebody"),
        "app": event.app_name or _now("a service"),
    }
    return said[:1].upper() + said[1:]


def called(kind: str) -> str:
    """A kind in the list of kinds: its name, as it is in the log."""
    return kind.replace(".", ": ").replace("_", " ").capitalize()
