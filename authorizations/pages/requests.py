"""A person's own requests for the approval of services: asking, how they stand, taking back."""

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from accounts.models import Organization
from accounts.stepup import PersonRequest, signed_in
from authorizations import bounds
from authorizations.models import ApprovalRequest
from authorizations.pages import describe
from authorizations.services import approvals
from oauthapps.models import Application

PER_PAGE = 20
TONES = {"open": "accent", "approved": "ok", "denied": "warning", "blocked": "danger"}
SAID: dict[type[approvals.ApprovalRefused], Any] = {
    approvals.NotAMember: lambda: _("You do not belong to this organization (any more)."),
    approvals.NothingToAsk: lambda: _("No approval is missing there now. Look at the page once more."),
    approvals.TooMany: lambda: _("You asked for so many services today that no more requests are taken. Try tomorrow."),
    approvals.NoJustification: lambda: _("Say what you need the service for. It helps those who decide."),
    approvals.NotAReviewer: lambda: _("You do not review requests in this organization (any more)."),
    approvals.OwnRequest: lambda: _("Somebody else has to answer a request of your own."),
    approvals.AnsweredAlready: lambda: _(
        "Somebody answered this request already, or its time is over. This is how it stands now."
    ),
}


def said(refused: Exception) -> str:
    words = SAID.get(type(refused))  # type: ignore[arg-type]
    return words() if words else str(refused)


def card(request: ApprovalRequest) -> dict[str, Any]:
    """One request, as lists show it."""
    given = request.approved_scopes or []
    return {
        "request": request,
        "app": describe.app_card(request.application),
        "summary": describe.summary(request.scopes),
        "approved": describe.summary(given) if given else "",
        "partly": bool(given) and set(given) != set(request.scopes),
        "tone": TONES.get(request.state, "neutral"),
    }


@require_GET
@signed_in
def listing(request: PersonRequest) -> HttpResponse:
    found = ApprovalRequest.objects.filter(person=request.user).select_related("organization", "application__logo")
    page = Paginator(found.order_by("-asked_at", "pk"), PER_PAGE).get_page(request.GET.get("page"))
    context = {"page": page, "rows": [card(r) for r in page.object_list]}
    return render(request, "authorizations/requests/mine.html", context)


@require_POST
@signed_in
def withdraw(request: PersonRequest, request_id: UUID) -> HttpResponse:
    if not ApprovalRequest.objects.filter(pk=request_id, person=request.user).exists():
        raise Http404
    if approvals.withdraw(request_id, by=request.user, now=timezone.now()):
        messages.success(request, _("Your request is withdrawn."))
    else:
        messages.info(request, _("It was not open any more. This is how it stands now."))
    return redirect("authorizations:requests")


@require_http_methods(["GET", "POST"])
@signed_in
def new(request: PersonRequest, client_id: str, organization: str) -> HttpResponse:
    """For a service that the person knows already, from its page or from the page about a refusal."""
    app = get_object_or_404(Application.objects.standing(), client_id=client_id)
    place = get_object_or_404(Organization, slug=organization.lower(), memberships__person=request.user)
    now, problem, status = timezone.now(), "", 200
    if request.method == "POST":
        why = request.POST.get("justification", "")
        try:
            approvals.ask(request.user, place, app, scopes=_wanted(request, app), justification=why, now=now)
        except approvals.ApprovalRefused as refused:
            problem, status = said(refused), 400
        else:
            messages.success(request, _("Your request is on its way. You are told when it is answered."))
            return redirect("authorizations:requests")
    bound = bounds.bound_in(request.user, place, app, _wanted(request, app), now=now)
    needed = approvals.needing(bound) if bound else []
    context = {
        "app": describe.app_card(app),
        "organization": place,
        "groups": describe.groups(needed),
        "problem": problem,
        "justification": request.POST.get("justification", ""),
    }
    return render(request, "authorizations/requests/new.html", context, status=status)


def _wanted(request: PersonRequest, app: Application) -> list[str]:
    """What the person allowed the service; all that it is registered for, while they allowed nothing."""
    live = app.authorizations.filter(person=request.user, revoked_at=None).first()  # type: ignore[attr-defined]
    return list(live.scopes) if live else app.all_scopes
