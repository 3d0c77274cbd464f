"""The person's answer on the approval page, and how it goes back to the service."""

import uuid
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import cast

from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from accounts.stepup import PersonRequest, auth_time
from authorizations.explaining import Denial
from authorizations.pages import answers, approval, choices, doubts, paused, standing, tickets
from authorizations.pages.question import Question
from authorizations.pages.tickets import Ticket
from authorizations.protocol.wire import AuthorizationRequest, IssuancePaused, PageRefusal, RedirectRefusal, Wire
from authorizations.services import blocking, consent

YES = frozenset({"accept", "continue"})


@dataclass(frozen=True)
class Answer:
    """An answer that came back with its ticket: to which question, on which page, when."""

    wire: Wire
    ticket: Ticket
    asked: AuthorizationRequest
    question: Question
    now: datetime


def decision_view(wire: Wire) -> Callable[[HttpRequest], HttpResponse]:
    @require_POST
    def decision(request: HttpRequest) -> HttpResponse:
        return with_ticket(request, wire, timezone.now(), answered)

    return decision


def with_ticket(
    request: HttpRequest, wire: Wire, now: datetime, then: Callable[[PersonRequest, Answer], HttpResponse]
) -> HttpResponse:
    """Reads what the page sent, checks the request as if it came just now, and goes on."""
    try:
        ticket = tickets.read(request, wire.name, request.POST.get("ticket", ""), now)
        found = standing.find(request, wire, ticket.params, now)
        redirect_uri = standing.callback(wire, ticket.params, found.app)
        told = standing.bare(ticket.params, found.app, redirect_uri)
        asked = wire.parse(ticket.params, found.app, redirect_uri)
        issuing = request.POST.get("decision") in YES  # a no is always taken
        standing.check(request, wire, found.app, asked, now, issuing=issuing)
        person = cast(PersonRequest, request)
        return then(person, Answer(wire, ticket, asked, approval.question_of(person, found, asked), now))
    except tickets.TicketInvalid as invalid:
        return answers.page_is_over(request, wire, invalid.params)
    except PageRefusal as refusal:
        return answers.error_page(request, wire, refusal)
    except RedirectRefusal as refusal:
        return answers.refused(request, wire, told, refusal, now)
    except IssuancePaused as pause:
        return paused.page(request, wire, told, ticket.params, found.app.name, pause.reason, now)
    except consent.AppGone:
        return answers.error_page(request, wire, standing.gone(wire))
    except consent.AnsweredAlready:
        detail = "This approval page was answered already, and its answer was used."
        return answers.error_page(request, wire, PageRefusal("already_answered", detail, Denial.ALREADY_ANSWERED))


def answered(request: PersonRequest, answer: Answer) -> HttpResponse:
    decision = request.POST.get("decision")
    if decision == "accept":
        return _accepted(request, answer)
    if decision == "block":
        blocking.refuse_for_good(request.user, answer.question.app, now=answer.now)
        return _denied(request, answer)
    return _refused(request, answer)  # anything else is a no


def _denied(request: PersonRequest, answer: Answer, detail: str = answers.NOT_APPROVED) -> HttpResponse:
    wire = answer.wire
    return answers.refused(request, wire, answer.asked, RedirectRefusal(wire.codes.denied, detail), answer.now)


def _refused(request: PersonRequest, answer: Answer, detail: str = answers.NOT_APPROVED) -> HttpResponse:
    consent.refuse(request.user, answer.question.app, now=answer.now)
    return _denied(request, answer, detail)


def _accepted(request: PersonRequest, answer: Answer) -> HttpResponse:
    question, now = answer.question, answer.now
    chosen = choices.read(request.POST, question.optional, choices.preset(question.consented))
    bounds = approval.bounds_of(question, now) if question.reaches_organizations else []
    problems = choices.problems(chosen, bounds, choices.durations(question.consented))
    if _changed_meanwhile(answer):
        problems["page"] = _("The request changed while this page was open. Look at it once more.")
    if problems:
        return approval.page_again(
            request, answer.wire, question, answer.ticket, now, chosen=chosen, bounds=bounds, problems=problems,
            status=400,
        )  # fmt: skip
    granted = tuple(s for s in question.added if s not in chosen.unticked)
    carried = tuple(s for s in answer.asked.scopes if s in question.allowed or s in granted)
    if not carried:
        return _refused(request, answer, "The person approved none of the permissions.")
    seen = doubts.about(question.app, question.redirect_uri, familiar=question.familiar, now=now)
    given = consent.Given(
        granted,
        declined=tuple(s for s in question.added if s in chosen.unticked),
        reach=choices.reach(chosen),
        expires_at=choices.ends_at(chosen, now),
        shown=question.record([doubt.code for doubt in seen]),
    )
    code = code_request(request, answer.asked, carried, answer.ticket.id)
    value = consent.accept(request.user, question.app, given=given, code=code, now=now)
    return answers.to_service(request, answer.wire, answer.asked, {"code": value})


def _changed_meanwhile(answer: Answer) -> bool:
    """Other words than those on the page, or a permission that the page called allowed and that was taken back since."""
    question, ticket = answer.question, answer.ticket
    return ticket.shown != question.fingerprint or not set(ticket.had) <= question.allowed


def code_request(
    request: HttpRequest, asked: AuthorizationRequest, granted: tuple[str, ...], ticket: uuid.UUID
) -> consent.CodeRequest:
    return consent.CodeRequest(
        granted, asked.redirect_uri, asked.code_challenge, asked.nonce, auth_time(request), ticket
    )
