"""Requests for the approval of services, for those who answer them."""

from typing import Any
from urllib.parse import urlencode
from uuid import UUID

from django.contrib import messages
from django.core.paginator import Paginator
from django.db.models import Count, F, Q, QuerySet
from django.http import Http404, HttpResponse
from django.shortcuts import redirect
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_GET, require_http_methods

from accounts.pages.organization import frame
from accounts.pages.organization.frame import Seat
from accounts.stepup import PersonRequest, signed_in
from authorizations.models import ApprovalRequest, Authorization
from authorizations.pages import describe, requests
from authorizations.services import approvals, rulings
from authorizations.services.approvals import Verdict
from oauthapps import scopes as catalogue

PER_PAGE = 25
State = ApprovalRequest.State
FILTERS = (
    ("open", gettext_lazy("Waiting")),
    ("approved", gettext_lazy("Approved")),
    ("denied", gettext_lazy("Denied")),
    ("blocked", gettext_lazy("Blocked")),
    ("expired", gettext_lazy("Not answered")),
    ("withdrawn", gettext_lazy("Withdrawn")),
)
DURATIONS = (("", gettext_lazy("Without an end")), ("365", gettext_lazy("A year")), ("90", gettext_lazy("90 days")), ("30", gettext_lazy("30 days")), ("7", gettext_lazy("7 days")))  # fmt: skip


def pages_of(seat: Seat, current: str) -> list[dict[str, Any]]:
    """The pages below this tab."""
    named = [("approvals", _("Requests")), ("approval-services", _("Decided services")), ("approval-rules", _("Rules"))]
    return [{"name": f"organization:{name}", "label": label, "current": name == current} for name, label in named]


@require_GET
@signed_in
def listing(request: PersonRequest, organization: str) -> HttpResponse:
    seat = frame.reviewer(request, organization)
    show, query = request.GET.get("show", "open"), request.GET.get("q", "").replace("\x00", "").strip()[:100]
    show = show if show in dict(FILTERS) else "open"
    all_of_it = ApprovalRequest.objects.filter(organization=seat.organization)
    counts = dict(all_of_it.order_by().values_list("state").annotate(number=Count("pk")))
    found = _searched(all_of_it.filter(state=show), query)
    order = ("expires_at", "pk") if show == "open" else (F("decided_at").desc(nulls_last=True), "pk")
    related = found.select_related("person", "application__logo", "organization").order_by(*order)
    page = Paginator(related, PER_PAGE).get_page(request.GET.get("page"))
    context = {
        "pages": pages_of(seat, "approvals"),
        "page": page,
        "rows": [requests.card(r) for r in page.object_list],
        "show": show,
        "query": query,
        "extra": urlencode({"show": show}) if show != "open" else "",
        "filters": [
            {"value": v, "label": label, "count": counts.get(v, 0), "current": v == show} for v, label in FILTERS
        ],
    }
    return frame.render_tab(request, seat, "approvals", "authorizations/organization/approvals.html", context)


def _searched(found: QuerySet[ApprovalRequest], query: str) -> QuerySet[ApprovalRequest]:
    if not query:
        return found
    said = Q(application__name__icontains=query) | Q(application__company__icontains=query)
    return found.filter(said | Q(person__display_name__icontains=query) | Q(person__principal_name__icontains=query))


@require_http_methods(["GET", "POST"])
@signed_in
def one(request: PersonRequest, organization: str, request_id: UUID) -> HttpResponse:
    seat = frame.reviewer(request, organization)
    found = ApprovalRequest.objects.select_related("person", "application__logo", "organization", "rule")
    asked = found.filter(pk=request_id, organization=seat.organization).first()
    if asked is None:
        raise Http404
    if request.method == "POST":
        return _decided(request, seat, asked)
    return _shown(request, seat, asked)


def _decided(request: PersonRequest, seat: Seat, asked: ApprovalRequest) -> HttpResponse:
    verdict = _verdict(request)
    try:
        if verdict is None:
            raise approvals.WrongAnswer(_("Choose a number of days from the list."))
        done = approvals.decide(asked.pk, verdict, by=request.user, now=timezone.now())
    except approvals.AnsweredAlready as refused:
        messages.warning(request, requests.said(refused))
        return redirect("organization:approval", seat.slug, asked.pk)
    except (approvals.ApprovalRefused, rulings.RulingRefused) as refused:
        return _shown(request, seat, asked, problem=requests.said(refused), status=400)
    words = {
        "approved": _("%(app)s is approved. %(person)s and the others who asked are told."),
        "denied": _("The request about %(app)s is denied. %(person)s is told."),
        "blocked": _("%(app)s is blocked. %(person)s and the others who asked or use it are told."),
    }
    names = {"app": asked.application.name, "person": asked.person}
    messages.success(request, words[done.state] % names)
    return redirect("organization:approvals", seat.slug)


def _verdict(request: PersonRequest) -> Verdict | None:
    days = request.POST.get("days", "")
    if days not in dict(DURATIONS):
        return None
    return Verdict(
        request.POST.get("verdict", ""),
        tuple(request.POST.getlist("scope")),
        int(days) if days else None,
        request.POST.get("answer", ""),
    )


def _shown(
    request: PersonRequest, seat: Seat, asked: ApprovalRequest, *, problem: str = "", status: int = 200
) -> HttpResponse:
    now, app = timezone.now(), asked.application
    ruling = rulings.of(seat.organization, app)
    approved = ruling.approved_scopes(now) if ruling else []
    given = catalogue.closure(app.all_scopes) if approved is None else catalogue.closure(describe.known(approved))
    ticked = request.POST.getlist("scope") if problem else asked.scopes
    choice = describe.Choice(optional=asked.scopes, unchecked=[s for s in asked.scopes if s not in ticked])
    context = {
        "pages": pages_of(seat, ""),
        "card": requests.card(asked),
        "asked": asked,
        "open": asked.is_open(now),
        "own": asked.person_id == request.user.pk and not seat.membership.administers,
        "groups": describe.groups(asked.scopes, choice),
        "already": describe.groups(s for s in app.all_scopes if s in given and s in catalogue.of_the_api([s])),
        "given": describe.groups(asked.approved_scopes or []),
        "ruling": ruling,
        "members": _members_using(seat, asked, now),
        "durations": DURATIONS,
        "days": request.POST.get("days", ""),
        "answer": request.POST.get("answer", ""),
        "problem": problem,
    }
    return frame.render_tab(
        request, seat, "approvals", "authorizations/organization/approval.html", context, status=status
    )


def _members_using(seat: Seat, asked: ApprovalRequest, now: Any) -> int:
    """How many members allow the service already, here or anywhere."""
    using = Authorization.objects.live(now).filter(
        application=asked.application, person__memberships__organization=seat.organization
    )
    return using.count()
