"""What the other administrators are told when one of them changes a policy."""

from datetime import datetime
from uuid import UUID

from django.db.models import F, Q
from django.utils import translation

from accounts.models import Membership, PolicyChange, User
from accounts.policies import POLICIES
from authorizations.events.kinds import Kind
from authorizations.notifications import compose
from authorizations.notifications.compose import Draft
from authorizations.notifications.kinds import NoticeKind


def tell_administrators(kind: Kind, change: PolicyChange, by: User, now: datetime) -> None:
    """Call inside the transaction of the change."""
    key, detail = f"{change.pk}:{kind}", described(change) | {"what": kind.value, "by": str(by)[:200]}
    compose.tell(
        [
            Draft(NoticeKind.POLICY_CHANGED, person, key, about=("policy_change", change.pk), detail=detail)
            for person in _administrators(change.organization_id)
            if person != by.pk
        ],
        now=now,
    )


def _administrators(organization_id: UUID) -> list[UUID]:
    who = Q(administrator=True) | Q(person=F("organization__owner"))
    found = Membership.objects.filter(who, organization=organization_id, person__is_active=True)
    return list(found.values_list("person_id", flat=True))


def described(change: PolicyChange) -> dict[str, object]:
    """What a notice about the change carries. Titles are translated where they are shown."""
    with translation.override(None):
        title = str(POLICIES[change.policy].title)
    return {
        "organization": change.organization.name,
        "slug": change.organization.slug,
        "policy": change.policy,
        "title": title,
        "old": change.previous,
        "new": change.value,
        "why": change.why,
        "effective_at": change.effective_at.isoformat(),
    }
