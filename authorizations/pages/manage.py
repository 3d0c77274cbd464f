"""The Authorizations page: what a person approved."""

from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_GET

from accounts.stepup import PersonRequest, signed_in
from authorizations import selectors
from authorizations.pages import describe

PER_PAGE = 20


@require_GET
@signed_in
def listing(request: PersonRequest) -> HttpResponse:
    now = timezone.now()
    query = request.GET.get("q", "").replace("\x00", "")[:100].strip()
    page = Paginator(selectors.listing(request.user, query=query, now=now), PER_PAGE).get_page(request.GET.get("page"))
    rows = [describe.row(a, getattr(a, "live_connections")) for a in page.object_list]  # noqa: B009  (prefetched under this name)
    return render(
        request, "authorizations/list.html", {"rows": rows, "total": page.paginator.count, "query": query, "page": page}
    )


@require_GET
def old_address(request: HttpRequest) -> HttpResponse:
    return redirect("authorizations:list")
