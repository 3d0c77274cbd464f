"""How far an authorization reaches in each organization, as the policy decides it now: for pages and for requests."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from django.conf import settings

from accounts.models import Membership, Organization, User
from authorizations.places import NOWHERE, place_facts, with_ruling
from authorizations.policy import ConsentFacts, Facts, PlaceFacts, Reason, decide
from authorizations.selectors import app_facts, memberships
from oauthapps import scopes
from oauthapps.models import Application


@dataclass(frozen=True)
class Bound:
    """How far an authorization reaches in one organization, as the policy decides it now."""

    organization: Organization
    membership: Membership | None
    included: bool  # the person's choice reaches it
    reason: Reason | None  # why nothing of it can be used there
    refused: Mapping[str, Reason]  # those of the permissions that cannot be used there, and why

    @property
    def partly(self) -> bool:
        return self.reason is None and bool(self.refused)


def bounds(
    person: User,
    organizations: Sequence[str] | None,
    app: Application,
    asked: Collection[str],
    *,
    now: datetime,
    given_at: datetime | None = None,
) -> list[Bound]:
    """Each organization of the person, and those chosen before that they have left since, by name.

    `organizations`: the ids the consent is limited to; None is all of them. `given_at`: when the person said yes; None: they
    are being asked. One statement, two when one was left.
    """
    api, seen = scopes.of_the_api(asked), {}
    members = list(with_ruling(memberships(person), app))
    found = []
    for membership in members:
        place = place_facts(membership, app, True, now)
        if given_at is None:
            # They are being asked: where the service was shut out, saying yes lets it in again.
            place = replace(place, shut_out=False)
        if place not in seen:
            seen[place] = refusals(app, api, place, given_at, now)
        included = organizations is None or str(membership.organization_id) in organizations
        found.append(Bound(membership.organization, membership, included, *seen[place]))
    left = set(organizations or ()) - {str(m.organization_id) for m in members}
    if left:
        gone = refusals(app, api, NOWHERE, given_at, now)
        found += [Bound(o, None, True, *gone) for o in Organization.objects.filter(pk__in=left)]
    return sorted(found, key=lambda bound: bound.organization.name.lower())


def bound_in(
    person: User, organization: Organization, app: Application, asked: Collection[str], *, now: datetime
) -> Bound | None:
    """The same for one organization, whether the consent reaches it or not; None for somebody who is no member."""
    membership = with_ruling(memberships(person).filter(organization=organization), app).first()
    if membership is None:
        return None
    found = refusals(app, scopes.of_the_api(asked), place_facts(membership, app, True, now), None, now)
    return Bound(membership.organization, membership, True, *found)


def refusals(
    app: Application, api: Iterable[str], place: PlaceFacts, given_at: datetime | None, now: datetime
) -> tuple[Reason | None, dict[str, Reason]]:
    """Asks the policy itself, permission by permission, so that what a page says is what happens at use."""
    consent = ConsentFacts(frozenset(), revoked=False, expires_at=None, given_at=given_at)
    facts = Facts(
        now,
        app_facts(app, None, now),
        settings.LEGACY_SUNSET,
        consent_needed=False,
        consent=consent,
        place=place,
    )
    decided = {s: decide(frozenset({s}), facts).reason for s in scopes.closure(api)}
    usable = any(reason is None for reason in decided.values())
    refused = {s: reason for s in api if (reason := decided[s])}
    return (None if usable else next(iter(refused.values()), None)), refused
