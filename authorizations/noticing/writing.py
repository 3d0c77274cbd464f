"""From memory to the database, and from there to events."""

import hashlib
import json
from collections.abc import Iterable, Mapping
from dataclasses import asdict
from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import F

from accounts.models import User
from authorizations.events.log import record_all
from authorizations.events.models import Event
from authorizations.models import Noticed, OrganizationRefusal
from authorizations.noticing.gathering import Facts, Tally
from authorizations.usage.writing import add
from oauthapps.models import Application

# Of callers that proved nothing, in one hour, over all processes.
MOST_UNPROVED = 500
BATCH = 500
# A process may bring the last seconds of an hour a little later.
LATE = timedelta(minutes=2)
OTHERS = "*"


def write(gathered: Mapping[Facts, Tally]) -> None:
    """Adds up, and tells at once what is new in this hour. A handful of statements a batch."""
    if not gathered:
        return
    rows = _bounded({(_hour(tally.first), facts): tally for facts, tally in gathered.items()})
    with transaction.atomic():
        values = [
            (hour, _digest(facts), asdict(facts), facts.proved, tally.first, tally.last, 0, tally.calls)
            for (hour, facts), tally in sorted(rows.items(), key=lambda row: (row[0][0], _digest(row[0][1])))
        ]
        add(Noticed, ("hour", "digest", "facts", "proved", "first_at", "last_at", "told"), values, keys=2)
        add(OrganizationRefusal, ("organization_id", "day", "reason", "app_id"), _of_organizations(rows))
        fresh = Noticed.objects.select_for_update().filter(hour__in={hour for hour, _ in rows}, told=0)
        _tell(list(fresh.filter(digest__in=[value[1] for value in values]).order_by("pk")))


def tell_over(now: datetime) -> int:
    """The rest of the hours that are over, a batch of them; the rows have done their work then."""
    with transaction.atomic():
        over = Noticed.objects.select_for_update(skip_locked=True).filter(
            hour__lte=_hour(now - LATE) - timedelta(hours=1)
        )
        rows = list(over.order_by("pk")[:BATCH])
        _tell([row for row in rows if row.calls > row.told])
        Noticed.objects.filter(pk__in=[row.pk for row in rows]).delete()
    return len(rows)


def _hour(at: datetime) -> datetime:
    return at.replace(minute=0, second=0, microsecond=0)


def _digest(facts: Facts) -> str:
    return hashlib.sha256(json.dumps(asdict(facts), sort_keys=True).encode()).hexdigest()[:32]


Rows = dict[tuple[datetime, Facts], Tally]


def _bounded(rows: Rows) -> Rows:
    """However many addresses strangers call from, an hour has so many rows of theirs and no more."""
    hours = {hour for hour, facts in rows if not facts.proved}
    for hour in hours:
        there = Noticed.objects.filter(hour=hour, proved=False)
        room = MOST_UNPROVED - there.count()
        mine = [facts for of, facts in rows if of == hour and not facts.proved and facts.address != OTHERS]
        if len(mine) <= room:
            continue
        known = set(there.filter(digest__in=[_digest(f) for f in mine]).values_list("digest", flat=True))
        for facts in [f for f in mine if _digest(f) not in known][max(0, room) :]:
            _merge(rows, (hour, facts.among_others()), rows.pop((hour, facts)))
    return rows


def _merge(rows: Rows, key: tuple[datetime, Facts], tally: Tally) -> None:
    have = rows.get(key)
    if have is None:
        rows[key] = tally
    else:
        rows[key] = Tally(min(have.first, tally.first), max(have.last, tally.last), have.calls + tally.calls)


def _of_organizations(rows: Rows) -> list[tuple[object, ...]]:
    counted: dict[tuple[object, ...], int] = {}
    for (hour, facts), tally in rows.items():
        if facts.organization_id:
            key = (facts.organization_id, hour.date(), facts.reason, facts.app_id)
            counted[key] = counted.get(key, 0) + tally.calls
    return [(*key, calls) for key, calls in sorted(counted.items(), key=str)]


def _tell(rows: list[Noticed]) -> None:
    """Inside a transaction that holds the rows. Each says how often, since what was told before."""
    if not rows:
        return
    apps = _names_of_apps(row.facts[name] for row in rows for name in ("app_id", "caller_id"))
    people = {str(p.pk): str(p) for p in User.objects.filter(pk__in={r.facts["person_id"] for r in rows} - {""})}
    record_all(_event(row, apps, people) for row in rows)
    Noticed.objects.filter(pk__in=[row.pk for row in rows]).update(told=F("calls"))


def _names_of_apps(ids: Iterable[str]) -> dict[str, str]:
    return dict(Application.objects.filter(client_id__in={i for i in ids if i}).values_list("client_id", "name"))


def _event(row: Noticed, apps: Mapping[str, str], people: Mapping[str, str]) -> Event:
    said = row.facts
    others = said["address"] == OTHERS
    detail = {
        "calls": row.calls - row.told,
        "from": row.first_at.isoformat(),
        "until": row.last_at.isoformat(),
        "endpoint": said["endpoint"],
    }
    if said["reason"]:
        detail["reason"] = said["reason"]
    if said["caller_id"]:
        detail |= {"resource_server": said["caller_id"], "resource_server_name": apps.get(said["caller_id"], "")}
    if others:
        detail["others"] = True  # more callers than are told apart
    return Event(
        at=row.last_at,
        name=said["kind"],
        person_id=said["person_id"],
        person_name=people.get(said["person_id"], "")[:200],
        app_id=said["app_id"],
        app_name=apps.get(said["app_id"], "")[:255],
        organization_id=said["organization_id"],
        organization_name=said["organization_name"],
        address="" if others else said["address"][:64],
        detail=detail,
    )
