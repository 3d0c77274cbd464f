"""A person's personal access tokens as the page and the REST API list them: by state, searched, sorted."""

from datetime import datetime
from enum import StrEnum

from django.db.models import Case, Count, F, IntegerField, Q, Value, When
from django.db.models.functions import Lower

from accounts.models import User
from authorizations.models import PersonalAccessToken
from authorizations.models.personal import PersonalTokenQuerySet


class State(StrEnum):
    ACTIVE = "active"
    REVOKED = "revoked"
    EXPIRED = "expired"
    ALL = "all"


class Sort(StrEnum):
    """What clients of the REST API call it; the page has one more."""

    NAME = "displayName"
    DATE = "displayDate"
    STATUS = "status"
    USED = "used"


def conditions(now: datetime) -> dict[State, Q]:
    expired = Q(reason=PersonalAccessToken.Ended.EXPIRED) | Q(revoked_at=None, expires_at__lte=now)
    return {
        State.ACTIVE: Q(revoked_at=None, expires_at__gt=now),
        State.REVOKED: Q(revoked_at__isnull=False) & ~Q(reason=PersonalAccessToken.Ended.EXPIRED),
        State.EXPIRED: expired,
        State.ALL: Q(),
    }


def state_of(token: PersonalAccessToken, now: datetime) -> State:
    if token.is_expired(now):
        return State.EXPIRED
    return State.ACTIVE if token.is_live(now) else State.REVOKED


def counts(person: User, now: datetime) -> dict[State, int]:
    """One statement."""
    found = {state.name: Count("pk", filter=where) for state, where in conditions(now).items()}
    numbers = PersonalAccessToken.objects.of(person).aggregate(**found)
    return {state: numbers[state.name] for state in State}


def selected(person: User, state: State, *, now: datetime, query: str = "") -> PersonalTokenQuerySet:
    """With their organizations. `query` is searched in the names of tokens and of organizations."""
    found = PersonalAccessToken.objects.of(person).filter(conditions(now)[state]).select_related("organization")
    return found.filter(Q(name__icontains=query) | Q(organization__name__icontains=query)) if query else found


def ordered(found: PersonalTokenQuerySet, sort: Sort, *, now: datetime, ascending: bool) -> PersonalTokenQuerySet:
    """Each row has its `place`: what it is sorted by, and the key of lists that go on where another ended."""
    by_state = [When(where, then=Value(rank)) for rank, where in enumerate(conditions(now).values()) if where]
    place = {
        Sort.NAME: Lower("name"),
        Sort.DATE: F("expires_at"),
        Sort.STATUS: Case(*by_state, default=Value(len(by_state)), output_field=IntegerField()),
        Sort.USED: F("last_used_at"),
    }[sort]
    annotated = found.annotate(place=place)
    last = {"nulls_last": True} if sort is Sort.USED else {}
    order = F("place").asc(**last) if ascending else F("place").desc(**last)
    return annotated.order_by(order, "pk" if ascending else "-pk")
