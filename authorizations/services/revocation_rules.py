"""Revocation rules: from the commit on, everything begun before an instant that has any of the permissions is refused
in one organization, in every process.

What decides stands on the organization and comes with the statement that finds the member. It is worked out anew from
the rules that stand, under a lock on the organization, so that two changes at once never undo each other.
"""

from collections import defaultdict
from collections.abc import Collection, Iterable, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

from django.db import transaction
from django.db.models import Min
from django.utils.translation import gettext as _

from accounts.models import Organization, User
from authorizations.events.kinds import Kind
from authorizations.events.log import record
from authorizations.models import Connection, PersonalAccessToken, RevocationRule
from authorizations.notifications import compose
from authorizations.notifications.kinds import NoticeKind
from oauthapps import scopes as catalogue

MOST_STANDING = 200
LONGEST_WHY = 500
# Clocks of processes differ, and an exchange that began before may commit a little later.
MARGIN = timedelta(hours=1)


class RuleRefused(Exception):
    """`field` names what is wrong, the message says what to do."""

    def __init__(self, field: str, message: str) -> None:
        super().__init__(message)
        self.field = field


def checked(scopes: Sequence[str], created_before: datetime | None, now: datetime) -> tuple[list[str], datetime]:
    """The permissions, each once and in the order of the catalogue, and the instant. Raises RuleRefused."""
    if unknown := catalogue.unknown(scopes):
        raise RuleRefused("scopes", _("There is no permission %(name)s.") % {"name": unknown[0][:100]})
    ruled = [s for s in catalogue.CATALOGUE if s in catalogue.of_the_api(scopes)]
    if len(ruled) < len(set(scopes)):
        raise RuleRefused("scopes", _("Permissions to sign in reach no organization. Leave them out."))
    if not ruled:
        raise RuleRefused("scopes", _("Choose at least one permission."))
    before = (created_before or now).astimezone(UTC)
    if before > now:
        raise RuleRefused("created_before", _("The instant must not lie in the future. Leave it out for now."))
    return ruled, before


@transaction.atomic
def make(
    organization: Organization,
    scopes: Sequence[str],
    *,
    created_before: datetime | None = None,
    why: str = "",
    by: User,
    now: datetime,
) -> RevocationRule:
    """Raises RuleRefused. The people whom it stops are told by a job: there may be many."""
    ruled, before = checked(scopes, created_before, now)
    _lock(organization)
    if RevocationRule.objects.standing().filter(organization=organization).count() >= MOST_STANDING:
        raise RuleRefused(
            "", _("There are %(most)s rules already. Withdraw some that are not needed.") % {"most": MOST_STANDING}
        )
    rule = RevocationRule.objects.create(
        organization=organization,
        scopes=ruled,
        created_before=before,
        why=why.replace("\x00", "").strip()[:LONGEST_WHY],
        made_by=by,
        made_by_name=str(by)[:200],
        made_at=now,
    )
    _put_in_force(organization)
    _record(Kind.REVOCATION_RULE_MADE, rule, by, now)
    return rule


@transaction.atomic
def withdraw(rule: RevocationRule, *, by: User, now: datetime) -> bool:
    """What it refused works again, unless it has ended meanwhile. False when it did not stand any more."""
    _lock(rule.organization)
    gone = RevocationRule.objects.standing().filter(pk=rule.pk)
    if not gone.update(withdrawn_at=now, withdrawn_by_name=str(by)[:200]):
        return False
    _put_in_force(rule.organization)
    compose.cancel([NoticeKind.REVOCATION_RULE_APPLIED], about=("revocation_rule", rule.pk), now=now)
    _record(Kind.REVOCATION_RULE_WITHDRAWN, rule, by, now)
    return True


def close_over(*, now: datetime) -> int:
    """Closes rules that nothing is left for: all that is in force was begun after their instant."""
    over = RevocationRule.objects.standing().filter(created_before__lte=_oldest(now) - MARGIN)
    return sum(_close(o, over, now) for o in Organization.objects.filter(pk__in=over.values("organization")))


def _oldest(now: datetime) -> datetime:
    """When the oldest of what is in force was begun. A personal token that has ended may still be prolonged."""
    found = [
        Connection.objects.filter(revoked_at=None, expires_at__gt=now).aggregate(at=Min("created_at"))["at"],
        PersonalAccessToken.objects.filter(revoked_at=None).aggregate(at=Min("issued_at"))["at"],
    ]
    return min([now, *(at for at in found if at)])


@transaction.atomic
def _close(organization: Organization, over: Any, now: datetime) -> int:
    _lock(organization)
    closed = over.filter(organization=organization).update(over_at=now)
    _put_in_force(organization)
    return closed


def _lock(organization: Organization) -> None:
    list(Organization.objects.select_for_update(no_key=True).filter(pk=organization.pk).values_list("pk"))


def _put_in_force(organization: Organization) -> None:
    """In the caller's transaction, which holds the lock."""
    standing = RevocationRule.objects.standing().filter(organization=organization)
    found = in_force(standing.values_list("created_before", "scopes"))
    Organization.objects.filter(pk=organization.pk).update(token_rules=found)
    organization.token_rules = found


def in_force(rules: Iterable[tuple[datetime, Collection[str]]]) -> list[list[Any]]:
    """The fewest pairs of instant and permissions that refuse the same, the latest first.

    For each permission its latest instant counts. One that carries another with it says nothing where the other is
    ruled out up to the same instant or a later one. So there are never more pairs than permissions.
    """
    latest: dict[str, datetime] = {}
    for before, scopes in rules:
        for scope in (s for s in scopes if s in catalogue.CATALOGUE):
            latest[scope] = max(before, latest.get(scope, before))
    together: dict[datetime, list[str]] = defaultdict(list)
    for scope, before in latest.items():
        carried = catalogue.closure([scope]) - {scope}
        if not any(latest[s] >= before for s in carried if s in latest):
            together[before].append(scope)
    return [[before.timestamp(), sorted(together[before])] for before in sorted(together, reverse=True)]


def _record(kind: Kind, rule: RevocationRule, by: User, now: datetime) -> None:
    record(
        kind,
        now=now,
        actor=by,
        organization=rule.organization,
        subject=("revocation_rule", rule.pk),
        detail={"scopes": rule.scopes, "created_before": rule.created_before.isoformat(), "why": rule.why},
    )
