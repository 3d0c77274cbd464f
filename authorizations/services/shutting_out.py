"""An organization shuts a service out, for one member or for all: it does nothing more there, and goes on elsewhere.

A row of its own per person, read live in the statement that finds the member, and not a change of the consent: "every
organization of mine, now and later" stays true but for this one, and what the person decides at the same moment is
never written over (docs/decisions/0062).
"""

from collections.abc import Collection, Sequence
from datetime import datetime, timedelta
from typing import Any

from django.db import IntegrityError, transaction
from django.db.models import Exists, OuterRef, QuerySet, Sum

from accounts.models import Organization, User
from authorizations.events.kinds import Kind
from authorizations.events.log import event, record, record_all
from authorizations.models import (
    Authorization,
    AuthorizationUsage,
    Connection,
    Exclusion,
    OrganizationUsage,
    ServiceRuling,
    ShutOut,
)
from authorizations.models import reaching as reaching_models
from authorizations.notifications import compose
from authorizations.notifications.kinds import NoticeKind
from authorizations.services import receipts, telling
from oauthapps.models import Application

LONGEST_WHY = 500
BATCH = 500  # so many are told in the transaction itself; where there are more, the job tells them
DAYS = 30


def reaching(organization: Organization, app: Application, now: datetime) -> QuerySet[Authorization]:
    """The standing consents of members to the app that reach the organization."""
    return reaching_models.authorizations(organization, now, also_deactivated=True).filter(application=app)


def for_one(
    organization: Organization, authorization: Authorization, *, by: User, why: str, now: datetime
) -> ShutOut | None:
    """None when it did not reach the organization (any more): somebody was quicker, and that is fine."""
    person, app = authorization.person, authorization.application
    return _shut_out(organization, app, person=person, by=by, why=why, now=now)


def for_all(organization: Organization, app: Application, *, by: User, why: str, now: datetime) -> ShutOut | None:
    """Everybody whose consent reaches the organization now. None when there is nobody."""
    return _shut_out(organization, app, person=None, by=by, why=why, now=now)


@transaction.atomic
def _shut_out(
    organization: Organization, app: Application, *, person: User | None, by: User, why: str, now: datetime
) -> ShutOut | None:
    found = _locked(organization, app, person, now)
    if not found:
        return None
    act = _start(
        organization=organization,
        application=app,
        app_name=app.name[:255],
        person=person,
        person_name=str(person)[:200] if person else "",
        made_by=by,
        made_by_name=str(by)[:200],
        why=why.replace("\x00", "").strip()[:LONGEST_WHY],
        at=now,
        people=len(found),
        connections=connections([a.pk for a in found], now),
        calls=calls_of_one(found[0], organization, now) if person else calls_of_all(app, organization, now),
    )
    tell_now = len(found) <= BATCH
    rows = [
        Exclusion(
            organization=organization,
            application=app,
            person_id=a.person_id,
            authorization_id=a.pk,
            act=act,
            told=tell_now,
        )
        for a in found
    ]
    Exclusion.objects.bulk_create(rows, batch_size=1000)
    _record(act, found, by)
    if tell_now:
        compose.tell([_draft(act, organization, a) for a in found], now=now)
    return act


def _locked(organization: Organization, app: Application, person: User | None, now: datetime) -> list[Authorization]:
    """In the order of their keys, as every writer does: an approval that is being written comes before or after."""
    wanted = reaching(organization, app, now)
    if person is not None:
        wanted = wanted.filter(person=person)
    locked = wanted.select_for_update(of=("self",), no_key=True).select_related("person", "application")
    found = list(locked.order_by("pk"))
    # Read anew: somebody who did the same held these rows until now.
    gone = Exclusion.objects.filter(organization=organization, application=app)
    already = set(gone.values_list("person_id", flat=True)) if found else set()
    return [a for a in found if a.person_id not in already]


def _start(**facts: Any) -> ShutOut:
    for _ in range(4):
        try:
            with transaction.atomic():
                return ShutOut.objects.create(reference=receipts.new_reference("S"), **facts)
        except IntegrityError:
            continue  # the reference is taken: once in hundreds of millions
    raise RuntimeError("No free reference was found.")


