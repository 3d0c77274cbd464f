"""Members ask that a service may act in their organization; reviewers answer.

An answer is one conditional statement on the request: of two reviewers at once exactly one answers, and the other is
told. Everything here holds the organization (see rulings).
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from django.conf import settings
from django.db import transaction

from accounts.models import Membership, Organization, User
from authorizations import bounds
from authorizations.bounds import Bound
from authorizations.events.kinds import Kind
from authorizations.events.log import record
from authorizations.models import ApprovalRequest, ApprovalRule
from authorizations.policy import Reason
from authorizations.services import answering, approval_notices, approval_rules, rulings
from oauthapps.models import Application

State = ApprovalRequest.State
LONGEST_TEXT = 1000


class ApprovalRefused(Exception):
    """The text says why, for the person who tried."""


class NotAMember(ApprovalRefused):
    pass


class NothingToAsk(ApprovalRefused):
    """Approval is not what is missing; `reason` is what the policy says instead, if it refuses at all."""

    def __init__(self, reason: Reason | None) -> None:
        super().__init__("No approval is needed for this.")
        self.reason = reason


class TooMany(ApprovalRefused):
    pass


class NoJustification(ApprovalRefused):
    pass


class NotAReviewer(ApprovalRefused):
    pass


class OwnRequest(ApprovalRefused):
    pass


class AnsweredAlready(ApprovalRefused):
    """Somebody was quicker, or its time is over."""


class WrongAnswer(ApprovalRefused):
    pass


def needing(bound: Bound) -> list[str]:
    """The permissions that only an approval is missing for."""
    return [s for s, reason in bound.refused.items() if reason is Reason.APPROVAL_NEEDED]


@transaction.atomic
def ask(
    person: User,
    organization: Organization,
    app: Application,
    *,
    scopes: Sequence[str],
    justification: str,
    now: datetime,
) -> ApprovalRequest:
    """The open request of the person for the service there, or one that a rule answered at once. Asking again adds to
    the open one. Raises ApprovalRefused.
    """
    rulings.hold(organization)
    organization.refresh_from_db()  # the policies as they are now
    said = " ".join(justification.split())[:LONGEST_TEXT]
    if not said:
        raise NoJustification("Say what you need the service for. It helps those who decide.")
    wanted = _needed(person, organization, app, scopes, now)
    _check_number(person, organization, now)
    request = _written(person, organization, app, wanted, said, now)
    rule = approval_rules.matching(request)
    if rule is not None:
        _by_rule(request, rule, now)
    return request


def _needed(
    person: User, organization: Organization, app: Application, scopes: Sequence[str], now: datetime
) -> list[str]:
    bound = bounds.bound_in(person, organization, app, scopes, now=now) if person.is_active else None
    if bound is None:
        raise NotAMember("Only members of the organization can ask for this.")
    if not (found := needing(bound)):
        raise NothingToAsk(bound.reason)
    return found


def _check_number(person: User, organization: Organization, now: datetime) -> None:
    """Each request reaches every reviewer: nobody floods them."""
    since = now - timedelta(days=1)
    recent = ApprovalRequest.objects.filter(person=person, organization=organization, asked_at__gt=since)
    if recent.count() >= settings.APPROVAL_REQUESTS_A_DAY:
        raise TooMany("You asked for so many services today that no more requests are taken. Try again tomorrow.")


def _written(
    person: User, organization: Organization, app: Application, wanted: list[str], said: str, now: datetime
) -> ApprovalRequest:
    mine = ApprovalRequest.objects.filter(person=person, organization=organization, application=app, state=State.OPEN)
    standing = mine.select_related("organization", "person", "application").first()
    if standing is not None and not standing.is_open(now):
        answering.answer([standing], State.EXPIRED, by=None, now=now)  # the job had not come to it yet
        standing = None
    values = {"justification": said, "expires_at": now + settings.APPROVAL_REQUEST_LIFETIME}
    before = set(standing.scopes) if standing else set()
    if standing is None:
        named = {"person": person, "organization": organization, "application": app}
        standing = ApprovalRequest.objects.create(scopes=wanted, asked_at=now, **named, **values)
    else:
        standing.scopes = list(dict.fromkeys([*standing.scopes, *wanted]))
        for name, value in values.items():
            setattr(standing, name, value)
        standing.save(update_fields=["scopes", *values])
    _record(Kind.APPROVAL_REQUESTED, standing, person, now, {"justification": said, "scopes": standing.scopes})
    if set(standing.scopes) != before:
        approval_notices.asked(standing, now=now)
    return standing


def _by_rule(request: ApprovalRequest, rule: ApprovalRule, now: datetime) -> None:
    name = approval_rules.name_of(rule)
    if rule.verdict == ApprovalRule.Verdict.DENY:
        said = {"rule": rule, "answer": str(approval_rules.DENIED_BY_RULE)}
        answering.answer([request], State.DENIED, by=None, by_name=name, now=now, detail=_rule(rule), **said)
        return
    until = now + timedelta(days=rule.days) if rule.days else None
    _approve(request, request.scopes, until, by=None, by_name=name, answer="", now=now, rule=rule)


def _rule(rule: ApprovalRule | None) -> dict[str, Any]:
    return {"rule": str(rule.pk)} if rule else {}


@dataclass(frozen=True)
class Verdict:
    """How a reviewer answers. `scopes` are those approved; `days` None is without an end."""

    state: str
    scopes: tuple[str, ...] = ()
    days: int | None = None
    answer: str = ""


LONGEST_DAYS = 3650


@transaction.atomic
def decide(request_id: UUID, verdict: Verdict, *, by: User, now: datetime) -> ApprovalRequest:
    """Raises ApprovalRefused, RulingRefused; then nothing happened."""
    request = _held(request_id)
    _check_reviewer(request, by)
    if not request.is_open(now):
        raise AnsweredAlready("This request was answered already, or its time is over.")
    said = verdict.answer.strip()[:LONGEST_TEXT]
    if verdict.state == State.APPROVED:
        until = _until(verdict, now)
        _check_scopes(request, verdict.scopes)
        _approve(request, list(verdict.scopes), until, by=by, by_name="", answer=said, now=now)
    elif verdict.state == State.DENIED:
        _end(request, State.DENIED, by=by, answer=said, now=now)
    elif verdict.state == State.BLOCKED:
        _end(request, State.BLOCKED, by=by, answer=said, now=now)
        rulings.block(request.organization, request.application, by=by, why=said, now=now, request_id=request.pk)
    else:
        raise WrongAnswer("Choose how you answer.")
    return request


def _held(request_id: UUID) -> ApprovalRequest:
    """The organization first, as everywhere; then the request as it is."""
    found = ApprovalRequest.objects.select_related("organization", "person", "application")
    rulings.hold(found.get(pk=request_id).organization)
    return found.get(pk=request_id)


def _check_reviewer(request: ApprovalRequest, by: User) -> None:
    """Asked again here, live: whoever lost the right while the page was open does not decide."""
    membership = Membership.objects.select_related("organization").filter(
        organization_id=request.organization_id, person=by, person__is_active=True
    )
    found = membership.first()
    if found is None or not found.reviews:
        raise NotAReviewer("You do not review requests in this organization.")
    if request.person_id == by.pk and not found.administers:
        raise OwnRequest("Somebody else has to answer a request of your own.")


def _until(verdict: Verdict, now: datetime) -> datetime | None:
    if verdict.days is None:
        return None
    if not 1 <= verdict.days <= LONGEST_DAYS:
        raise WrongAnswer(f"Approve for 1 to {LONGEST_DAYS} days, or without an end.")
    return now + timedelta(days=verdict.days)


def _check_scopes(request: ApprovalRequest, scopes: Sequence[str]) -> None:
    if not scopes:
        raise WrongAnswer("Choose at least one permission, or deny the request.")
    if not set(scopes) <= set(request.scopes):
        raise WrongAnswer("The request asks for other permissions now. Look at it again.")


def _approve(
    request: ApprovalRequest,
    scopes: list[str],
    until: datetime | None,
    *,
    by: User | None,
    by_name: str,
    answer: str,
    now: datetime,
    rule: ApprovalRule | None = None,
) -> None:
    said = {"approved_scopes": scopes, "approved_until": until, "answer": answer, "rule": rule}
    _end(request, State.APPROVED, by=by, by_name=by_name, now=now, detail=_rule(rule), **said)
    rulings.approve(
        request.organization,
        request.application,
        scopes=scopes,
        until=until,
        by=by,
        by_name=by_name,
        why=answer,
        now=now,
        request_id=request.pk,
    )


def _end(
    request: ApprovalRequest, state: ApprovalRequest.State, *, by: User | None, now: datetime, **said: Any
) -> None:
    if not answering.answer([request], state, by=by, now=now, **said):
        raise AnsweredAlready("This request was answered already, or its time is over.")


@transaction.atomic
def deny_by_mail(request_id: UUID, reviewer_id: UUID, *, answer: str = "", now: datetime) -> ApprovalRequest:
    """With the link of a mail and no sign-in: it can only refuse. Whose link it was is on record, and is told."""
    request = _held(request_id)
    reviewer = User.objects.filter(pk=reviewer_id, is_active=True).first()
    if reviewer is None:
        raise NotAReviewer("You do not review requests in this organization.")
    _check_reviewer(request, reviewer)
    if not request.is_open(now):
        raise AnsweredAlready("This request was answered already, or its time is over.")
    detail = {"by_mail": True, "link_of": str(reviewer.pk)}
    name = f"{reviewer}, by a link in a mail"
    said = answer.strip()[:LONGEST_TEXT]
    _end(request, State.DENIED, by=None, by_name=name, answer=said, now=now, detail=detail)
    approval_notices.denied_by_mail(request, reviewer.pk, now=now)
    return request


@transaction.atomic
def withdraw(request_id: UUID, *, by: User, now: datetime) -> bool:
    """The person's own. False when it is not open any more."""
    request = _held(request_id)
    if request.person_id != by.pk:
        raise ApprovalRefused("It is not your request.")
    return bool(request.is_open(now) and answering.answer([request], State.WITHDRAWN, by=by, now=now))


def _record(kind: Kind, request: ApprovalRequest, by: User, now: datetime, detail: dict[str, Any]) -> None:
    record(
        kind,
        now=now,
        actor=by,
        person=request.person,
        app=request.application,
        organization=request.organization,
        subject=("approval_request", request.pk),
        detail=detail,
    )
