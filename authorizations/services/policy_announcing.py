"""Tells those whom a change of a policy affects, and those who were told that it was taken back.

Picked by state and told once per person, so that it may run twice, on several workers, and after a crash.
"""

from collections import defaultdict
from datetime import datetime
from uuid import UUID

from django.db import transaction

from accounts.models import Membership, PolicyChange
from accounts.policies import POLICIES
from accounts.policy_telling import described
from authorizations.events.kinds import Kind
from authorizations.events.log import record
from authorizations.notifications import compose
from authorizations.notifications.compose import Draft
from authorizations.notifications.kinds import NoticeKind
from authorizations.notifications.models import Notice
from authorizations.services import impact
from authorizations.services.impact import Affected
from oauthapps.models import Application

MOST_NAMED = 10
TOLD = (NoticeKind.POLICY_ANNOUNCED, NoticeKind.APP_POLICY_ANNOUNCED)


def announce_due(now: datetime) -> int:
    """How many changes were announced or recalled."""
    waiting = PolicyChange.objects.filter(announce=True, announced_at=None, cancelled_at=None)
    taken_back = PolicyChange.objects.filter(announced_at__isnull=False, recalled_at=None)
    gone = taken_back.filter(cancelled_at__isnull=False) | taken_back.filter(undone_by__isnull=False)
    done = sum(_announce(change, now) for change in waiting.select_related("organization"))
    return done + sum(_recall(change, now) for change in gone.select_related("organization").distinct())


@transaction.atomic
def _announce(change: PolicyChange, now: datetime) -> bool:
    if change.policy not in POLICIES:
        return False
    if not PolicyChange.objects.filter(pk=change.pk, announced_at=None, cancelled_at=None).update(announced_at=now):
        return False
    found = _affected(change, now)
    drafts = [*_to_people(change, found), *_to_owners(change, found)]
    compose.tell(drafts, now=now)
    record(
        Kind.POLICY_ANNOUNCED,
        now=now,
        organization=change.organization,
        subject=("policy_change", change.pk),
        detail={"policy": change.policy, "people": found.people, "notices": len(drafts)},
    )
    return True


def _affected(change: PolicyChange, now: datetime) -> Affected:
    """Between the value before and the new one, at the instant from which it counts."""
    at = max(change.effective_at, now)
    before = impact.candidate(change.organization, {change.policy: change.previous}, at)
    return impact.affected(before, change.policy, change.value, at=at)


def _to_people(change: PolicyChange, found: Affected) -> list[Draft]:
    services = _services_of_people(found)
    said = described(change)
    return [
        Draft(
            NoticeKind.POLICY_ANNOUNCED,
            person,
            str(change.pk),
            about=("policy_change", change.pk),
            detail=said
            | {
                "services": services[person][:MOST_NAMED],
                "number": len(services[person]),
                "tokens": found.holders.get(person, 0),
            },
        )
        for person in {*services, *found.holders}
    ]


def _services_of_people(found: Affected) -> dict[UUID, list[str]]:
    seats = {seat for members in found.pairs.values() for seat in members}
    people = dict(Membership.objects.filter(pk__in=seats).values_list("pk", "person_id"))
    names = dict(Application.objects.filter(pk__in=found.pairs).values_list("pk", "name"))
    services: dict[UUID, list[str]] = defaultdict(list)
    for app, members in found.pairs.items():
        for seat in members & people.keys():
            services[people[seat]].append(names[app])
    return services


def _to_owners(change: PolicyChange, found: Affected) -> list[Draft]:
    owning = Application.owners.through.objects.filter(application__in=found.pairs, user__is_active=True)
    apps: dict[UUID, list[str]] = defaultdict(list)
    for person, name in owning.order_by("application__name").values_list("user_id", "application__name"):
        apps[person].append(name)
    return [
        Draft(
            NoticeKind.APP_POLICY_ANNOUNCED,
            person,
            str(change.pk),
            about=("policy_change", change.pk),
            detail=described(change) | {"services": names[:MOST_NAMED], "number": len(names)},
        )
        for person, names in apps.items()
    ]


@transaction.atomic
def _recall(change: PolicyChange, now: datetime) -> bool:
    if not PolicyChange.objects.filter(pk=change.pk, recalled_at=None).update(recalled_at=now):
        return False
    about = ("policy_change", change.pk)
    told = Notice.objects.filter(kind__in=TOLD, about_type=about[0], about_id=str(about[1]), cancelled_at=None)
    drafts = [
        Draft(
            NoticeKind(n.kind), n.person_id, f"{change.pk}:recalled", about=about, detail=n.detail | {"recalled": True}
        )
        for n in told
    ]
    # What still waits to be sent is not sent; who had no mail yet reads in the portal that it is no longer so.
    compose.cancel(TOLD, about=about, now=now)
    compose.tell(drafts, now=now)
    return True
