"""Changing one policy: choose, see what it would refuse, say why and when, and confirm. And the way back."""

from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils import timezone
from django.utils.dateparse import parse_datetime
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods

from accounts import policies, policy_changes
from accounts.models import PolicyChange
from accounts.pages.organization import frame
from accounts.pages.organization.frame import Seat
from accounts.policies import Policy, WrongValue
from accounts.policy_changes import Refused
from accounts.stepup import PersonRequest, signed_in
from authorizations.notifications.texts.policies import value_words
from authorizations.pages.organization.policies import choices, found, policy_of
from authorizations.services import impact

FOLDER = "authorizations/organization/"


@require_GET
@signed_in
def choose(request: PersonRequest, organization: str, key: str) -> HttpResponse:
    seat, policy = frame.policy_setter(request, organization), policy_of(key)
    return _choosing(request, seat, policy)


def _choosing(
    request: PersonRequest, seat: Seat, policy: Policy, problem: str = "", said: str | None = None
) -> HttpResponse:
    current = policies.effective(seat.organization.policies, timezone.now())
    now = getattr(current, policy.key)
    context = {
        "policy": policy,
        "value": value_words(now),
        "choices": choices(policy, current),
        "days": said if said is not None else (now or ""),
        "problem": problem,
        "preview_url": reverse("organization:policy-preview", args=[seat.slug, policy.key]),
    }
    return frame.render_tab(request, seat, "policies", f"{FOLDER}policy.html", context, status=400 if problem else 200)


@require_http_methods(["GET", "POST"])
@signed_in
def preview(request: PersonRequest, organization: str, key: str) -> HttpResponse:
    """GET shows what it would refuse; POST decides."""
    seat, policy, now = frame.policy_setter(request, organization), policy_of(key), timezone.now()
    said = (request.POST if request.method == "POST" else request.GET).get("value", "")[:40].strip()
    try:
        value = policy.kind.parse(said)
    except WrongValue as error:
        return _choosing(request, seat, policy, str(error), said)
    if request.method == "GET":
        return _confirming(request, seat, policy, value, now)
    try:
        made = policy_changes.set_policy(
            seat.organization,
            policy.key,
            value,
            by=request.user,
            why=request.POST.get("why", ""),
            seen_version=_number(request.POST.get("seen", "")),
            effective_at=_instant(request.POST),
            announce="announce" in request.POST,
            now=now,
        )
    except Refused as error:
        return _confirming(request, seat, policy, value, now, problem=str(error))
    return _done(request, seat, policy, made)


@require_http_methods(["GET", "POST"])
@signed_in
def undo(request: PersonRequest, organization: str, change: UUID) -> HttpResponse:
    seat, now = frame.policy_setter(request, organization), timezone.now()
    made = found(seat, change)
    policy = policy_of(made.policy)
    if request.method == "GET":
        if policy_changes.can_undo(made, now):
            return _confirming(request, seat, policy, made.previous, now, undoes=made)
        messages.error(request, _("Something newer was decided about this policy. Change the policy itself."))
        return _back(seat)
    try:
        back = policy_changes.undo(
            made,
            by=request.user,
            why=request.POST.get("why", ""),
            seen_version=_number(request.POST.get("seen", "")),
            now=now,
        )
    except policy_changes.TooLate as error:
        messages.error(request, str(error))
        return _back(seat)
    except Refused as error:
        return _confirming(request, seat, policy, made.previous, now, undoes=made, problem=str(error))
    return _done(request, seat, policy, back)


@require_http_methods(["GET", "POST"])
@signed_in
def cancel(request: PersonRequest, organization: str, change: UUID) -> HttpResponse:
    seat, now = frame.policy_setter(request, organization), timezone.now()
    made = found(seat, change)
    policy = policy_of(made.policy)
    if request.method == "GET":
        context = {"policy": policy, "change": made, "new": value_words(made.value), "old": value_words(made.previous)}
        return frame.render_tab(request, seat, "policies", f"{FOLDER}policy_cancel.html", context)
    try:
        policy_changes.cancel(made, by=request.user, now=now)
        messages.success(request, _("The planned change of “%(policy)s” does not come.") % {"policy": policy.title})
    except Refused as error:
        messages.error(request, str(error))
    return _back(seat)


def _confirming(
    request: PersonRequest,
    seat: Seat,
    policy: Policy,
    value: Any,
    now: datetime,
    *,
    undoes: PolicyChange | None = None,
    problem: str = "",
) -> HttpResponse:
    current = getattr(policies.effective(seat.organization.policies, now), policy.key)
    week = (now + timedelta(days=7)).replace(minute=0)
    context = {
        "policy": policy,
        "same": value == current,
        "old": value_words(current),
        "new": value_words(value),
        "value": "" if value is None else str(value).lower(),
        "impact": impact.of(seat.organization, policy.key, value, at=now) if value != current else None,
        "seen": seat.organization.policies_version,
        "undoes": undoes,
        "problem": problem,
        "why": request.POST.get("why", "")[: policy_changes.LONGEST_REASON],
        "when": request.POST.get("when", "now"),
        "date": request.POST.get("date", f"{week:%Y-%m-%d}")[:20],
        "time": request.POST.get("time", "09:00")[:20],
        "announce": "announce" in request.POST or request.method == "GET",
        "longest": policy_changes.LONGEST_REASON,
    }
    return frame.render_tab(
        request, seat, "policies", f"{FOLDER}policy_preview.html", context, status=400 if problem else 200
    )


def _instant(said: Any) -> datetime | None:
    """None is now. Raises WrongInstant."""
    if said.get("when", "now") != "later":
        return None
    try:
        instant = parse_datetime(f"{said.get('date', '')[:10]}T{said.get('time', '')[:8]}")
    except ValueError:
        instant = None
    if instant is None:
        raise policy_changes.WrongInstant(_("Say the day and the time (UTC) at which it begins."))
    return instant.replace(tzinfo=UTC)


def _number(text: str) -> int:
    return int(text) if text.isascii() and text.isdigit() and len(text) < 10 else -1


def _done(request: PersonRequest, seat: Seat, policy: Policy, made: PolicyChange | None) -> HttpResponse:
    named = {"policy": policy.title}
    if made is None:
        messages.info(request, _("“%(policy)s” is so already. Nothing was changed.") % named)
    elif made.effective_at > made.made_at:
        named |= {"day": f"{made.effective_at:%-d %B %Y, %H:%M} UTC"}
        messages.success(request, _("“%(policy)s” changes by itself on %(day)s.") % named)
    else:
        messages.success(request, _("“%(policy)s” was changed. It holds from the next call on.") % named)
    return _back(seat)


def _back(seat: Seat) -> HttpResponse:
    return HttpResponseRedirect(reverse("organization:policies", args=[seat.slug]))
