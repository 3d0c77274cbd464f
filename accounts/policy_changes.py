"""How an organization changes its policies: at once or at an instant to come, and back.

What decides and its history change in one transaction, by one conditional statement: of two administrators who
change at the same time, the second is told and loses nothing.
"""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from django.db import transaction
from django.db.models import F
from django.utils.translation import gettext as _

from accounts import policies
from accounts.models import Organization, PolicyChange, User
from accounts.policies import POLICIES
from accounts.policy_telling import tell_administrators
from authorizations.events.kinds import Kind
from authorizations.events.log import record

LATEST = timedelta(days=366)
LONGEST_REASON = 500


class Refused(Exception):
    """The text says to the person what is wrong and what to do."""


class UnknownPolicy(Refused):
    """There is no policy of this name."""


class NoReason(Refused):
    """Why was not said."""


class WrongInstant(Refused):
    """Not an instant at which a change can begin."""


class Stale(Refused):
    """Somebody changed a policy of this organization in the meantime."""


class TooLate(Refused):
    """The change cannot be taken back any more."""


def set_policy(
    organization: Organization,
    key: str,
    value: Any,
    *,
    by: User,
    why: str,
    seen_version: int,
    now: datetime,
    effective_at: datetime | None = None,
    announce: bool = False,
    undoes: PolicyChange | None = None,
) -> PolicyChange | None:
    """None when it is so already. `effective_at`: None is at once. Raises Refused, policies.WrongValue."""
    if key not in POLICIES:
        raise UnknownPolicy(_("There is no such policy."))
    value, why, begins = POLICIES[key].kind.parse(value), _reason(why), _instant(effective_at, now)
    stored = organization.policies
    previous = getattr(policies.effective(stored, now), key)
    if previous == value or policies.scheduled(stored, key, now) == (begins.timestamp(), value):
        return None
    with transaction.atomic():
        after = policies.with_value(stored, key, value, begins=begins, now=now)
        _replace(organization, after, seen_version)
        _supersede(organization, key, by, now)
        change = PolicyChange.objects.create(
            organization=organization,
            policy=key,
            value=value,
            previous=previous,
            why=why,
            made_by=by,
            made_by_name=str(by)[:200],
            made_at=now,
            effective_at=begins,
            version=organization.policies_version,
            announce=announce,
            undoes=undoes,
        )
        _say(Kind.POLICY_SCHEDULED if begins > now else Kind.POLICY_CHANGED, change, by, now)
    return change


def cancel(change: PolicyChange, *, by: User, now: datetime) -> None:
    """A change that is still to come does not come. Raises TooLate."""
    with transaction.atomic():
        # Locked: what is taken out of the policies must be this change, and not one that replaced it meanwhile.
        organization = Organization.objects.select_for_update().get(pk=change.organization_id)
        coming = policies.scheduled(organization.policies, change.policy, now)
        if coming != (change.effective_at.timestamp(), change.value) or not _mark_cancelled(change, by, now):
            raise TooLate(_("This change is not to come any more: it has begun, or was cancelled or replaced."))
        current = getattr(policies.effective(organization.policies, now), change.policy)
        after = {**organization.policies, change.policy: [[0, current]]}
        _replace(organization, after, organization.policies_version)
        change.organization = organization
        _say(Kind.POLICY_CANCELLED, change, by, now)


def undo(change: PolicyChange, *, by: User, why: str, seen_version: int, now: datetime) -> PolicyChange | None:
    """Sets the value that was before, as a change of its own. Raises Refused."""
    if not can_undo(change, now):
        raise TooLate(_("Something newer was decided about this policy. Change the policy itself."))
    return set_policy(
        change.organization,
        change.policy,
        change.previous,
        by=by,
        why=why,
        seen_version=seen_version,
        now=now,
        undoes=change,
    )


def can_undo(change: PolicyChange, now: datetime) -> bool:
    """It counts, and nothing newer was decided about the policy. One statement."""
    if change.cancelled_at is not None or change.effective_at > now:
        return False
    newer = PolicyChange.objects.filter(
        organization=change.organization_id, policy=change.policy, version__gt=change.version, cancelled_at=None
    )
    return not newer.exists()


def _reason(why: str) -> str:
    why = " ".join(why.replace("\x00", "").split())
    if not why:
        raise NoReason(_("Say why: members and other administrators read it."))
    if len(why) > LONGEST_REASON:
        raise NoReason(_("The reason has more than %(most)s characters.") % {"most": LONGEST_REASON})
    return why


def _instant(effective_at: datetime | None, now: datetime) -> datetime:
    if effective_at is None:
        return now
    if effective_at <= now:
        raise WrongInstant(_("That instant is over. Choose a later one, or let it count now."))
    if effective_at > now + LATEST:
        raise WrongInstant(_("A change can be planned for at most a year ahead."))
    # Whole seconds: what is written on pages is then exactly when it begins.
    return effective_at.replace(microsecond=0)


def _replace(organization: Organization, after: Mapping[str, Any], seen_version: int) -> None:
    """The conditional statement. Raises Stale."""
    found = Organization.objects.filter(pk=organization.pk, policies_version=seen_version)
    same = organization.policies_version == seen_version
    if not same or not found.update(policies=after, policies_version=F("policies_version") + 1):
        raise Stale(_("Somebody changed a policy of this organization in the meantime. Look at it, then decide again."))
    organization.policies, organization.policies_version = dict(after), seen_version + 1


def _supersede(organization: Organization, key: str, by: User, now: datetime) -> None:
    """The change of this policy that was to come, if there is one, is replaced by this one."""
    waiting = PolicyChange.objects.filter(
        organization=organization, policy=key, effective_at__gt=now, cancelled_at=None
    )
    for change in waiting:
        if _mark_cancelled(change, by, now):
            change.organization = organization
            _say(Kind.POLICY_CANCELLED, change, by, now, replaced=True)


def _mark_cancelled(change: PolicyChange, by: User, now: datetime) -> bool:
    change.cancelled_at, change.cancelled_by_name = now, str(by)[:200]
    found = PolicyChange.objects.filter(pk=change.pk, cancelled_at=None)
    return bool(found.update(cancelled_at=now, cancelled_by_name=change.cancelled_by_name))


def _say(kind: Kind, change: PolicyChange, by: User, now: datetime, *, replaced: bool = False) -> None:
    record(
        kind,
        now=now,
        actor=by,
        organization=change.organization,
        subject=("policy_change", change.pk),
        detail={
            "policy": change.policy,
            "old": change.previous,
            "new": change.value,
            "why": change.why,
            "effective_at": change.effective_at.isoformat(),
            **({"undoes": str(change.undoes_id)} if change.undoes_id else {}),
            **({"replaced": True} if replaced else {}),
        },
    )
    if not replaced:
        tell_administrators(kind, change, by, now)
