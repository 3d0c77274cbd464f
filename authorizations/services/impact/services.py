"""What a policy about services would refuse."""

from collections.abc import Callable, Collection
from datetime import datetime, timedelta
from functools import cache
from typing import Any

from django.db.models import TextField
from django.db.models.functions import Cast

from accounts import policies
from accounts.models import Organization
from authorizations.services.impact import deciding, reach
from authorizations.services.impact.deciding import Standing
from authorizations.services.impact.figures import MOST_NAMED, Impact, ServiceFigures
from oauthapps.models import Application


def impact(before: Organization, after: Organization, at: datetime) -> Impact:
    """Four statements."""
    ages, closure = _ages(before, after, at), deciding.closures()
    standing, registered = _apps(before, at, closure)
    decided = deciding.decider(before, after, at, ages)
    regained: set[int] = set()
    found, per_app = Impact(), dict[int, ServiceFigures]()
    for app, level, scopes, age, member, connections, calls in reach.reaching(before, at, ages):
        then, later = decided(standing(app), level, age)
        if then == later:
            continue  # whatever it holds
        held = closure(scopes) & registered(app)
        if held & then & ~later:
            if (figures := per_app.get(app)) is None:
                figures = per_app[app] = ServiceFigures(app)
                found.pairs[app] = set()
            found.pairs[app].add(member)
            figures.partly += 1 if held & then & later else 0
            figures.connections += connections
            figures.calls += calls
        elif held & later & ~then:
            regained.add(member)
            found.regained += 1
    found.regained_people = len(regained)
    _total(found, per_app)
    return found


def _total(found: Impact, per_app: dict[int, ServiceFigures]) -> None:
    found.people, found.services = len(set[int]().union(*found.pairs.values())), len(per_app)
    for app, figures in per_app.items():
        figures.people = len(found.pairs[app])  # each has one authorization of a service
        found.authorizations += figures.people
        found.partly += figures.partly
        found.connections += figures.connections
        found.calls += figures.calls
    found.named = _named(per_app.values())


def _ages(before: Organization, after: Organization, at: datetime) -> set[timedelta]:
    days = {policies.effective(o.policies, at).authorization_days for o in (before, after)}
    return {timedelta(days=d) for d in days if d is not None}


def _apps(
    organization: Organization, at: datetime, closure: Callable[[str], int]
) -> tuple[Callable[[int], Standing], Callable[[int], int]]:
    """What the policy can tell apart of each app, and what it is registered for. Two statements: no app is read whole."""
    said = deciding.rulings(organization, at)
    texts = {f"{name}_text": Cast(name, TextField()) for name in ("scopes", "optional_scopes")}
    rows: Any = Application.objects.filter(deleted_at=None).values_list(
        "pk", "verified_domain", "model", *texts.values()
    )
    found = {pk: row for pk, *row in rows}

    @cache
    def standing(app: int) -> Standing:
        domain, model, *_ = found[app]
        return Standing(bool(domain), model, said.get(app, deciding.NO_RULING))

    @cache
    def registered(app: int) -> int:
        *_, required, optional = found[app]
        return closure(required) | closure(optional)

    return standing, registered


def _named(figures: Collection[ServiceFigures]) -> list[ServiceFigures]:
    """Those with the most people, with their names. One statement."""
    most = sorted(figures, key=lambda f: (-f.people, -f.calls, f.application_id))[:MOST_NAMED]
    rows = Application.objects.filter(pk__in=[f.application_id for f in most])
    names = {pk: said for pk, *said in rows.values_list("pk", "name", "client_id", "company")}
    for each in most:
        each.name, each.client_id, each.company = names[each.application_id]
    return most
