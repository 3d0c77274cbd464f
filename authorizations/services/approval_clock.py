"""What time does to requests and approvals, and telling the members whose service lost something.

Each function picks by state and changes by conditional statements: it may run twice, and on several workers.
"""

from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta
from uuid import UUID

from django.db import connection, transaction
from django.db.models import F, Q, QuerySet

from accounts import policies
from authorizations import places
from authorizations.models import ApprovalRequest, Authorization, ServiceRuling
from authorizations.models.rulings import in_force
from authorizations.notifications import compose
from authorizations.notifications.kinds import NoticeKind
from authorizations.services import answering, approval_notices, rulings
from authorizations.services.telling import titles
from oauthapps import scopes as catalogue

BATCH = 100
FIRST_REMINDER, LAST_REMINDER = timedelta(days=3), timedelta(days=1)
ENDS_SOON = timedelta(days=7)
State = ApprovalRequest.State


@transaction.atomic
def expire_requests(*, now: datetime) -> int:
    """Requests that nobody answered in time; their people are told."""
    waiting = ApprovalRequest.objects.filter(state=State.OPEN, expires_at__lte=now)
    return answering.answer(_claimed(waiting), State.EXPIRED, by=None, now=now)


@transaction.atomic
def remind_reviewers(*, now: datetime) -> int:
    """Of requests that wait for three days, and of those that end within a day."""
    last = Q(expires_at__lte=now + LAST_REMINDER)
    last &= Q(reminded_at=None) | Q(reminded_at__lt=F("expires_at") - LAST_REMINDER)
    first = Q(reminded_at=None, asked_at__lte=now - FIRST_REMINDER)
    due = ApprovalRequest.objects.filter(first | last, state=State.OPEN, expires_at__gt=now)
    found = _claimed(due)
    for request in found:
        ApprovalRequest.objects.filter(pk=request.pk).update(reminded_at=now)
        approval_notices.waiting(request, now=now)
    return len(found)


def _claimed(rows: QuerySet[ApprovalRequest]) -> list[ApprovalRequest]:
    """A batch that no other worker holds, and that nobody answers meanwhile."""
    if connection.features.has_select_for_update_skip_locked:
        rows = rows.select_for_update(skip_locked=True, of=("self",), no_key=True)
    related = rows.select_related("organization", "person", "application")
    return list(related.order_by("expires_at", "pk")[:BATCH])


def end_approvals(*, now: datetime) -> int:
    """Approvals, or parts of them, whose time is over. They decide nothing from their last instant on in any case."""
    due = ServiceRuling.objects.filter(decision=ServiceRuling.Decision.APPROVED, next_end_at__lte=now)
    return sum(_end(ruling_id, now) for ruling_id in _ids(due))


@transaction.atomic
def _end(ruling_id: UUID, now: datetime) -> bool:
    ended = rulings.expire(ruling_id, now=now)
    if ended is None:
        return False
    ruling, lost = ended
    detail = {"permissions": titles(_named(ruling, lost))}
    key = f"{ruling.pk}:{now.isoformat()}"
    compose.tell(approval_notices.to_reviewers_of(ruling, NoticeKind.APPROVAL_ENDED, key, detail), now=now)
    return True


def _named(ruling: ServiceRuling, scopes: Sequence[str] | None) -> list[str]:
    return ruling.application.all_scopes if scopes is None else list(scopes)


def announce_ends(*, now: datetime) -> int:
    """Seven days before an approval, or a part of it, is over: to reviewers, and to the members it matters to."""
    soon = {"next_end_at__gt": now, "next_end_at__lte": now + ENDS_SOON}
    due = ServiceRuling.objects.filter(decision=ServiceRuling.Decision.APPROVED, reminded_at=None, **soon)
    return sum(_announce(ruling_id, now) for ruling_id in _ids(due))


