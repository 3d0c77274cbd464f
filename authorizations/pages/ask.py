"""Asking for approval from the approval page: the person stays on it, with everything they chose."""

from collections.abc import Callable
from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from accounts.models import Organization
from accounts.stepup import PersonRequest
from authorizations.pages import approval, choices, requests
from authorizations.pages.decision import Answer, with_ticket
from authorizations.protocol.wire import Wire
from authorizations.services import approvals


def ask_view(wire: Wire) -> Callable[[HttpRequest], HttpResponse]:
    @require_POST
    def ask(request: HttpRequest) -> HttpResponse:
        return with_ticket(request, wire, timezone.now(), _asked)

    return ask


def _asked(request: PersonRequest, answer: Answer) -> HttpResponse:
    question = answer.question
    chosen = choices.read(request.POST, question.optional, choices.preset(question.consented))
    problem = _ask(request, answer)
    problems = {"approval": problem} if problem else {}
    return approval.page_again(
        request, answer.wire, question, answer.ticket, answer.now, chosen=chosen, problems=problems,
        status=400 if problem else 200,
    )  # fmt: skip


def _ask(request: PersonRequest, answer: Answer) -> str:
    """What went wrong; empty when it was asked."""
    named = request.POST.get("ask", "")
    organization = (
        Organization.objects.filter(pk=named, memberships__person=request.user).first() if _is_id(named) else None
    )
    if organization is None:
        return _("You do not belong to the organization that you want to ask.")
    had = answer.question.consented.scopes if answer.question.consented else []
    try:
        approvals.ask(
            request.user,
            organization,
            answer.question.app,
            scopes=tuple(dict.fromkeys([*answer.question.scopes, *had])),
            justification=request.POST.get(f"justification-{named}", ""),
            now=answer.now,
        )
    except approvals.ApprovalRefused as refused:
        return requests.said(refused)
    return ""


def _is_id(text: str) -> bool:
    try:
        UUID(text)
    except ValueError:
        return False
    return True
