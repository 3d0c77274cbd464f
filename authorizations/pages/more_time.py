"""More time to answer (WCAG 2.2.1): in place for the page's script, as a new page without it."""

from collections.abc import Callable

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.utils import timezone
from django.views.decorators.http import require_POST

from accounts.stepup import PersonRequest
from authorizations.pages import approval, choices, tickets
from authorizations.pages.decision import Answer, with_ticket
from authorizations.protocol.wire import Wire


def more_time_view(wire: Wire) -> Callable[[HttpRequest], HttpResponse]:
    @require_POST
    def more_time(request: HttpRequest) -> HttpResponse:
        if request.headers.get("Accept") == "application/json":
            return _in_place(request, wire)
        return with_ticket(request, wire, timezone.now(), _as_a_page)

    return more_time


def _in_place(request: HttpRequest, wire: Wire) -> JsonResponse:
    """Changes nothing but how long the answer is taken: same session, same page, up to the limit of the page."""
    now = timezone.now()
    try:
        ticket = tickets.renewed(tickets.read(request, wire.name, request.POST.get("ticket", ""), now), now)
    except tickets.TicketInvalid:
        return JsonResponse({"error": "approval_page_expired"}, status=400)
    return JsonResponse(
        {
            "ticket": tickets.sign(request, ticket),
            "seconds": int(ticket.ends_at.timestamp() - ticket.issued),
            "until": ticket.ends_at.isoformat(),
        }
    )


def _as_a_page(request: PersonRequest, answer: Answer) -> HttpResponse:
    chosen = choices.read(request.POST, answer.question.optional, choices.preset(answer.question.consented))
    return approval.page_again(request, answer.wire, answer.question, answer.ticket, answer.now, chosen=chosen)