@transaction.atomic
def _announce(ruling_id: UUID, now: datetime) -> bool:
    waiting = ServiceRuling.objects.filter(pk=ruling_id, reminded_at=None, next_end_at__gt=now)
    if not waiting.update(reminded_at=now):
        return False
    ruling = _loaded(ruling_id)
    ends = ruling.next_end_at
    assert ends is not None  # noqa: S101  (that is how it was found)
    if ends - ruling.decided_at <= ENDS_SOON:
        return False  # whoever approved for a few days knows it
    left = in_force(ruling.scopes, ruling.sooner, ends) if ruling.approves(ends) else []
    lost = None if ruling.scopes is None else [s for s in ruling.scopes if s not in (left or ())]
    detail = {"permissions": titles(_named(ruling, lost)), "ends_at": ends.isoformat()}
    key = f"{ruling.pk}:{ends.isoformat()}"
    compose.tell(approval_notices.to_reviewers_of(ruling, NoticeKind.APPROVAL_ENDING, key, detail), now=now)
    people = affected(ruling, lost, _given(ruling, left, ends), now)
    compose.tell(approval_notices.to_members(ruling, NoticeKind.SERVICE_LOSING, key, people, detail), now=now)
    return True


def tell_of_losses(*, now: datetime) -> int:
    """To the members who use a service that was blocked, or of whose approval something ended."""
    return sum(_tell_of_loss(ruling_id, now) for ruling_id in _ids(ServiceRuling.objects.filter(untold__isnull=False)))


@transaction.atomic
def _tell_of_loss(ruling_id: UUID, now: datetime) -> bool:
    found = ServiceRuling.objects.filter(pk=ruling_id, untold__isnull=False)
    if connection.features.has_select_for_update_skip_locked:
        found = found.select_for_update(skip_locked=True, no_key=True)
    if not (held := found.first()):
        return False
    ruling, said = _loaded(held.pk), held.untold or {}
    left = (
        frozenset()
        if ruling.decision == ServiceRuling.Decision.BLOCKED
        else _given(ruling, ruling.approved_scopes(now), now)
    )
    detail = {"how": said["how"], "permissions": titles(_named(ruling, said["scopes"])), "why": ruling.why}
    people = affected(ruling, said["scopes"], left, now)
    key = f"{ruling.pk}:{said['at']}"
    compose.tell(approval_notices.to_members(ruling, NoticeKind.SERVICE_LOST, key, people, detail), now=now)
    ServiceRuling.objects.filter(pk=ruling.pk).update(untold=None)
    return True


def _given(ruling: ServiceRuling, scopes: list[str] | None, at: datetime) -> frozenset[str] | None:
    """What the service may use at an instant when these are approved; None where no approval is asked for."""
    found = policies.effective(ruling.organization.policies, at)
    return places.approved_scopes(found, scopes != [], scopes)


def affected(
    ruling: ServiceRuling, lost: Sequence[str] | None, left: frozenset[str] | None, now: datetime
) -> Iterator[tuple[UUID, UUID]]:
    """The members (and their authorizations) whose consent to the service reaches the organization and carries
    something that was lost and is not left."""
    if left is None:
        return
    place = str(ruling.organization_id)
    gone = None if lost is None else catalogue.closure(s for s in lost if s in catalogue.CATALOGUE)
    known: dict[tuple[str, ...], bool] = {}
    for person_id, authorization_id, scopes, reached in _using(ruling, now):
        if reached is not None and place not in reached:
            continue
        key = tuple(scopes)
        if key not in known:
            held = catalogue.closure(catalogue.of_the_api(s for s in scopes if s in catalogue.CATALOGUE)) - left
            known[key] = bool(held if gone is None else held & gone)
        if known[key]:
            yield person_id, authorization_id


def _using(ruling: ServiceRuling, now: datetime) -> Iterator[tuple[UUID, UUID, list[str], list[str] | None]]:
    found = Authorization.objects.live(now).filter(
        application_id=ruling.application_id,
        person__is_active=True,
        person__memberships__organization_id=ruling.organization_id,
    )
    return found.values_list("person_id", "pk", "scopes", "organizations").iterator(chunk_size=2000)


def _loaded(ruling_id: UUID) -> ServiceRuling:
    return ServiceRuling.objects.select_related("organization", "application").get(pk=ruling_id)


def _ids(found: QuerySet[ServiceRuling]) -> list[UUID]:
    return list(found.order_by("pk").values_list("pk", flat=True)[:BATCH])
