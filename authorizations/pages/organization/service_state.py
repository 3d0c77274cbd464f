"""How a service stands in an organization, as the policy decides it: allowed, in part, or refused and by which rule."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.utils.translation import gettext as _

from accounts.models import AccessLevel, Membership, Organization
from authorizations import bounds
from authorizations.models import ServiceRuling
from authorizations.places import place_facts
from authorizations.policy import Reason
from oauthapps import scopes as catalogue
from oauthapps.models import Application


@dataclass(frozen=True)
class State:
    tone: str
    icon_name: str
    label: str


def state(
    organization: Organization, app: Application, ruling: ServiceRuling | None, scopes: Sequence[str], now: datetime
) -> State:
    """Asked for a member whose access level is good for everything: what is told is the organization's own decision."""
    decision = ruling.decision if ruling else None
    member: Any = Membership(organization=organization, access_level=AccessLevel.VISUAL_STUDIO)
    member.shut_out, member.ruling_decision = False, decision
    member.ruling_scopes = ruling.scopes if ruling else None
    member.ruling_expires_at = ruling.expires_at if ruling else None
    member.ruling_sooner = ruling.sooner if ruling else None
    place = place_facts(member, app, True, now)
    held = catalogue.of_the_api(s for s in scopes if s in catalogue.CATALOGUE)
    reason, refused = bounds.refusals(app, held or catalogue.of_the_api(app.all_scopes), place, None, now)
    if reason is not None:
        return _refused(reason)
    if refused:
        return State("warning", "warning", _("In part: some permissions need approval"))
    if decision == ServiceRuling.Decision.APPROVED:
        return State("ok", "check-circle", _("Approved"))
    return State("neutral", "check", _("Allowed"))


def _refused(reason: Reason) -> State:
    labels = {
        Reason.SERVICE_BLOCKED: _("Blocked"),
        Reason.APPROVAL_NEEDED: _("Needs approval"),
        Reason.PUBLISHER_NOT_VERIFIED: _("Refused: only verified publishers"),
        Reason.THIRD_PARTY_ACCESS_OFF: _("Refused: third-party access is off"),
        Reason.MODEL_ENDED: _("Over: the legacy model ended"),
        Reason.APP_DISABLED: _("Switched off by this portal"),
    }
    return State("danger", "cross", labels.get(reason, _("Refused")))
