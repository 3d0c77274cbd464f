"""While the portal is read-only, the REST API changes nothing, except that it takes away what somebody gave."""

from django.utils import timezone

from authorizations import pauses
from authorizations.api.errors import ApiError, unavailable
from authorizations.policy import Reason
from authorizations.switches import reading as switches
from authorizations.switches.models import Switch

READING = frozenset({"GET", "HEAD", "OPTIONS"})
# Stopping something is a matter of safety and never waits (docs/decisions/0082).
TAKING_AWAY = frozenset(
    {
        ("POST", "_apis/delegatedauth/authorizations/<user_id>"),
        ("DELETE", "<organization>/_apis/tokens/pats"),
        ("POST", "<organization>/_apis/tokenadmin/revocations"),
        ("POST", "<organization>/_apis/tokenadmin/revocationrules"),
    }
)


def refusal(method: str, route: str) -> ApiError | None:
    """`route`: as the table of addresses has it."""
    if method in READING or (method, route) in TAKING_AWAY:
        return None
    now = timezone.now()
    if switches.on(Switch.READ_ONLY, now) is None:
        return None
    pause = pauses.of(Reason.READ_ONLY, now)
    return unavailable(Reason.READ_ONLY, pause.sentence, pause.seconds)
