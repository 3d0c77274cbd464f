"""Personal access tokens that end by themselves: reminded of in time, closed when their time is over or nobody uses them.

Nothing is refused later for it: each decision reads the end and the policy itself. Workers pass each other's rows by
(SKIP LOCKED), and a batch whose worker dies is undone whole and found again.
"""

from collections.abc import Iterator
from datetime import datetime, timedelta
from uuid import UUID

from django.db import transaction
from django.db.models import Q
from django.db.models.functions import Coalesce, Greatest

from accounts import policies
from accounts.models import Organization
from authorizations.models import PersonalAccessToken
from authorizations.models.personal import PersonalTokenQuerySet
from authorizations.notifications.compose import Draft
from authorizations.services import personal_telling
from authorizations.services.personal_endings import Ended, revoke_all

BATCH = 500
STAGES = (1, 7)  # days before the end, nearest first
FIRST = UUID(int=0)


def expiring(now: datetime) -> Iterator[list[Draft]]:
    """Batches of what is to be told about ends in the next 7 days; `reminding.tell_new` tells each once."""
    soon = PersonalAccessToken.objects.live(now).filter(
        expires_at__lte=now + timedelta(days=max(STAGES)), person__is_active=True
    )
    after = (now, FIRST)
    while True:
        later = Q(expires_at__gt=after[0]) | Q(expires_at=after[0], pk__gt=after[1])
        batch = list(soon.filter(later).select_related("organization").order_by("expires_at", "pk")[:BATCH])
        yield [draft for token in batch if (draft := _expiring(token, now))]
        if len(batch) < BATCH:
            return
        after = (batch[-1].expires_at, batch[-1].pk)


def _expiring(token: PersonalAccessToken, now: datetime) -> Draft | None:
    stage = next(days for days in STAGES if token.expires_at <= now + timedelta(days=days))
    # Whoever made it for a day or a week knows it: nobody is reminded twice as often as needed.
    if token.expires_at - token.issued_at < timedelta(days=2 * stage):
        return None
    return personal_telling.expiring(token, stage)


@transaction.atomic
def expire(*, now: datetime, limit: int = BATCH) -> int:
    """Closes up to `limit` tokens whose time is over, and tells their people."""
    over = PersonalAccessToken.objects.filter(revoked_at=None, expires_at__lte=now).order_by("expires_at", "pk")
    return len(revoke_all(_ours(over, limit), by=None, reason=Ended.EXPIRED, now=now))


def end_idle(*, now: datetime) -> int:
    """Ends the tokens that were made for one organization and not used for longer than it accepts.

    One that was made for all organizations goes on where others accept it; the policy refuses it there, live.
    """
    ended = 0
    for organization in Organization.objects.filter(policies__has_key="token_idle_days").order_by("pk").iterator():
        days = policies.effective(organization.policies, now).token_idle_days
        if days is not None:
            ended += _end_idle(organization, now - timedelta(days=days), now)
    return ended


def _end_idle(organization: Organization, since: datetime, now: datetime) -> int:
    used = Greatest(Coalesce("last_used_at", "issued_at"), "issued_at")
    idle = PersonalAccessToken.objects.live(now).filter(organization=organization)
    idle = idle.annotate(used=used).filter(used__lte=since).order_by("pk")
    total = 0
    while True:
        with transaction.atomic():
            ids = _ours(idle, BATCH)
            total += len(revoke_all(ids, by=None, reason=Ended.IDLE, now=now))
        if len(ids) < BATCH:
            return total


def _ours(found: PersonalTokenQuerySet, limit: int) -> list[UUID]:
    """Those that no other worker holds."""
    locked = found.select_for_update(of=("self",), no_key=True, skip_locked=True)
    return list(locked.values_list("pk", flat=True)[:limit])
