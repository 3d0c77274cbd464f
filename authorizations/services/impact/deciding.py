"""Asks the policy about shapes instead of people, and each shape once."""

import json
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from itertools import count
from typing import Any

from django.conf import settings

from accounts.models import Membership, Organization
from authorizations.models import ServiceRuling
from authorizations.places import RULING, place_facts
from authorizations.policy import ConsentFacts, Facts, PlaceFacts, decide
from authorizations.selectors import app_facts
from oauthapps import scopes
from oauthapps.models import Application

Ruling = tuple[Any, ...]
NONE: Ruling = (None,) * len(RULING)
KINDS = ("verified_domain", "model", "scopes", "optional_scopes")


@dataclass(frozen=True)
class Usable:
    """What of an authorization can be used with the value of now, and with the new one."""

    before: frozenset[str]
    after: frozenset[str]

    @property
    def lost(self) -> bool:
        return bool(self.before - self.after)

    @property
    def partly(self) -> bool:
        return self.lost and bool(self.before & self.after)

    @property
    def gained(self) -> bool:
        return bool(self.after - self.before)


def decider(before: Organization, after: Organization, at: datetime) -> Callable[..., Usable]:
    """(kind of app as `kinds` has it, ruling, level, scopes as JSON, age, given_at) -> Usable. It remembers."""

    @cache
    def place(organization: str, kind: Application, ruling: str, level: str) -> PlaceFacts:
        found = Membership(organization=before if organization == "before" else after, access_level=level)
        for name, value in zip(RULING, json.loads(ruling), strict=True):
            setattr(found, f"ruling_{name}", _instant(name, value))
        found.shut_out = False  # type: ignore[attr-defined]  # those who are were left out (`reach`)
        return place_facts(found, kind, True, at)

    def usable(kind: Application, held: str, place: PlaceFacts, given_at: datetime) -> frozenset[str]:
        api = scopes.of_the_api(scopes.closure(s for s in json.loads(held) if s in scopes.CATALOGUE))
        consent = ConsentFacts(frozenset(api), revoked=False, expires_at=None, given_at=given_at)
        facts = Facts(at, app_facts(kind, None, at), settings.LEGACY_SUNSET, consent=consent, place=place)
        return allowed(frozenset(api), facts)

    remembered: dict[tuple[int, str, str, str, int], Usable] = {}

    def decided(kind: Application, ruling: str, level: str, held: str, age: int, given_at: datetime) -> Usable:
        key = (kind.pk, ruling, level, held, age)
        if key not in remembered:
            remembered[key] = Usable(
                usable(kind, held, place("before", kind, ruling, level), given_at),
                usable(kind, held, place("after", kind, ruling, level), given_at),
            )
        return remembered[key]

    return decided


def allowed(asked: frozenset[str], facts: Facts) -> frozenset[str]:
    """Those that the policy allows one by one. Mostly it allows all or none, and then two questions are enough."""
    if decide(frozenset(), facts).reason:
        return frozenset()
    if decide(asked, facts).allowed:
        return asked
    return frozenset(s for s in asked if decide(frozenset({s}), facts).allowed)


def kinds() -> Callable[[Any], Application]:
    """One app stands for all that the policy cannot tell apart: it never reads their names."""

    numbers = count()

    @cache
    def kind(verified: bool, model: str, required: str, optional: str) -> Application:
        return Application(
            pk=next(numbers),  # so that it can be a key of what is remembered
            verified_domain="verified.example" if verified else "",
            model=model,
            scopes=json.loads(required),
            optional_scopes=json.loads(optional),
        )

    return lambda row: kind(bool(row[0]), *row[1:])


def rulings(organization: Organization) -> dict[int, str]:
    """What the organization has said about apps, by app, as JSON. One statement."""
    found = ServiceRuling.objects.filter(organization=organization).values_list("application_id", *RULING)
    return {app: _as_text(said) for app, *said in found}


def _as_text(said: Any) -> str:
    return json.dumps([v.isoformat() if isinstance(v, datetime) else v for v in said])


NO_RULING = _as_text(NONE)


def _instant(name: str, value: Any) -> Any:
    return datetime.fromisoformat(value) if value and name.endswith("_at") else value
