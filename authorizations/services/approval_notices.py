"""What people are told about approvals: reviewers, who asked, and members whose service loses one.

Call inside the transaction of the change, but for `members`, which a job calls.
"""

from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db.models import Q, QuerySet

from accounts.models import Membership, Organization
from authorizations.models import ApprovalRequest, ServiceRuling
from authorizations.notifications import compose
from authorizations.notifications.compose import Draft
from authorizations.notifications.kinds import NoticeKind
from authorizations.services.telling import titles

ABOUT = "approval_request"
# What these say is over when the request is.
FOR_REVIEWERS = (NoticeKind.APPROVAL_ASKED, NoticeKind.APPROVAL_WAITING)


def reviewers(organization: Organization) -> QuerySet[Membership]:
    """Administrators, the owner, and those they chose to answer requests."""
    may = Q(administrator=True) | Q(reviewer=True) | Q(person_id=organization.owner_id)
    return Membership.objects.filter(may, organization=organization, person__is_active=True)


def _reviewer_ids(organization: Organization, but: UUID | None = None) -> list[UUID]:
    return list(reviewers(organization).exclude(person_id=but).values_list("person_id", flat=True))


def _where(organization: Organization) -> dict[str, str]:
    return {"organization": organization.name, "slug": organization.slug}


def asked(request: ApprovalRequest, *, now: datetime) -> None:
    """To everybody who may answer it, but to the person who asks. Told again when the request asks for something else."""
    _to_reviewers(NoticeKind.APPROVAL_ASKED, request, " ".join(sorted(request.scopes)), now)


def waiting(request: ApprovalRequest, *, now: datetime) -> None:
    key = f"{request.expires_at.isoformat()}:{now.date().isoformat()}"
    _to_reviewers(NoticeKind.APPROVAL_WAITING, request, key, now)


def _to_reviewers(kind: NoticeKind, request: ApprovalRequest, key: str, now: datetime) -> None:
    detail = _where(request.organization) | {
        "person": str(request.person),
        "permissions": titles(request.scopes),
        "justification": request.justification,
        "asked_at": request.asked_at.isoformat(),
        "expires_at": request.expires_at.isoformat(),
    }
    about = (ABOUT, request.pk)
    told = _reviewer_ids(request.organization, but=request.person_id)
    drafts = (Draft(kind, p, f"{request.pk}:{key}", request.application, about, detail) for p in told)
    compose.tell(drafts, now=now)


def answered(requests: Sequence[ApprovalRequest], *, now: datetime) -> None:
    """To the people who asked; what reviewers were told about these requests is no longer so."""
    compose.cancel_all(FOR_REVIEWERS, about_type=ABOUT, ids=[r.pk for r in requests], now=now)
    own = ApprovalRequest.State.WITHDRAWN
    compose.tell((_answer(request) for request in requests if request.state != own), now=now)


def _answer(request: ApprovalRequest) -> Draft:
    given = request.approved_scopes or []
    detail = _where(request.organization) | {
        "state": str(request.state),
        "approved": titles(given),
        "left": titles(s for s in request.scopes if s not in given),
        "until": request.approved_until.isoformat() if request.approved_until else None,
        "answer": request.answer,
        "by": request.decided_by_name,
    }
    about = (ABOUT, request.pk)
    key = f"{request.pk}:{request.state}"
    return Draft(NoticeKind.APPROVAL_ANSWERED, request.person_id, key, request.application, about, detail)


def denied_by_mail(request: ApprovalRequest, reviewer_id: UUID, *, now: datetime) -> None:
    """To the reviewer whose link was used: it may not have been them."""
    detail = _where(request.organization) | {"person": str(request.person)}
    key = f"{request.pk}:mail"
    kind = NoticeKind.APPROVAL_DENIED_BY_MAIL
    compose.tell([Draft(kind, reviewer_id, key, request.application, (ABOUT, request.pk), detail)], now=now)


def to_reviewers_of(ruling: ServiceRuling, kind: NoticeKind, key: str, detail: dict[str, Any]) -> Iterator[Draft]:
    about = ("service_ruling", ruling.pk)
    for person_id in _reviewer_ids(ruling.organization):
        yield Draft(kind, person_id, key, ruling.application, about, _where(ruling.organization) | detail)


def to_members(
    ruling: ServiceRuling, kind: NoticeKind, key: str, people: Iterable[tuple[UUID, UUID]], detail: dict[str, Any]
) -> Iterator[Draft]:
    """`people`: each with the authorization that it is about."""
    for person_id, authorization_id in people:
        about = ("authorization", authorization_id)
        yield Draft(kind, person_id, key, ruling.application, about, _where(ruling.organization) | detail)
