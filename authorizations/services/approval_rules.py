"""Rules by which an organization answers requests by itself: asked in their order, the first that matches decides."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import transaction
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from accounts.models import Organization, User
from authorizations.events.kinds import Kind
from authorizations.events.log import record
from authorizations.models import ApprovalRequest, ApprovalRule
from authorizations.services import rulings
from oauthapps import scopes as catalogue

Verdict = ApprovalRule.Verdict
MOST = 50
LONGEST_DAYS = 3650
DENIED_BY_RULE = gettext_lazy("A rule of the organization refuses such requests.")


class WrongRule(ValueError):
    """The text says what is wrong."""


@dataclass(frozen=True)
class Draft:
    verdict: str
    publisher_domain: str = ""
    only_verified: bool = False
    without_high_privilege: bool = False
    within_scopes: tuple[str, ...] | None = None
    days: int | None = None


def of(organization: Organization) -> list[ApprovalRule]:
    return list(ApprovalRule.objects.filter(organization=organization).order_by("position", "made_at", "pk"))


def matching(request: ApprovalRequest) -> ApprovalRule | None:
    """All conditions that a rule sets must hold, so a rule without any matches every request."""
    return next((rule for rule in of(request.organization) if matches(rule, request)), None)


def matches(rule: ApprovalRule, request: ApprovalRequest) -> bool:
    app = request.application
    if rule.publisher_domain and app.verified_domain.lower() != rule.publisher_domain:
        return False
    if rule.only_verified and not app.verified_domain:
        return False
    asked = [s for s in request.scopes if s in catalogue.CATALOGUE]
    if rule.without_high_privilege and catalogue.high_privilege(catalogue.closure(asked)):
        return False
    if rule.within_scopes is None:
        return True
    within = catalogue.closure(s for s in rule.within_scopes if s in catalogue.CATALOGUE)
    return len(asked) == len(request.scopes) and set(asked) <= within


def name_of(rule: ApprovalRule) -> str:
    """How an answer says who decided."""
    return (_("Rule: %(says)s") % {"says": sentence(rule)})[:200]


def sentence(rule: ApprovalRule) -> str:
    said = [_("Approve") if rule.verdict == Verdict.APPROVE else _("Deny")]
    if rule.days and rule.verdict == Verdict.APPROVE:
        said.append(ngettext("for %(days)s day", "for %(days)s days", rule.days) % {"days": rule.days})
    when = conditions(rule)
    return f"{' '.join(said)}, {', '.join(when)}" if when else _("%(does)s every request") % {"does": " ".join(said)}


def conditions(rule: ApprovalRule) -> list[str]:
    found = []
    if rule.publisher_domain:
        found.append(_("when the publisher is verified for %(domain)s") % {"domain": rule.publisher_domain})
    if rule.only_verified:
        found.append(_("when the publisher is verified"))
    if rule.without_high_privilege:
        found.append(_("when no high-privilege permission is asked for"))
    if rule.within_scopes is not None:
        titles = [_(catalogue.CATALOGUE[s].title) for s in rule.within_scopes if s in catalogue.CATALOGUE]
        found.append(_("when nothing beyond these is asked for: %(titles)s") % {"titles": ", ".join(titles)})
    return found


@transaction.atomic
def create(organization: Organization, draft: Draft, *, by: User, now: datetime) -> ApprovalRule:
    """At the end of the list. Raises WrongRule."""
    rulings.hold(organization)
    standing = of(organization)
    if len(standing) >= MOST:
        raise WrongRule(f"An organization has at most {MOST} rules.")
    values = checked(draft)
    position = standing[-1].position + 1 if standing else 0
    rule = ApprovalRule.objects.create(
        organization=organization, position=position, made_by_name=str(by)[:200], made_at=now, **values
    )
    _record(organization, rule, by, now, "created")
    return rule


def checked(draft: Draft) -> dict[str, Any]:
    """Raises WrongRule."""
    domain = draft.publisher_domain.strip().lower().rstrip(".")
    if draft.verdict not in Verdict.values:
        raise WrongRule(_("Choose whether the rule approves or denies."))
    if domain and (len(domain) > 253 or "." not in domain or not all(map(_is_label, domain.split(".")))):
        raise WrongRule(_("Write the domain as in contoso.com, without https:// and without a path."))
    if draft.within_scopes is not None and (not draft.within_scopes or catalogue.unknown(draft.within_scopes)):
        raise WrongRule(_("Choose at least one permission that the rule is limited to."))
    approves = draft.verdict == Verdict.APPROVE
    if draft.days is not None and not 1 <= draft.days <= LONGEST_DAYS:
        raise WrongRule(_("Write a number of days from 1 to %(most)s, or nothing.") % {"most": LONGEST_DAYS})
    bare = not (domain or draft.only_verified or draft.without_high_privilege or draft.within_scopes)
    if approves and bare:
        # Whoever means that turns the policy off, where the effect is shown first.
        raise WrongRule(_("A rule that approves needs at least one condition."))
    return {
        "verdict": draft.verdict,
        "publisher_domain": domain,
        "only_verified": draft.only_verified,
        "without_high_privilege": draft.without_high_privilege,
        "within_scopes": None if draft.within_scopes is None else list(draft.within_scopes),
        "days": draft.days if approves else None,
    }


def _is_label(text: str) -> bool:
    """Of a host name in ASCII, as apps are verified for."""
    plain = text.replace("-", "")
    return len(text) <= 63 and plain.isascii() and plain.isalnum() and text[0] != "-" and text[-1] != "-"


@transaction.atomic
def delete(organization: Organization, rule_id: UUID, *, by: User, now: datetime) -> bool:
    """What it decided stays decided. False when it is not there (any more)."""
    rulings.hold(organization)
    rule = ApprovalRule.objects.filter(organization=organization, pk=rule_id).first()
    if rule is None:
        return False
    _record(organization, rule, by, now, "deleted")
    rule.delete()
    return True


@transaction.atomic
def reorder(organization: Organization, order: Sequence[UUID], *, by: User, now: datetime) -> bool:
    """`order` names every rule once. False when there are others now, or nothing changes."""
    rulings.hold(organization)
    standing = {rule.pk: rule for rule in of(organization)}
    if sorted(order) != sorted(standing) or list(order) == list(standing):
        return False
    for position, rule_id in enumerate(order):
        standing[rule_id].position = position
    ApprovalRule.objects.bulk_update(standing.values(), ["position"])
    _record(organization, None, by, now, "reordered", order=[str(rule_id) for rule_id in order])
    return True


def _record(
    organization: Organization, rule: ApprovalRule | None, by: User, now: datetime, change: str, **more: Any
) -> None:
    detail = {"change": change} | ({"rule": sentence(rule)} if rule else {}) | more
    subject = ("approval_rule", rule.pk) if rule else ("organization", organization.pk)
    kind = Kind.APPROVAL_RULE_CHANGED
    record(kind, now=now, actor=by, organization=organization, subject=subject, detail=detail)
