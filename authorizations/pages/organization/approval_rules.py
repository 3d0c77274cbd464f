"""Rules that answer requests by themselves."""

from uuid import UUID

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from accounts.pages.organization import frame
from accounts.pages.organization.frame import Seat
from accounts.stepup import PersonRequest, signed_in
from authorizations.models import ApprovalRule
from authorizations.pages import describe
from authorizations.pages.organization.approvals import pages_of
from authorizations.services import approval_rules
from authorizations.services.approval_rules import Draft
from oauthapps import scopes as catalogue


@require_http_methods(["GET", "POST"])
@signed_in
def rules(request: PersonRequest, organization: str) -> HttpResponse:
    """Reviewers see them; administrators change them, since a rule decides in everybody's name."""
    seat = frame.reviewer(request, organization)
    if request.method == "GET":
        return _shown(request, seat)
    seat = frame.administrator(request, organization)
    try:
        approval_rules.create(seat.organization, _draft(request), by=request.user, now=timezone.now())
    except approval_rules.WrongRule as wrong:
        return _shown(request, seat, problem=str(wrong), status=400)
    messages.success(request, _("The rule is made. It counts from the next request on."))
    return redirect("organization:approval-rules", seat.slug)


def _draft(request: PersonRequest) -> Draft:
    said, days = request.POST, request.POST.get("days", "").strip()
    limited = said.get("limited") == "yes"
    return Draft(
        said.get("verdict", ""),
        publisher_domain=said.get("publisher_domain", ""),
        only_verified=said.get("only_verified") == "yes",
        without_high_privilege=said.get("without_high_privilege") == "yes",
        within_scopes=tuple(said.getlist("scope")) if limited else None,
        days=_number(days),
    )


def _number(text: str) -> int | None:
    """0, which no rule can have, for what is no number."""
    if not text:
        return None
    return int(text) if text.isascii() and text.isdigit() and len(text) < 6 else 0


def _shown(request: PersonRequest, seat: Seat, *, problem: str = "", status: int = 200) -> HttpResponse:
    found = approval_rules.of(seat.organization)
    said = request.POST
    context = {
        "pages": pages_of(seat, "approval-rules"),
        "rules": [{"rule": r, "says": approval_rules.sentence(r)} for r in found],
        "changes": seat.membership.administers,
        "problem": problem,
        "said": said,
        "ticked": said.getlist("scope"),
        "groups": describe.groups(catalogue.of_the_api(catalogue.CATALOGUE)),
        "most": approval_rules.LONGEST_DAYS,
    }
    return frame.render_tab(
        request, seat, "approvals", "authorizations/organization/approval_rules.html", context, status=status
    )


@require_POST
@signed_in
def move(request: PersonRequest, organization: str, rule_id: UUID) -> HttpResponse:
    """One place up or down."""
    seat = frame.administrator(request, organization)
    order = [rule.pk for rule in approval_rules.of(seat.organization)]
    if rule_id not in order:
        raise Http404
    at = order.index(rule_id)
    to = at - 1 if request.POST.get("to") == "up" else at + 1
    if 0 <= to < len(order):
        order[at], order[to] = order[to], order[at]
        approval_rules.reorder(seat.organization, order, by=request.user, now=timezone.now())
    return redirect("organization:approval-rules", seat.slug)


@require_POST
@signed_in
def delete(request: PersonRequest, organization: str, rule_id: UUID) -> HttpResponse:
    seat = frame.administrator(request, organization)
    if not ApprovalRule.objects.filter(organization=seat.organization, pk=rule_id).exists():
        raise Http404
    approval_rules.delete(seat.organization, rule_id, by=request.user, now=timezone.now())
    messages.success(request, _("The rule is deleted. What it decided stays."))
    return redirect("organization:approval-rules", seat.slug)
