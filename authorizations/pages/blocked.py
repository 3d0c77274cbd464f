"""The services that a person refused for good, and the way back."""

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from accounts.stepup import PersonRequest, signed_in
from authorizations.models import BlockedApp
from authorizations.pages import describe
from authorizations.services.blocking import unblock

PER_PAGE = 20


@require_GET
@signed_in
def listing(request: PersonRequest) -> HttpResponse:
    query = request.GET.get("q", "").replace("\x00", "")[:100].strip()
    mine = BlockedApp.objects.filter(person=request.user)
    found = mine.filter(application__name__icontains=query) if query else mine
    page = Paginator(found.select_related("application").order_by("-blocked_at", "-pk"), PER_PAGE).get_page(
        request.GET.get("page")
    )
    rows = [{"id": b.pk, "app": describe.app_card(b.application), "blocked_at": b.blocked_at} for b in page.object_list]
    total = page.paginator.count if not query else mine.count()
    return render(request, "authorizations/blocked.html", {"rows": rows, "total": total, "query": query, "page": page})


@require_POST
@signed_in
def undo(request: PersonRequest, blocked_id: int) -> HttpResponse:
    """Also for a button pressed twice; of an app that the person did not refuse, nothing is told."""
    mine = BlockedApp.objects.filter(person=request.user, pk=blocked_id)
    blocked = mine.select_related("application").first()
    if blocked and unblock(request.user, blocked.application, now=timezone.now()):
        said = {"name": blocked.application.name}
        messages.success(request, _("%(name)s may ask you again. It was given nothing by this.") % said)
    else:
        messages.info(request, _("Nothing had to be undone: that service may ask you."))
    return redirect("authorizations:blocked")