def connections(authorizations: Any, now: datetime) -> int:
    """Open ones of these authorizations: keys, or a query for them."""
    return Connection.objects.filter(authorization_id__in=authorizations, revoked_at=None, expires_at__gt=now).count()


def calls_of_one(authorization: Authorization, organization: Organization, now: datetime, days: int = DAYS) -> int:
    """Calls about the organization in the last days."""
    found = AuthorizationUsage.objects.filter(
        authorization=authorization,
        facet=AuthorizationUsage.Facet.ORGANIZATION,
        value=str(organization.pk),
        day__gt=(now - timedelta(days=days)).date(),
    )
    return found.aggregate(calls=Sum("calls", default=0))["calls"]


def calls_of_all(app: Application, organization: Organization, now: datetime, days: int = DAYS) -> int:
    found = OrganizationUsage.objects.filter(
        application=app, organization_id=organization.pk, day__gt=(now - timedelta(days=days)).date()
    )
    return found.aggregate(calls=Sum("calls", default=0))["calls"]


def _record(act: ShutOut, found: Sequence[Authorization], by: User) -> None:
    """One event says what the organization did; one for each consent says what came of it."""
    shared: dict[str, Any] = {"now": act.at, "actor": by, "app": act.application, "organization": act.organization}
    record(
        Kind.SERVICE_SHUT_OUT,
        person=act.person,
        subject=("shut_out", act.reference),
        detail={"why": act.why, "people": act.people, "connections": act.connections, "calls": act.calls},
        **shared,
    )
    detail = {"shut_out": str(act.organization_id), "reference": act.reference}
    record_all(
        event(Kind.AUTHORIZATION_NARROWED, person=a.person, subject=("authorization", a.pk), detail=detail, **shared)
        for a in found
    )


def _draft(act: ShutOut, organization: Organization, authorization: Authorization) -> compose.Draft:
    return telling.draft(
        NoticeKind.SERVICE_SHUT_OUT, authorization, act.reference, organization=organization.name, why=act.why
    )


@transaction.atomic
def tell_waiting(*, now: datetime) -> int:
    """One batch of those who were too many to be told at once. Returns how many."""
    waiting = Exclusion.objects.filter(told=False).select_for_update(of=("self",), skip_locked=True, no_key=True)
    found = list(waiting.select_related("act", "organization", "authorization__application").order_by("pk")[:BATCH])
    compose.tell([_draft(e.act, e.organization, e.authorization) for e in found], now=now)
    Exclusion.objects.filter(pk__in=[e.pk for e in found]).update(told=True)
    return len(found)


@transaction.atomic
def let_back(authorization: Authorization, organizations: Collection[Any] | None, *, by: User, now: datetime) -> int:
    """The person says yes again, in these organizations (ids; None is all of them). Where the service is blocked it stays
    shut out: the block is lifted by those who made it, and only then is there something to say yes to.

    Returns in how many it was let in again.
    """
    person, app = authorization.person, authorization.application
    blocked = ServiceRuling.objects.filter(
        application=app, organization=OuterRef("organization"), decision=ServiceRuling.Decision.BLOCKED
    )
    found = Exclusion.objects.filter(~Exists(blocked), person=person, application=app)
    if organizations is not None:
        found = found.filter(organization__in=list(organizations))
    # Locked: of two who ask for the same, one finds it done.
    gone = list(found.select_for_update(of=("self",)).select_related("organization", "act").order_by("pk"))
    if not gone:
        return 0
    Exclusion.objects.filter(pk__in=[e.pk for e in gone]).delete()
    record_all(
        event(
            Kind.AUTHORIZATION_WIDENED,
            now=now,
            actor=by,
            person=person,
            app=app,
            organization=e.organization,
            subject=("authorization", authorization.pk),
            detail={"let_back": str(e.organization_id), "reference": e.act.reference},
        )
        for e in gone
    )
    return len(gone)


def carry_over(person: User, old: Application, new: Application, authorization: Authorization) -> None:
    """The person moves to another version of the service: where the old one was shut out, the new one is."""
    Exclusion.objects.bulk_create(
        [
            Exclusion(
                organization_id=e.organization_id,
                application=new,
                person=person,
                authorization=authorization,
                act_id=e.act_id,
                told=e.told,
            )
            for e in Exclusion.objects.filter(person=person, application=old)
        ],
        ignore_conflicts=True,
    )
