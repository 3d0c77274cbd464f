"""Personal tokens of members that reach an organization, as its administrators see them: counted, filtered, searched.

One statement per question, however many there are.
"""

from datetime import datetime, timedelta
from enum import StrEnum
from uuid import UUID

from django.db.models import Count, F, Q, QuerySet, Window

from accounts.models import Membership, Organization
from authorizations import places, selectors
from authorizations.models import PersonalAccessToken, reaching, standing
from authorizations.policy import Reason, decide
from oauthapps.scopes import FULL_ACCESS


class Show(StrEnum):
    ALL = "all"
    FULL = "full"
    EVERYWHERE = "everywhere"
    HIGH_PRIVILEGE = "high-privilege"
    UNUSED = "unused"


def condition(show: Show, now: datetime) -> Q:
    since = now - timedelta(days=standing.UNUSED_DAYS)
    return {
        Show.ALL: Q(),
        Show.FULL: Q(scopes__holds_any=[FULL_ACCESS]),
        Show.EVERYWHERE: Q(organization=None),
        Show.HIGH_PRIVILEGE: Q(scopes__holds_any=standing.HIGH_PRIVILEGE),
        # Made anew counts as used: somebody needed it.
        Show.UNUSED: Q(issued_at__lt=since) & (Q(last_used_at=None) | Q(last_used_at__lt=since)),
    }[show]


def counts(organization: Organization, now: datetime) -> dict[Show, int]:
    found = reaching.personal_tokens(organization, now).aggregate(
        **{show.name: Count("pk", filter=condition(show, now)) for show in Show}
    )
    return {show: found[show.name] for show in Show}


def selected(organization: Organization, *, show: Show, query: str, now: datetime) -> QuerySet[PersonalAccessToken]:
    """`query` is searched in what the person and the token are called."""
    found = reaching.personal_tokens(organization, now).filter(condition(show, now))
    if query:
        found = found.filter(
            Q(person__display_name__icontains=query)
            | Q(person__principal_name__icontains=query)
            | Q(person__email__icontains=query)
            | Q(name__icontains=query)
        )
    return found.order_by(F("last_used_at").desc(nulls_last=True), "-created_at", "pk")


def page(found: QuerySet[PersonalAccessToken], first: int, number: int) -> tuple[list[UUID], int]:
    """The keys of so many from the first (counted from 0), or of the last page if there are not so many; and how many there
    are at all. Searching is what costs, so both come with one statement, where the page is there."""
    counted = found.annotate(matching=Window(Count("pk"))).values_list("pk", "matching")
    rows = list(counted[first : first + number])
    if not rows and first:
        last = (max(found.count(), 1) - 1) // number * number
        rows = list(counted[last : last + number])
    return [pk for pk, _ in rows], rows[0][1] if rows else 0


def with_people(keys: list[UUID]) -> list[PersonalAccessToken]:
    """In this order. The keys are sorted alone: whole rows of all tokens would be sorted on disk."""
    found = PersonalAccessToken.objects.select_related("person").in_bulk(keys)
    return [found[key] for key in keys if key in found]


def memberships(organization: Organization, tokens: list[PersonalAccessToken]) -> dict[UUID, Membership]:
    """Of the people of these tokens, by their id."""
    found = Membership.objects.filter(organization=organization, person__in={t.person_id for t in tokens})
    members = {}
    for member in found:
        member.organization = organization
        members[member.person_id] = member
    return members


def refused(token: PersonalAccessToken, member: Membership, now: datetime) -> Reason | None:
    """Why the organization refuses it, asked of the policy itself. `token` has its person, `member` its organization."""
    place = places.place_facts(member, None, included=True, now=now)
    return decide(frozenset(), selectors.personal_facts(token, now, place)).reason
