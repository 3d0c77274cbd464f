"""How far a service reaches in each organization, in words. For the approval page and the detail of an authorization."""

from collections.abc import Collection
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop, ngettext

from authorizations.bounds import Bound
from authorizations.policy import Reason
from oauthapps import scopes as catalogue

MOST_NAMED = 3


def organization_card(
    bound: Bound, ticked: Collection[str] = (), waiting: dict[str, Any] | None = None
) -> dict[str, Any]:
    """`waiting`: what only an approval is missing for there, and the person's own request (authorizations.pages.waiting)."""
    identifier = str(bound.organization.pk)
    return {
        "id": identifier,
        "name": bound.organization.name,
        "access_level_label": bound.membership.get_access_level_display() if bound.membership else "",
        "member": bound.membership is not None,
        "ticked": identifier in ticked,
        "out_of_reach": bound.reason is not None,
        "reason": bound.reason,
        "why": why(bound),
        "waiting": waiting,
    }


HELD_BACK = {
    Reason.THIRD_PARTY_ACCESS_OFF: gettext_noop(
        "Out of reach: this organization lets no service act in it. Its administrators can change that."
    ),
    Reason.SERVICE_BLOCKED: gettext_noop("Out of reach: this organization has blocked this service."),
    Reason.PUBLISHER_NOT_VERIFIED: gettext_noop(
        "Out of reach: this organization lets only services of verified publishers act in it, and this one's is not verified."
    ),
    Reason.AUTHORIZATION_TOO_OLD: gettext_noop(
        "Out of reach: this organization asks you to approve services again from time to time, and that is due."
    ),
    Reason.RULED_OUT: gettext_noop(
        "Out of reach: an administrator of this organization ended what was issued before a certain time. Connect it anew."
    ),
    Reason.APPROVAL_NEEDED: gettext_noop("Out of reach until this organization has approved this service."),
}


def why(bound: Bound) -> str:
    """Empty when nothing is held back."""
    if bound.reason is Reason.NOT_A_MEMBER or bound.membership is None:
        return _("You are not a member any more, so it is out of reach.")
    level = {"level": bound.membership.get_access_level_display()}
    if bound.reason is Reason.ACCESS_LEVEL_TOO_LOW:
        return _("Out of reach: what it asks for needs more than your access level there, %(level)s.") % level
    if bound.reason is Reason.SHUT_OUT:
        return _("An administrator ended what it could do there.")
    if bound.reason:
        return _(HELD_BACK.get(bound.reason, "Out of reach."))
    low = [s for s, reason in bound.refused.items() if reason is Reason.ACCESS_LEVEL_TOO_LOW]
    waits = [s for s, reason in bound.refused.items() if reason is Reason.APPROVAL_NEEDED]
    said = []
    if low:
        words = _("With your access level there, %(level)s, it cannot use: %(titles)s.")
        said.append(words % (level | {"titles": _titles(low)}))
    if waits:
        said.append(_("The organization has to approve, before it can use: %(titles)s.") % {"titles": _titles(waits)})
    return " ".join(said)


def _titles(identifiers: Collection[str]) -> str:
    titles = [_(catalogue.CATALOGUE[s].title) for s in identifiers]
    more = len(titles) - MOST_NAMED
    named = ", ".join(titles[:MOST_NAMED])
    return (
        named
        if more <= 0
        else ngettext("%(named)s and %(n)s more", "%(named)s and %(n)s more", more)
        % {
            "named": named,
            "n": more,
        }
    )
