"""Requests that a decision about their service answers, and the ends of requests that one person or time brings.

Call inside the transaction that holds the organization. Every change of a request is one conditional statement: what
is not open any more is not answered again.
"""

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from accounts.models import User
from authorizations.events.kinds import Kind
from authorizations.events.log import event, record_all
from authorizations.models import ApprovalRequest, ServiceRuling
from authorizations.services import approval_notices
from oauthapps import scopes as catalogue

State = ApprovalRequest.State
KINDS = {
    State.APPROVED: Kind.APPROVAL_GRANTED,
    State.DENIED: Kind.APPROVAL_DENIED,
    State.BLOCKED: Kind.APPROVAL_DENIED,
    State.EXPIRED: Kind.APPROVAL_EXPIRED,
    State.WITHDRAWN: Kind.APPROVAL_WITHDRAWN,
}


def satisfied(
    ruling: ServiceRuling, *, by: User | None, by_name: str = "", but: UUID | None = None, now: datetime
) -> int:
    """The other open requests of the service that ask for nothing beyond what is approved now."""
    approved = ruling.approved_scopes(now)
    given = None if approved is None else catalogue.closure(s for s in approved if s in catalogue.CATALOGUE)
    alike: dict[tuple[str, ...], list[ApprovalRequest]] = {}
    for request in _open(ruling, but, now):
        if given is None or set(request.scopes) <= given:
            alike.setdefault(tuple(request.scopes), []).append(request)
    return sum(_approved(ruling, scopes, found, by, by_name, now) for scopes, found in alike.items())


def _approved(
    ruling: ServiceRuling,
    scopes: Sequence[str],
    requests: list[ApprovalRequest],
    by: User | None,
    by_name: str,
    now: datetime,
) -> int:
    until = _first_end(ruling, scopes)
    return answer(
        requests,
        State.APPROVED,
        by=by,
        by_name=by_name,
        now=now,
        approved_scopes=list(scopes),
        approved_until=until,
    )


def _first_end(ruling: ServiceRuling, scopes: Iterable[str]) -> datetime | None:
    """When the first of these permissions ends, at the latest each with the approval that carries it for longest."""
    if ruling.scopes is None:
        return ruling.expires_at
    ends = ruling.ends()
    found = [_longest(ends, scope) for scope in scopes]
    return min((end for end in found if end is not None), default=None)


def _longest(ends: dict[str, datetime | None], scope: str) -> datetime | None:
    carrying = [end for s, end in ends.items() if s in catalogue.CATALOGUE and scope in catalogue.closure([s])]
    return None if None in carrying else max((end for end in carrying if end), default=None)


def blocked(ruling: ServiceRuling, *, by: User | None, but: UUID | None, now: datetime) -> int:
    """A block answers every open request of the service."""
    return answer(_open(ruling, but, now), State.BLOCKED, by=by, now=now, answer=ruling.why)


def _open(ruling: ServiceRuling, but: UUID | None, now: datetime) -> list[ApprovalRequest]:
    found = ApprovalRequest.objects.filter(
        organization_id=ruling.organization_id,
        application_id=ruling.application_id,
        state=State.OPEN,
        expires_at__gt=now,
    )
    found = found.exclude(pk=but) if but else found
    return list(found.select_related("person", "application", "organization"))


def answer(
    requests: list[ApprovalRequest],
    state: ApprovalRequest.State,
    *,
    by: User | None,
    by_name: str = "",
    now: datetime,
    detail: dict[str, Any] | None = None,
    **columns: Any,
) -> int:
    """Ends open requests in one statement; events and notices follow for all of them. Returns how many it ended.

    Nobody else answers them meanwhile: the organization is held, or the rows are.
    """
    said = {"state": state, "decided_at": now, "decided_by": by, "decided_by_name": (by_name or str(by or ""))[:200]}
    ids = [request.pk for request in requests]
    ended = ApprovalRequest.objects.filter(pk__in=ids, state=State.OPEN).update(**said | columns) if ids else 0
    if not ended:
        return 0
    for request in requests:
        for name, value in (said | columns).items():
            setattr(request, name, value)
    record_all(_event(request, by, now, detail or {}) for request in requests)
    approval_notices.answered(requests, now=now)
    return ended


def _event(request: ApprovalRequest, by: User | None, now: datetime, detail: dict[str, Any]) -> Any:
    said = {
        "state": str(request.state),
        "scopes": request.scopes,
        "approved": request.approved_scopes,
        "until": request.approved_until.isoformat() if request.approved_until else None,
        "answer": request.answer,
        "by": request.decided_by_name,
    }
    return event(
        KINDS[ApprovalRequest.State(request.state)],
        now=now,
        actor=by,
        person=request.person,
        app=request.application,
        organization=request.organization,
        subject=("approval_request", request.pk),
        detail=said | detail,
    )
