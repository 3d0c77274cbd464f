"""How far a service reaches in each organization, in words. For the approval page and the detail of an authorization."""

from collections.abc import Collection
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from authorizations.policy import Reason
from authorizations.selectors import Bound
from oauthapps import scopes as catalogue

MOST_NAMED = 3


def organization_card(bound: Bound, ticked: Collection[str] = ()) -> dict[str, Any]:
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
        return _("Out of reach.")
    return (
        _("With your access level there, %(level)s, it cannot use: %(titles)s.")
        % (level | {"titles": _titles(bound.refused)})
        if bound.refused
        else ""
    )


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
