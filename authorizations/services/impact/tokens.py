"""What a policy about personal access tokens would refuse."""

import json
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta
from functools import cache
from typing import Any

from django.db.models import F, FilteredRelation, Q, Sum, TextField
from django.db.models.functions import Cast

from accounts import policies
from accounts.models import AccessLevel, Membership, Organization, User
from accounts.policies import Policies, TokenCreation
from authorizations.models import PersonalAccessToken, PersonalTokenUsage, holding  # noqa: F401  (`holds_any`)
from authorizations.places import place_facts
from authorizations.policy import PlaceFacts, no_revocation_rule_matches
from authorizations.selectors import personal_facts
from authorizations.services.impact import deciding
from authorizations.services.impact.deciding import allowed
from authorizations.services.impact.figures import DAYS, Impact
from oauthapps import scopes

PACKAGING = scopes.closure(["vso.packaging_manage"])
NOT_FULL = [s for s in deciding.API if s != scopes.FULL_ACCESS]
# Who may make tokens, besides when all may: those on the list, whatever they hold; and all, with packaging alone.
LISTED = (TokenCreation.LISTED, TokenCreation.LISTED_OR_PACKAGING)
ALL_PACKAGING = (TokenCreation.PACKAGING, TokenCreation.LISTED_OR_PACKAGING)
ACTIVE = User(is_active=True)
COLUMNS = ("pk", "person_id", "level", "listed", "held", "organization_id", "issued_at", "last_used_at")


Answer = Callable[[str, bool, str, bool, datetime, datetime | None], tuple[bool, bool]]


def impact(before: Organization, after: Organization, key: str, at: datetime) -> Impact:
    """Two statements. For the policy about making tokens: whose tokens could not be made anew."""
    creating = key == "token_creation"
    now, then = (policies.effective(o.policies, at) for o in (before, after))
    answer = _making(now, then) if creating else _using(before, after, _limits(now, then, at), at)
    found, calls = Impact(creation_only=creating), _calls(before, at)
    regained = set()
    for pk, person, level, listed, held, place, issued, used in _reaching(before, at).values_list(*COLUMNS):
        lost, gained = answer(level, listed, held, place is None, issued, used)
        if lost:
            found.tokens += 1
            found.calls += calls.get(pk, 0)
            found.holders[person] = found.holders.get(person, 0) + 1
        elif gained:
            found.regained += 1
            regained.add(person)
    found.people, found.regained_people = len(found.holders), len(regained)
    return found


def _using(
    before: Organization, after: Organization, limits: tuple[list[datetime], list[datetime]], at: datetime
) -> Answer:
    """Full or not, for one organization or all, on the same sides of each limit: such tokens are decided alike, and the
    answer is laid over what each holds."""
    closure, ruled_out = deciding.closures(), _ruled_out(before, at)
    remembered: dict[Any, tuple[int, int]] = {}

    def answer(
        level: str, listed: bool, held: str, everywhere: bool, issued: datetime, used: datetime | None
    ) -> tuple[bool, bool]:
        holds, last = closure(held), max(used or issued, issued)
        full = bool(holds & deciding.BIT[scopes.FULL_ACCESS])
        sides = (*(issued <= limit for limit in limits[0]), *(last <= limit for limit in limits[1]))
        shape = (level, full, everywhere, sides)
        if shape not in remembered:
            token = _token([scopes.FULL_ACCESS] if full else NOT_FULL, before, everywhere, issued, used, at)
            remembered[shape] = (_usable(token, before, level, at), _usable(token, after, level, at))
        now, then = remembered[shape]
        if now == then or ruled_out(held, issued):
            return False, False
        return bool(holds & now & ~then), bool(holds & then & ~now)

    return answer


def _token(
    held: list[str], place: Organization, everywhere: bool, issued: datetime, used: datetime | None, at: datetime
) -> PersonalAccessToken:
    return PersonalAccessToken(
        scopes=held,
        organization_id=None if everywhere else place.pk,
        issued_at=issued,
        last_used_at=used,
        expires_at=at + timedelta(days=1),
        person=ACTIVE,
    )


def _usable(token: PersonalAccessToken, organization: Organization, level: str, at: datetime) -> int:
    """Revocation rules look at all that a token holds, and are asked about each (`_ruled_out`)."""
    place = replace(_place(organization, level, at), ruled_out=())
    return deciding.bits(allowed(scopes.closure(token.scopes), personal_facts(token, at, place)))


def _ruled_out(organization: Organization, at: datetime) -> Callable[[str, datetime], bool]:
    """Whether a rule ends the token: it is refused before and after. Asked of the policy, where there are rules."""
    place = _place(organization, AccessLevel.BASIC, at)
    remembered: dict[Any, bool] = {}

    def answer(held: str, issued: datetime) -> bool:
        if not place.ruled_out:
            return False
        shape = (held, *(issued < before for before, _ in place.ruled_out))
        if shape not in remembered:
            facts = personal_facts(_token(_known(held), organization, True, issued, None, at), at, place)
            remembered[shape] = no_revocation_rule_matches(frozenset(), facts) is not None
        return remembered[shape]

    return answer


def _known(held: str) -> list[str]:
    return [s for s in json.loads(held) if s in scopes.CATALOGUE]


def _place(organization: Organization, level: str, at: datetime) -> PlaceFacts:
    return place_facts(Membership(organization=organization, access_level=level), None, True, at)


def _making(now: Policies, then: Policies) -> Answer:
    """Whether its person may make such a token."""

    @cache
    def makes(creation: str, listed: bool, held: str) -> bool:
        creation = TokenCreation(creation)
        if creation is TokenCreation.ALL or (listed and creation in LISTED):
            return True
        return creation in ALL_PACKAGING and PACKAGING.issuperset(_known(held))

    def answer(level: str, listed: bool, held: str, *_: Any) -> tuple[bool, bool]:
        before, after = (makes(p.token_creation, listed, held) for p in (now, then))
        return before and not after, after and not before

    return answer


def _reaching(organization: Organization, at: datetime) -> Any:
    seat = FilteredRelation("person__memberships", condition=Q(person__memberships__organization=organization))
    here = Q(organization=organization) | Q(organization=None) & ~Q(shut_out__holds_any=[str(organization.pk)])
    live = PersonalAccessToken.objects.filter(here, revoked_at=None, expires_at__gt=at, person__is_active=True)
    return (
        live.annotate(seat=seat, level=F("seat__access_level"), listed=F("seat__may_make_tokens"))
        .filter(seat__isnull=False)
        .annotate(held=Cast("scopes", TextField()))
    )


def _limits(now: Policies, then: Policies, at: datetime) -> tuple[list[datetime], list[datetime]]:
    """Tokens that were issued until each of the first, or used last until each of the second, are over the limit."""
    days = [{getattr(p, key) for p in (now, then)} - {None} for key in ("token_days", "token_idle_days")]
    issued, used = ([at - timedelta(days=d) for d in found] for found in days)
    return issued, used


def _calls(organization: Organization, at: datetime) -> dict[Any, int]:
    since = at.date() - timedelta(days=DAYS)
    found = PersonalTokenUsage.objects.filter(place=str(organization.pk), day__gt=since, day__lte=at.date())
    return dict(found.values_list("token_id").annotate(Sum("calls")).order_by())
