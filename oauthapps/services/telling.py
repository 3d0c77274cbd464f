"""Owners are told: a notice each, and the app's webhook."""

import uuid
from collections.abc import Iterable
from datetime import datetime
from typing import Any

from accounts.models import User
from authorizations.notifications import compose
from authorizations.notifications.compose import Draft
from authorizations.notifications.kinds import NoticeKind
from oauthapps.models import Application
from oauthapps.services.webhooks import announce


def tell_owners(
    app: Application,
    kind: NoticeKind,
    *,
    key: str,
    now: datetime,
    about: tuple[str, uuid.UUID | str] = ("", ""),
    detail: dict[str, Any] | None = None,
    but: User | None = None,
    also: Iterable[User] = (),
) -> None:
    """Every active owner except `but` (who did it), and those in `also` (who just stopped being one), once per key."""
    people = {p.pk: p for p in (*app.owners.filter(is_active=True), *also) if but is None or p.pk != but.pk}
    drafts = [Draft(kind, pk, key, app=app, about=about, detail=detail or {}) for pk in people]
    compose.tell(drafts, now=now)
    announce(app, kind.value, detail or {}, key=f"{kind}:{key}", now=now)
