"""The personal access tokens page: what a person made for tools that cannot do OAuth, and what ended."""

from typing import Any, cast
from urllib.parse import urlencode

from django.core.paginator import Paginator
from django.http import HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_GET

from accounts.stepup import PersonRequest, signed_in
from authorizations import personal_listing
from authorizations.models import PersonalAccessToken
from authorizations.pages import token_rows
from authorizations.personal_listing import Sort, State

PER_PAGE = 15
LONGEST_SEARCH = 100
STATES = {
    State.ACTIVE: _("Active"),
    State.REVOKED: _("Revoked"),
    State.EXPIRED: _("Expired"),
    State.ALL: _("All"),
}
# Label, and whether the smallest comes first.
ORDERS = {
    Sort.USED: (_("Last used"), False),
    Sort.NAME: (_("Name"), True),
    Sort.DATE: (_("Ends first"), True),
}


@require_GET
@signed_in
def listing(request: PersonRequest) -> HttpResponse:
    """Five statements at most, however many tokens and organizations there are."""
    now = timezone.now()
    query = request.GET.get("q", "").replace("\x00", "").strip()[:LONGEST_SEARCH]
    state = _word(request.GET.get("state", ""), State, State.ACTIVE)
    sort = _word(request.GET.get("sort", ""), ORDERS, Sort.USED)
    counts = personal_listing.counts(request.user, now)
    found = personal_listing.selected(request.user, state, now=now, query=query)
    ordered = personal_listing.ordered(found, sort, now=now, ascending=ORDERS[sort][1])
    pages = Paginator(ordered, PER_PAGE)
    if not query:
        pages.count = counts[state]  # known already: no second count
    page = pages.get_page(request.GET.get("page"))
    tokens = cast(list[PersonalAccessToken], list(page.object_list))
    kept = {k: v for k, v in (("state", state.value), ("sort", sort.value)) if v not in {State.ACTIVE, Sort.USED}}
    context = {
        "rows": token_rows.rows(request.user, tokens, now),
        "page": page,
        "query": query,
        "state": state.value,
        "extra": urlencode(kept),
        "active": counts[State.ACTIVE],
        "total": counts[State.ALL],
        "filters": [_filter(s, counts[s], state, query, sort) for s in STATES],
        "orders": [{"value": s.value, "label": label, "current": s is sort} for s, (label, _up) in ORDERS.items()],
    }
    return render(request, "authorizations/tokens/list.html", context)


def _word(said: str, known: Any, default: Any) -> Any:
    return next((word for word in known if word == said), default)


def _filter(state: State, number: int, current: State, query: str, sort: Sort) -> dict[str, Any]:
    said = {
        "q": query,
        "state": "" if state is State.ACTIVE else state.value,
        "sort": "" if sort is Sort.USED else sort,
    }
    parameters = urlencode({k: v for k, v in said.items() if v})
    return {"label": STATES[state], "count": number, "current": state is current, "url": f"?{parameters}"}
