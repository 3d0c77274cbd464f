"""What a policy about services would refuse."""

from collections.abc import Callable, Collection
from datetime import datetime, timedelta
from typing import Any

from django.db.models import TextField
from django.db.models.functions import Cast

from accounts import policies
from accounts.models import Organization
from authorizations.services.impact import deciding, reach
from authorizations.services.impact.figures import MOST_NAMED, Impact, ServiceFigures
from oauthapps.models import Application


def impact(before: Organization, after: Organization, at: datetime) -> Impact:
    """Four statements."""
    said, kind_of = deciding.rulings(before), _kinds()
    decided = deciding.decider(before, after, at)
    people: set[int] = set()
    regained: set[int] = set()
    found, per_app = Impact(), dict[int, ServiceFigures]()
    for group in reach.groups(before, at, _ages(before, after, at)):
        ruling = said.get(group.application_id, deciding.NO_RULING)
        usable = decided(kind_of(group.application_id), ruling, group.level, group.scopes, group.age, group.given_at)
        if usable.lost:
            people.update(group.members)
            found.pairs.setdefault(group.application_id, set()).update(group.members)
            figures = per_app.setdefault(group.application_id, ServiceFigures(group.application_id))
            _add(figures, group, usable.partly)
        elif usable.gained:
            regained.update(group.members)
            found.regained += group.size
    found.people, found.services, found.regained_people = len(people), len(per_app), len(regained)
    for figures in per_app.values():
        found.authorizations += figures.people
        found.partly += figures.partly
        found.connections += figures.connections
        found.calls += figures.calls
    found.named = _named(per_app.values())
    return found


def _add(figures: ServiceFigures, group: reach.Group, partly: bool) -> None:
    figures.people += group.size
    figures.partly += group.size if partly else 0
    figures.connections += group.connections
    figures.calls += group.calls


def _ages(before: Organization, after: Organization, at: datetime) -> set[timedelta]:
    days = {policies.effective(o.policies, at).authorization_days for o in (before, after)}
    return {timedelta(days=d) for d in days if d is not None}


def _kinds() -> Callable[[int], Application]:
    """What the policy can tell apart of each app. One statement: no app is read whole."""
    texts = {f"{name}_text": Cast(name, TextField()) for name in ("scopes", "optional_scopes")}
    rows: Any = Application.objects.filter(deleted_at=None).values_list(
        "pk", "verified_domain", "model", *texts.values()
    )
    found = {pk: tuple(row) for pk, *row in rows}
    kind = deciding.kinds()
    return lambda pk: kind(found[pk])


def _named(figures: Collection[ServiceFigures]) -> list[ServiceFigures]:
    """Those with the most people, with their names. One statement."""
    most = sorted(figures, key=lambda f: (-f.people, -f.calls, f.application_id))[:MOST_NAMED]
    rows = Application.objects.filter(pk__in=[f.application_id for f in most])
    names = {pk: said for pk, *said in rows.values_list("pk", "name", "client_id", "company")}
    for each in most:
        each.name, each.client_id, each.company = names[each.application_id]
    return most
