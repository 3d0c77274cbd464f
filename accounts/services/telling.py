"""People are told what changed about their place in an organization."""

from datetime import datetime
from typing import Any

from accounts.models import Organization, User
from authorizations.notifications import compose
from authorizations.notifications.compose import Draft
from authorizations.notifications.kinds import NoticeKind


def tell(
    person: User | None,
    kind: NoticeKind,
    organization: Organization,
    *,
    by: User | None,
    now: datetime,
    detail: dict[str, Any],
    key: str = "",
) -> None:
    """Nobody is told what they did themselves. `key` tells apart what happens in the same instant."""
    if person is None or (by is not None and by.pk == person.pk):
        return
    said = {"organization": organization.name, "slug": organization.slug, "by": str(by) if by else ""} | detail
    about = ("organization", organization.pk)
    occasion = f"{organization.pk}:{now.isoformat()}:{key}"
    compose.tell([Draft(kind, person.pk, occasion, about=about, detail=said)], now=now)
