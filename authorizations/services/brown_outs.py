"""Brown-outs are planned, changed and called off; everybody they touch is told in the same transaction."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.conf import settings
from django.db import transaction
from django.utils.translation import gettext as _

from accounts.models import User
from authorizations import brown_outs
from authorizations.events.kinds import Kind
from authorizations.events.log import record
from authorizations.models import BrownOut
from authorizations.notifications import compose
from authorizations.notifications.compose import Draft
from authorizations.notifications.kinds import NoticeKind
from authorizations.services import legacy_audience

LONGEST = timedelta(days=2)
TELLING = (NoticeKind.BROWN_OUT_ANNOUNCED, NoticeKind.APP_BROWN_OUT_ANNOUNCED)


class BrownOutRefused(Exception):
    """`field` names what is wrong, the message says what to do."""

    def __init__(self, field: str, message: str) -> None:
        super().__init__(message)
        self.field = field


@dataclass(frozen=True)
class Plan:
    starts_at: datetime
    ends_at: datetime
    reason: str


def check(plan: Plan, now: datetime, *, but: BrownOut | None = None) -> None:
    """Raises BrownOutRefused for the first thing that is wrong."""
    earliest = now + settings.BROWN_OUT_NOTICE
    if not plan.reason.strip():
        raise BrownOutRefused("reason", _("Say why; people read it."))
    if plan.starts_at < earliest:
        when = f"{earliest:%Y-%m-%d %H:%M} UTC"
        raise BrownOutRefused(
            "starts_at", _("Too soon to be announced: it can start at %(when)s at the earliest.") % {"when": when}
        )
    if plan.ends_at <= plan.starts_at:
        raise BrownOutRefused("ends_at", _("It must end after it starts."))
    if plan.ends_at - plan.starts_at > LONGEST:
        raise BrownOutRefused("ends_at", _("At most two days: longer is not a brown-out but the end."))
    if plan.ends_at > settings.LEGACY_SUNSET:
        raise BrownOutRefused("ends_at", _("It must end before the legacy model does."))
    others = BrownOut.objects.planned(now).filter(starts_at__lte=plan.ends_at, ends_at__gte=plan.starts_at)
    if other := (others.exclude(pk=but.pk) if but else others).first():
        raise BrownOutRefused("starts_at", _("It overlaps the one of %(other)s.") % {"other": other})


@transaction.atomic
def plan_brown_out(plan: Plan, *, by: User | None, now: datetime) -> BrownOut:
    """Raises BrownOutRefused. Owners and people are told with it."""
    check(plan, now)
    made = BrownOut.objects.create(
        starts_at=plan.starts_at, ends_at=plan.ends_at, reason=plan.reason, announced_at=now, created_by=by
    )
    _record(Kind.BROWN_OUT_PLANNED, made, by, now)
    announce(made, now=now)
    brown_outs.windows.forget()
    return made


@transaction.atomic
def change_brown_out(planned: BrownOut, plan: Plan, *, by: User | None, now: datetime) -> BrownOut:
    """Only before it starts. Those who were told are told anew. Raises BrownOutRefused."""
    check(plan, now, but=planned)
    changed = BrownOut.objects.filter(pk=planned.pk, cancelled_at=None, starts_at__gt=now).update(
        starts_at=plan.starts_at,
        ends_at=plan.ends_at,
        reason=plan.reason,
        announced_at=now,
        edition=planned.edition + 1,
    )
    if not changed:
        raise BrownOutRefused("starts_at", _("It has started or was called off; it can no longer be changed."))
    planned.refresh_from_db()
    compose.cancel(TELLING, about=("brown_out", planned.pk), now=now)
    _record(Kind.BROWN_OUT_CHANGED, planned, by, now)
    announce(planned, now=now)
    brown_outs.windows.forget()
    return planned


@transaction.atomic
def cancel_brown_out(planned: BrownOut, *, by: User | None, now: datetime) -> bool:
    """Also while it runs: the legacy model answers again within two seconds. False when it is over already."""
    if not BrownOut.objects.filter(pk=planned.pk, cancelled_at=None, ends_at__gt=now).update(cancelled_at=now):
        return False
    compose.cancel(TELLING, about=("brown_out", planned.pk), now=now)
    _record(Kind.BROWN_OUT_CANCELLED, planned, by, now)
    brown_outs.windows.forget()
    return True


def announce(planned: BrownOut, *, now: datetime, since: datetime | None = None) -> None:
    """`since`: only to those who approved after that, for whoever came later than the announcement."""
    for batch in legacy_audience.people(now, since=since):
        compose.tell(list(_drafts(NoticeKind.BROWN_OUT_ANNOUNCED, planned, batch)), now=now)
    for batch in legacy_audience.owners(since=since):
        compose.tell(list(_drafts(NoticeKind.APP_BROWN_OUT_ANNOUNCED, planned, batch)), now=now)


def _drafts(kind: NoticeKind, planned: BrownOut, batch: list[legacy_audience.Touched]) -> Iterator[Draft]:
    for touched in batch:
        detail = {
            "starts_at": planned.starts_at.isoformat(),
            "ends_at": planned.ends_at.isoformat(),
            "reason": planned.reason,
            "apps": [app.name for app in touched.apps],
            "changed": planned.edition > 1,
        }
        yield Draft(
            kind,
            touched.person_id,
            f"{planned.pk}:{planned.edition}",
            app=touched.apps[0] if len(touched.apps) == 1 else None,
            about=("brown_out", planned.pk),
            detail=detail,
        )


def _record(kind: Kind, planned: BrownOut, by: User | None, now: datetime) -> None:
    detail = {"starts_at": planned.starts_at.isoformat(), "ends_at": planned.ends_at.isoformat()}
    record(kind, now=now, actor=by, subject=("brown_out", planned.pk), detail=detail | {"reason": planned.reason})
