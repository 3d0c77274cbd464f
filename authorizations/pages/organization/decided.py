"""What an organization has decided about services: the approvals and blocks that stand, and changing them."""

from datetime import datetime, timedelta
from typing import Any

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import Http404, HttpResponse
from django.shortcuts import redirect
from django.utils import timezone
from django.utils.dateparse import parse_datetime
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods

from accounts.pages.organization import frame
from accounts.pages.organization.frame import Seat
from accounts.stepup import PersonRequest, signed_in
from authorizations.models import ServiceRuling
from authorizations.pages import describe
from authorizations.pages.organization.approvals import DURATIONS, PER_PAGE, pages_of
from authorizations.services import rulings

Decision = ServiceRuling.Decision


@require_GET
@signed_in
def listing(request: PersonRequest, organization: str) -> HttpResponse:
    seat, now = frame.reviewer(request, organization), timezone.now()
    standing = ServiceRuling.objects.filter(organization=seat.organization).exclude(decision=Decision.ENDED)
    query = request.GET.get("q", "").replace("\x00", "").strip()[:100]
    if query:
        standing = standing.filter(application__name__icontains=query)
    found = standing.select_related("application__logo").order_by("application__name", "pk")
    page = Paginator(found, PER_PAGE).get_page(request.GET.get("page"))
    rows = [_row(ruling, now) for ruling in page.object_list]
    context = {"pages": pages_of(seat, "approval-services"), "page": page, "rows": rows, "query": query}
    return frame.render_tab(request, seat, "approvals", "authorizations/organization/decided.html", context)


def _row(ruling: ServiceRuling, now: datetime) -> dict[str, object]:
    scopes = ruling.approved_scopes(now)
    return {
        "ruling": ruling,
        "app": describe.app_card(ruling.application),
        "blocked": ruling.decision == Decision.BLOCKED,
        "over": ruling.decision == Decision.APPROVED and not ruling.approves(now),
        "summary": _("All that it is registered for") if scopes is None else describe.summary(scopes),
    }


@require_http_methods(["GET", "POST"])
@signed_in
def one(request: PersonRequest, organization: str, client_id: str) -> HttpResponse:
    seat = frame.reviewer(request, organization)
    found = ServiceRuling.objects.select_related("application__logo", "organization")
    ruling = found.filter(organization=seat.organization, application__client_id=client_id[:255]).first()
    if ruling is None:
        raise Http404
    return _changed(request, seat, ruling) if request.method == "POST" else _shown(request, seat, ruling)


def _changed(request: PersonRequest, seat: Seat, ruling: ServiceRuling) -> HttpResponse:
    now, act = timezone.now(), request.POST.get("act", "")
    said: dict[str, Any] = {"by": request.user, "why": request.POST.get("why", "").strip(), "now": now}
    place, app = seat.organization, ruling.application
    try:
        if act == "change":
            done = _change(request, ruling, said, now)
        elif act in ACTS:
            done = ACTS[act](place, app, **said)
        else:
            return _shown(request, seat, ruling, problem=_("Choose what to do."), status=400)
    except rulings.RulingRefused as refused:
        return _shown(request, seat, ruling, problem=str(refused), status=400)
    if done:
        messages.success(request, _("It is decided, and counts from the next call on."))
    else:
        messages.warning(request, _("It was decided anew meanwhile. This is how it stands now."))
    return redirect("organization:approval-service", seat.slug, app.client_id)


ACTS = {"end": rulings.end_approval, "block": rulings.block, "unblock": rulings.unblock}


def _change(request: PersonRequest, ruling: ServiceRuling, said: dict[str, Any], now: datetime) -> bool:
    days = request.POST.get("days", "")
    if days not in dict(DURATIONS):
        raise rulings.RulingRefused(_("Choose a number of days from the list."))
    try:
        seen = parse_datetime(request.POST.get("seen", ""))
    except ValueError:
        seen = None
    if seen is None:
        return False
    until = now + timedelta(days=int(days)) if days else None
    scopes = request.POST.getlist("scope")
    return rulings.change_approval(
        ruling.organization, ruling.application, scopes=scopes, until=until, seen=seen, **said,
    )  # fmt: skip


def _shown(
    request: PersonRequest, seat: Seat, ruling: ServiceRuling, *, problem: str = "", status: int = 200
) -> HttpResponse:
    now, app = timezone.now(), ruling.application
    approved = ruling.approved_scopes(now)
    api = [s for s in app.all_scopes if s == "user_impersonation" or s.startswith("vso.")]
    offered = list(dict.fromkeys([*describe.known(approved or []), *describe.known(api)]))
    given = offered if approved is None else approved
    context = {
        "pages": pages_of(seat, ""),
        "row": _row(ruling, now),
        "ruling": ruling,
        "approves": ruling.approves(now),
        "ends": [(s, end) for s, end in ruling.ends().items() if end != ruling.expires_at],
        "groups": describe.groups(
            offered, describe.Choice(optional=offered, unchecked=[s for s in offered if s not in given])
        ),
        "durations": DURATIONS,
        "seen": ruling.decided_at.isoformat(),
        "problem": problem,
    }
    return frame.render_tab(
        request, seat, "approvals", "authorizations/organization/decided_one.html", context, status=status
    )
