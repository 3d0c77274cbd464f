"""One row of the personal access tokens page: what it may do, where, until when, its last use, and what stands against it."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from django.utils.translation import gettext as _

from accounts.models import Membership, Organization, User
from authorizations import explaining, personal_listing, selectors
from authorizations.models import PersonalAccessToken
from authorizations.pages.rows import powers
from authorizations.personal_listing import State
from authorizations.places import NOWHERE, place_facts
from authorizations.policy import PlaceFacts, Reason, decide
from oauthapps import scopes as catalogue

MOST_WARNINGS = 3
SOON_DAYS = 7


def rows(person: User, tokens: Sequence[PersonalAccessToken], now: datetime) -> list[dict[str, Any]]:
    """One statement, for the person's organizations."""
    for token in tokens:
        token.person = person  # at hand: no statement to find it
    members = [(m, place_facts(m, None, True, now)) for m in selectors.memberships(person)]
    return [row(token, members, now) for token in tokens]


def row(token: PersonalAccessToken, members: Sequence[tuple[Membership, PlaceFacts]], now: datetime) -> dict[str, Any]:
    state = personal_listing.state_of(token, now)
    live = state is State.ACTIVE
    found = warnings(token, members, now) if live else []
    return {
        "id": token.pk,
        "name": token.name,
        "powers": powers(token.scopes),
        "where": token.organization.name if token.organization else _("All your organizations"),
        "created_at": token.created_at,
        "issued_at": token.issued_at if token.issued_at != token.created_at else None,
        "expires_at": token.expires_at,
        "last_used_at": token.last_used_at,
        "address": token.last_address,
        "program": token.last_user_agent[:60],
        "state": state.value,
        "live": live,
        "ended_at": token.revoked_at or token.expires_at,
        "ended": _ended(token),
        "soon": live and (token.expires_at - now).days < SOON_DAYS,
        "high_privilege": bool(catalogue.high_privilege(s for s in token.scopes if s in catalogue.CATALOGUE)),
        "warnings": found[:MOST_WARNINGS],
        "more_warnings": max(0, len(found) - MOST_WARNINGS),
    }


def _ended(token: PersonalAccessToken) -> str:
    if token.reason in PersonalAccessToken.Ended.values:
        return str(PersonalAccessToken.Ended(token.reason).label)
    return token.reason or str(PersonalAccessToken.Ended.EXPIRED.label)


def warnings(
    token: PersonalAccessToken, members: Sequence[tuple[Membership, PlaceFacts]], now: datetime
) -> list[dict[str, str]]:
    """Where the token is good for nothing, or for less than it says, as the policy decides it now."""
    if token.organization is not None:
        reached = [(m, place) for m, place in members if m.organization_id == token.organization_id]
        if not reached:
            return [_against(token, token.organization, Reason.NOT_A_MEMBER, now)]
    else:
        reached = list(members)
    found = []
    for membership, place in reached:
        reason = decide(frozenset(), selectors.personal_facts(token, now, place)).reason
        if reason:
            found.append(_against(token, membership.organization, reason, now))
        elif missing := beyond(token.scopes, place):
            found.append(_too_low(token, membership, missing, now))
    return found


def beyond(scopes: Sequence[str], place: PlaceFacts) -> list[str]:
    """The permissions that the person's access level there cannot carry; full access carries what it can."""
    return [s for s in scopes if s != catalogue.FULL_ACCESS and s not in place.carried and place != NOWHERE]


def _against(token: PersonalAccessToken, organization: Organization, reason: Reason, now: datetime) -> dict[str, str]:
    address = explaining.address(reason, now=now, person=token.person, organization=organization)
    return {"place": organization.name, "text": str(explaining.sentence(reason)), "why": address}


def _too_low(token: PersonalAccessToken, membership: Membership, missing: list[str], now: datetime) -> dict[str, str]:
    names = ", ".join(_(catalogue.CATALOGUE[s].title) for s in missing if s in catalogue.CATALOGUE)
    level = {"level": membership.get_access_level_display(), "names": names}
    text = _("Your access level there (%(level)s) is too low for: %(names)s.") % level
    found = _against(token, membership.organization, Reason.ACCESS_LEVEL_TOO_LOW, now)
    return found | {"text": text}
