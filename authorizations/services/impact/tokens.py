"""What a policy about personal access tokens would refuse."""

import json
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db.models import F, FilteredRelation, Q, Sum, TextField
from django.db.models.functions import Cast

from accounts import policies
from accounts.models import Membership, Organization, User
from accounts.policies import Policies, TokenCreation
from authorizations.models import PersonalAccessToken, PersonalTokenUsage, holding  # noqa: F401  (`holds_any`)
from authorizations.places import place_facts
from authorizations.selectors import personal_facts
from authorizations.services.impact.deciding import allowed
from authorizations.services.impact.figures import DAYS, Impact
from oauthapps import scopes

PACKAGING = scopes.closure(["vso.packaging_manage"])
ACTIVE = User(is_active=True)
COLUMNS = ("pk", "person_id", "level", "listed", "held", "organization_id", "issued_at", "last_used_at")


@dataclass(frozen=True)
class Usable:
    """What of a token can be used with the value of now, and with the new one."""

    before: frozenset[str]
    after: frozenset[str]

    @property
    def lost(self) -> bool:
        return bool(self.before - self.after)

    @property
    def gained(self) -> bool:
        return bool(self.after - self.before)


def impact(before: Organization, after: Organization, key: str, at: datetime) -> Impact:
    """Two statements. For the policy about making tokens: whose tokens could not be made anew."""
    creating = key == "token_creation"
    now, then = (policies.effective(o.policies, at) for o in (before, after))
    found, calls = Impact(creation_only=creating), _calls(before, at)
    remembered: dict[Any, Usable] = {}
    regained = set()
    for pk, *row in _reaching(before, at).values_list(*COLUMNS):
        person, level, listed, held, place, issued, used = row
        shape = (level, listed, held, place is None, *_sides(issued, max(used or issued, issued), now, then, at))
        if shape not in remembered:
            token = PersonalAccessToken(
                scopes=[s for s in json.loads(held) if s in scopes.CATALOGUE],
                organization_id=place,
                issued_at=issued,
                last_used_at=used,
                expires_at=at + timedelta(days=1),
                person=ACTIVE,
            )
            if creating:
                usable = Usable(*(_making(token, listed, p.token_creation) for p in (now, then)))
            else:
                usable = Usable(*(_usable(token, o, level, at) for o in (before, after)))
            remembered[shape] = usable
        usable = remembered[shape]
        if usable.lost:
            found.tokens += 1
            found.calls += calls.get(pk, 0)
            found.holders[person] = found.holders.get(person, 0) + 1
        elif usable.gained:
            found.regained += 1
            regained.add(person)
    found.people, found.regained_people = len(found.holders), len(regained)
    return found


def _reaching(organization: Organization, at: datetime) -> Any:
    seat = FilteredRelation("person__memberships", condition=Q(person__memberships__organization=organization))
    here = Q(organization=organization) | Q(organization=None) & ~Q(shut_out__holds_any=[str(organization.pk)])
    live = PersonalAccessToken.objects.filter(here, revoked_at=None, expires_at__gt=at, person__is_active=True)
    return (
        live.annotate(seat=seat, level=F("seat__access_level"), listed=F("seat__may_make_tokens"))
        .filter(seat__isnull=False)
        .annotate(held=Cast("scopes", TextField()))
    )


def _sides(issued: datetime, used: datetime, now: Policies, then: Policies, at: datetime) -> list[bool]:
    """On which side of each limit it is: tokens on the same sides are decided alike."""
    return [
        days is not None and at >= since + timedelta(days=days)
        for p in (now, then)
        for since, days in ((issued, p.token_days), (used, p.token_idle_days))
    ]


def _usable(token: PersonalAccessToken, organization: Organization, level: str, at: datetime) -> frozenset[str]:
    place = place_facts(Membership(organization=organization, access_level=level), None, True, at)
    return allowed(scopes.closure(token.scopes), personal_facts(token, at, place))


def _making(token: PersonalAccessToken, listed: bool, creation: str) -> frozenset[str]:
    """Everything, where its person may make such a token; nothing, where not."""
    everything = frozenset(token.scopes)
    free = {TokenCreation.ALL: True, TokenCreation.NONE: False, TokenCreation.PACKAGING: False}.get(
        TokenCreation(creation), listed
    )
    if free:
        return everything
    packaging = creation in {TokenCreation.PACKAGING, TokenCreation.LISTED_OR_PACKAGING}
    return everything if packaging and everything <= PACKAGING else frozenset()


def _calls(organization: Organization, at: datetime) -> dict[Any, int]:
    since = at.date() - timedelta(days=DAYS)
    found = PersonalTokenUsage.objects.filter(place=str(organization.pk), day__gt=since, day__lte=at.date())
    return dict(found.values_list("token_id").annotate(Sum("calls")).order_by())
