"""Tells everybody whom an incident concerns: people, owners of the app, administrators of organizations. In plain words."""

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db.models import F, Q, QuerySet

from accounts.models import Membership, Organization, User
from authorizations.models import Incident, OperationsJob, OperationsJobItem
from authorizations.notifications import compose
from authorizations.notifications.compose import Draft
from authorizations.notifications.kinds import NoticeKind
from authorizations.notifications.texts import Words, words
from authorizations.services.incidents.affected import Affected
from authorizations.services.incidents.containing import done

LONGEST = 2000
Items = list[OperationsJobItem]


def owners(affected: Affected) -> QuerySet[User]:
    return affected.app.owners.filter(is_active=True) if affected.app else User.objects.none()


def administrators(organizations: Iterable[Organization]) -> QuerySet[Membership]:
    return Membership.objects.filter(
        Q(administrator=True) | Q(person=F("organization__owner_id")),
        organization__in=list(organizations),
        person__is_active=True,
    ).select_related("organization", "person")


def counted(affected: Affected) -> dict[str, int]:
    """How many would be told. Administrators: of how many organizations."""
    return {
        "people": affected.people.count(),
        "owners": owners(affected).count(),
        "organizations": affected.organizations.count(),
    }


def detail(incident: Incident, role: str, text: str, organization: str = "") -> dict[str, Any]:
    return {
        "role": role,
        "subject": incident.subject_name,
        "since": incident.since.isoformat(),
        "until": incident.until.isoformat(),
        "done": done(incident),
        "text": text,
        "reference": incident.reference,
        "organization": organization,
    }


def sample(affected: Affected, role: str, text: str, now: datetime) -> Words:
    """What a mail of this role would say."""
    incident = affected.incident
    said = detail(incident, role, text, organization="Contoso")
    key = f"sample:{role}"
    app = affected.app if role == "owner" else None
    return words(Draft(NoticeKind.INCIDENT_TOLD, UUID(int=0), key, app=app, detail=said).notice(now))


def found_people(job: OperationsJob, _wanted: object, _now: datetime) -> QuerySet[Any]:
    return _affected(job).people


def found_owners(job: OperationsJob, _wanted: object, _now: datetime) -> QuerySet[Any]:
    return owners(_affected(job))


def found_organizations(job: OperationsJob, _wanted: object, _now: datetime) -> QuerySet[Any]:
    return _affected(job).organizations


def tell_people(job: OperationsJob, ids: Sequence[Any], now: datetime) -> Items:
    return _tell(job, "person", ids, now)


def tell_owners(job: OperationsJob, ids: Sequence[Any], now: datetime) -> Items:
    return _tell(job, "owner", ids, now)


def tell_administrators(job: OperationsJob, ids: Sequence[Any], now: datetime) -> Items:
    """Once per organization: who administers two is told of each."""
    incident, text = _incident(job), job.options.get("text", "")
    shared = detail(incident, "administrator", text)
    found = list(administrators(Organization.objects.filter(pk__in=ids)))
    compose.tell(
        [
            Draft(
                NoticeKind.INCIDENT_TOLD,
                m.person_id,
                f"{job.reference}:administrator:{m.organization_id}",
                about=("organization", m.organization_id),
                detail=shared | {"organization": m.organization.name},
            )
            for m in found
        ],
        now=now,
    )
    names = dict(Organization.objects.filter(pk__in=ids).values_list("pk", "name"))
    return [_item(job, "organization", pk, f"administrators of {names[pk]}", now) for pk in ids if pk in names]


def _tell(job: OperationsJob, role: str, ids: Sequence[Any], now: datetime) -> Items:
    affected = _affected(job)
    shared = detail(affected.incident, role, job.options.get("text", ""))
    app = affected.app if role == "owner" else None
    about = ("app", affected.app.client_id) if role == "owner" and affected.app else ("incident", affected.incident.pk)
    drafts = [
        Draft(NoticeKind.INCIDENT_TOLD, pk, f"{job.reference}:{role}", app=app, about=about, detail=shared)
        for pk in ids
    ]
    compose.tell(drafts, now=now)
    return [_item(job, role, p.pk, str(p), now) for p in User.objects.filter(pk__in=ids).order_by("pk")]


def _item(job: OperationsJob, kind: str, key: Any, name: str, now: datetime) -> OperationsJobItem:
    outcome = OperationsJobItem.Outcome.DONE
    return OperationsJobItem(
        job=job, subject_type=kind, subject_id=str(key), person_name=name[:200], outcome=outcome, at=now
    )


def _affected(job: OperationsJob) -> Affected:
    return Affected(_incident(job))


def _incident(job: OperationsJob) -> Incident:
    if job.incident is None:
        raise ValueError("Telling is about an incident.")
    return job.incident
