"""Projects of an organization and the members in them. Each change counts the project's revision up."""

from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import IntegrityError, transaction
from django.db.models import F
from django.utils.translation import gettext as _

from accounts.models import Membership, Organization, Project, User
from accounts.services.standing import Refused, Stale, lock_for, shown_name, shown_text
from authorizations.events.kinds import Kind
from authorizations.events.log import event, record, record_all

LONGEST_DESCRIPTION = 2000
MOST_AT_ONCE = 200
InProject = Project.members.through


@transaction.atomic
def create(organization: Organization, *, name: str, description: str, by: User, now: datetime) -> Project:
    """Raises Refused."""
    row, name = lock_for(organization, by), shown_name(name)
    description = shown_text(description, "description", most=LONGEST_DESCRIPTION)
    _name_is_free(row, name)
    try:
        with transaction.atomic():
            made = Project.objects.create(organization=row, name=name, description=description)
    except IntegrityError:
        raise _taken(name) from None
    _record(Kind.PROJECT_CREATED, made, row, by, now, {"name": name})
    return made


@transaction.atomic
def change(project: Project, *, name: str, description: str, revision: int, by: User, now: datetime) -> bool:
    """`revision`: that of the page on which it was changed. Raises Stale when the project has another, Refused."""
    row, name = lock_for(project.organization, by), shown_name(name)
    description = shown_text(description, "description", most=LONGEST_DESCRIPTION)
    found = Project.objects.filter(pk=project.pk, revision=revision).first()
    if found is None:
        raise Stale
    before, after = {"name": found.name, "description": found.description}, {"name": name, "description": description}
    if before == after:
        return False
    _name_is_free(row, name, but=found)
    try:
        with transaction.atomic():
            Project.objects.filter(pk=found.pk).update(**after, revision=F("revision") + 1, updated_at=now)
    except IntegrityError:
        raise _taken(name) from None
    found.name = name
    _record(Kind.PROJECT_CHANGED, found, row, by, now, {"before": before, "after": after})
    return True


def _name_is_free(row: Organization, name: str, *, but: Project | None = None) -> None:
    """Without case, as addresses are compared; under the lock of the organization nobody else takes it meanwhile."""
    others = row.projects.filter(name__iexact=name)
    if (others.exclude(pk=but.pk) if but else others).exists():
        raise _taken(name)


def _taken(name: str) -> Refused:
    return Refused("name", _("There is a project “%(name)s” in this organization already.") % {"name": name})


@transaction.atomic
def delete(project: Project, *, by: User, now: datetime) -> bool:
    """Raises Refused. False when somebody was quicker."""
    row = lock_for(project.organization, by)
    members = InProject.objects.filter(project=project.pk).count()
    _count, deleted = Project.objects.filter(pk=project.pk).delete()
    if not deleted.get("accounts.Project"):
        return False
    _record(Kind.PROJECT_DELETED, project, row, by, now, {"name": project.name, "members": members})
    return True


@transaction.atomic
def add_members(project: Project, people: Collection[UUID], *, by: User, now: datetime) -> int:
    """Those of them who are members of the organization and not in the project yet. Raises Refused."""
    row = lock_for(project.organization, by)
    if len(people) > MOST_AT_ONCE:
        raise Refused("people", _("Add at most %(most)s people at once.") % {"most": MOST_AT_ONCE})
    found = Membership.objects.filter(organization=row, person__in=people).select_related("person")
    inside = set(InProject.objects.filter(project=project.pk, user__in=people).values_list("user_id", flat=True))
    new = [m.person for m in found if m.person_id not in inside]
    if not _standing(project):
        return 0
    InProject.objects.bulk_create([InProject(project_id=project.pk, user_id=p.pk) for p in new], ignore_conflicts=True)
    _moved(project, row, new, "member_added", by, now)
    return len(new)


@transaction.atomic
def remove_member(project: Project, person: User, *, by: User, now: datetime) -> bool:
    """Raises Refused. False when the person was not in it."""
    row = lock_for(project.organization, by)
    if not InProject.objects.filter(project=project.pk, user=person.pk).delete()[0]:
        return False
    _moved(project, row, [person], "member_removed", by, now)
    return True


def _standing(project: Project) -> bool:
    return Project.objects.filter(pk=project.pk).exists()


def _moved(project: Project, row: Organization, people: Sequence[User], what: str, by: User, now: datetime) -> None:
    if not people:
        return
    _count_up([project.pk], now)
    detail = {"what": what, "name": project.name}
    subject = ("project", project.pk)
    record_all(
        event(Kind.PROJECT_CHANGED, now=now, actor=by, person=p, organization=row, subject=subject, detail=detail)
        for p in people
    )


def enter(row: Organization, person: User, ids: Collection[UUID], *, now: datetime) -> int:
    """A new member is put into those of the projects that still stand. In the caller's transaction."""
    standing = list(row.projects.filter(pk__in=ids).values_list("pk", flat=True)) if ids else []
    if standing:
        InProject.objects.bulk_create(
            [InProject(project_id=pk, user_id=person.pk) for pk in standing], ignore_conflicts=True
        )
        _count_up(standing, now)
    return len(standing)


def leave_all(row: Organization, person: User, *, now: datetime) -> int:
    """Who leaves the organization leaves its projects. In the caller's transaction; returns how many it were."""
    inside = list(row.projects.filter(members=person).values_list("pk", flat=True))
    if inside:
        InProject.objects.filter(project__in=inside, user=person.pk).delete()
        _count_up(inside, now)
    return len(inside)


def _count_up(ids: Collection[UUID], now: datetime) -> None:
    Project.objects.filter(pk__in=ids).update(revision=F("revision") + 1, updated_at=now)


def _record(kind: Kind, project: Project, row: Organization, by: User, now: datetime, detail: dict[str, Any]) -> None:
    record(kind, now=now, actor=by, organization=row, subject=("project", project.pk), detail=detail)
