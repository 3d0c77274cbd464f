"""How a service stands in an organization: approved, blocked, or nothing said. Every decision reads it live.

Each function is one transaction that holds the organization, so that asking, answering and ruling never pass each
other unseen. Those who use a service that lost something are told by a job: there may be thousands of them.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import transaction

from accounts.models import Organization, User
from authorizations.events.kinds import Kind
from authorizations.events.log import record
from authorizations.models import ServiceRuling
from authorizations.services import answering
from oauthapps import scopes as catalogue
from oauthapps.models import Application

Decision = ServiceRuling.Decision
Ends = Mapping[str, datetime | None]


class RulingRefused(Exception):
    """What was asked for cannot be decided; the text says why."""


class IsBlocked(RulingRefused):
    """The service is blocked: that has to be taken back first."""


def hold(organization: Organization) -> None:
    """Until the end of the transaction, nobody else asks, answers or rules here."""
    Organization.objects.select_for_update(no_key=True).get(pk=organization.pk)


def of(organization: Organization, app: Application) -> ServiceRuling | None:
    return ServiceRuling.objects.filter(organization=organization, application=app).first()


@transaction.atomic
def approve(
    organization: Organization,
    app: Application,
    *,
    scopes: Sequence[str] | None,
    until: datetime | None,
    by: User | None,
    why: str = "",
    now: datetime,
    by_name: str = "",
    request_id: UUID | None = None,
) -> ServiceRuling:
    """Adds to what is approved; nothing that stands is cut short by it. `scopes` None: all that the service is
    registered for, now and later, and then `until` counts for everything. Raises IsBlocked, RulingRefused.
    """
    hold(organization)
    standing = of(organization, app)
    if standing is not None and standing.decision == Decision.BLOCKED:
        raise IsBlocked("The service is blocked here. Take that back first.")
    _check(app, scopes, until, now)
    ends = None if scopes is None else added(_ends_now(standing, app, now), dict.fromkeys(scopes, until))
    ruling = _write(
        organization, app, Decision.APPROVED, by=by, by_name=by_name, why=why, now=now, **columns(ends, until)
    )
    if request_id is None:  # otherwise the record of the request says it
        said = {"scopes": None if scopes is None else list(scopes), "until": _told(until), "why": why}
        _record(Kind.APPROVAL_GRANTED, ruling, by, now, said)
    answering.satisfied(ruling, by=by, by_name=by_name, but=request_id, now=now)
    return ruling


@transaction.atomic
def change_approval(
    organization: Organization,
    app: Application,
    *,
    scopes: Sequence[str],
    until: datetime | None,
    seen: datetime,
    by: User,
    why: str = "",
    now: datetime,
) -> bool:
    """Exactly these permissions until then, instead of what is approved. False when it was decided anew after `seen`."""
    hold(organization)
    standing = of(organization, app)
    if standing is None or standing.decided_at != seen or not standing.approves(now):
        return False
    _check(app, scopes, until, now)
    before = {"scopes": standing.scopes, "until": _told(standing.expires_at)}
    kept = catalogue.closure(scopes)
    lost = [s for s in standing.approved_scopes(now) or app.all_scopes if s not in kept]
    ends = columns(dict.fromkeys(scopes, until), until)
    ruling = _write(organization, app, Decision.APPROVED, by=by, why=why, now=now, lost=_lost("ended", lost), **ends)
    said = {"scopes": list(scopes), "until": _told(until), "before": before, "why": why}
    _record(Kind.APPROVAL_CHANGED, ruling, by, now, said)
    answering.satisfied(ruling, by=by, now=now)
    return True


@transaction.atomic
def end_approval(
    organization: Organization, app: Application, *, by: User | None, why: str = "", now: datetime
) -> bool:
    """From now on the service needs approval again, where it needs any. False when nothing was approved."""
    hold(organization)
    standing = of(organization, app)
    if standing is None or not standing.approves(now):
        return False
    lost = _lost("ended", standing.approved_scopes(now))
    ruling = _write(organization, app, Decision.ENDED, by=by, why=why, now=now, lost=lost)
    _record(Kind.SERVICE_APPROVAL_ENDED, ruling, by, now, {"scopes": standing.scopes, "why": why})
    return True


@transaction.atomic
def block(
    organization: Organization,
    app: Application,
    *,
    by: User | None,
    why: str = "",
    now: datetime,
    request_id: UUID | None = None,
) -> bool:
    """Nothing of the service works here from now on, whatever was approved; open requests for it are answered with
    that. False when it was blocked already.
    """
    hold(organization)
    standing = of(organization, app)
    if standing is not None and standing.decision == Decision.BLOCKED:
        return False
    ruling = _write(organization, app, Decision.BLOCKED, by=by, why=why, now=now, lost=_lost("blocked", None))
    about = {"request": str(request_id)} if request_id else {}
    _record(Kind.SERVICE_BLOCKED, ruling, by, now, about | {"why": why})
    answering.blocked(ruling, by=by, but=request_id, now=now)
    return True


@transaction.atomic
def unblock(organization: Organization, app: Application, *, by: User | None, why: str = "", now: datetime) -> bool:
    """An approval from before the block does not come back. False when it was not blocked (any more)."""
    hold(organization)
    standing = of(organization, app)
    if standing is None or standing.decision != Decision.BLOCKED:
        return False
    ruling = _write(organization, app, Decision.ENDED, by=by, why=why, now=now)
    _record(Kind.SERVICE_UNBLOCKED, ruling, by, now, {"why": why})
    return True


@transaction.atomic
def expire(ruling_id: UUID, *, now: datetime) -> tuple[ServiceRuling, list[str] | None] | None:
    """Takes out of an approval what is over: the ruling, and what that was (None: all of it). None when nothing is."""
    found = ServiceRuling.objects.select_related("organization", "application")
    hold(found.get(pk=ruling_id).organization)
    ruling = found.get(pk=ruling_id)
    if ruling.decision != Decision.APPROVED or ruling.next_end_at is None or ruling.next_end_at > now:
        return None
    left = {s: end for s, end in ruling.ends().items() if end is None or end > now}
    lost = None if ruling.scopes is None else [s for s in ruling.scopes if s not in left]
    ended: dict[str, Any] = {
        "decision": Decision.ENDED,
        "scopes": None,
        "expires_at": None,
        "sooner": {},
        "next_end_at": None,
    }
    values = columns(left, None) if left else ended
    for name, value in (values | {"reminded_at": None, "untold": _untold(ruling, _lost("expired", lost), now)}).items():
        setattr(ruling, name, value)
    ruling.save()
    _record(Kind.SERVICE_APPROVAL_ENDED, ruling, None, now, {"scopes": lost, "expired": True})
    return ruling, lost


def added(standing: Ends, more: Ends) -> dict[str, datetime | None]:
    """Each permission until the later of its ends; None is later than any."""
    found = dict(standing)
    for scope, until in more.items():
        before = found.get(scope, until)
        found[scope] = None if before is None or until is None else max(before, until)
    return found


def columns(ends: Ends | None, until: datetime | None) -> dict[str, Any]:
    """How the ends of permissions are stored: one for the whole, and those that come sooner. `ends` None: all of them
    end `until`."""
    if ends is None:
        return {"scopes": None, "expires_at": until, "sooner": {}, "next_end_at": until}
    dated = [end for end in ends.values() if end is not None]
    whole = max(dated) if dated and len(dated) == len(ends) else None
    return {
        "scopes": list(ends),
        "expires_at": whole,
        "sooner": {s: end.timestamp() for s, end in ends.items() if end is not None and end != whole},
        "next_end_at": min(dated, default=None),
    }


def _ends_now(standing: ServiceRuling | None, app: Application, now: datetime) -> dict[str, datetime | None]:
    if standing is None or not standing.approves(now):
        return {}
    if standing.scopes is None:
        return dict.fromkeys(catalogue.of_the_api(app.all_scopes), standing.expires_at)
    return {s: end for s, end in standing.ends().items() if end is None or end > now}


def _check(app: Application, scopes: Sequence[str] | None, until: datetime | None, now: datetime) -> None:
    if until is not None and until <= now:
        raise RulingRefused("An approval has to end later than now.")
    if scopes is not None and not scopes:
        raise RulingRefused("Choose at least one permission.")
    if scopes is not None and not set(scopes) <= app.scope_closure:
        raise RulingRefused("The service is not registered for one of these permissions.")


def _untold(standing: ServiceRuling | None, lost: dict[str, Any] | None, now: datetime) -> dict[str, Any] | None:
    """What nobody was told of yet stays to be told."""
    before = standing.untold if standing else None
    if lost is None:
        return before
    all_of_it = lost["scopes"] is None or (before is not None and before["scopes"] is None)
    scopes = None if all_of_it else [*dict.fromkeys([*(before["scopes"] if before else ()), *lost["scopes"]])]
    return {"how": lost["how"], "scopes": scopes, "at": now.isoformat()}


def _lost(how: str, scopes: Sequence[str] | None) -> dict[str, Any] | None:
    """What a job tells about; None when nothing was lost."""
    return None if scopes == [] else {"how": how, "scopes": scopes}


def _write(
    organization: Organization,
    app: Application,
    decision: Decision,
    *,
    by: User | None,
    why: str,
    now: datetime,
    by_name: str = "",
    lost: dict[str, Any] | None = None,
    **ends: Any,
) -> ServiceRuling:
    standing = of(organization, app)
    said = {"scopes": None, "expires_at": None, "sooner": {}, "next_end_at": None} | ends
    said |= {"reminded_at": None, "untold": _untold(standing, lost, now)}
    by_whom = {"decided_by": by, "decided_by_name": (by_name or str(by or ""))[:200]}
    values = said | by_whom | {"decision": decision, "why": why[:500], "decided_at": now}
    ruling, _ = ServiceRuling.objects.update_or_create(organization=organization, application=app, defaults=values)
    return ruling


def _told(instant: datetime | None) -> str | None:
    return instant.isoformat() if instant else None


def _record(kind: Kind, ruling: ServiceRuling, by: User | None, now: datetime, detail: dict[str, Any]) -> None:
    record(
        kind,
        now=now,
        actor=by,
        app=ruling.application,
        organization=ruling.organization,
        subject=("service_ruling", ruling.pk),
        detail=detail if by else detail | {"by": ruling.decided_by_name},
    )
