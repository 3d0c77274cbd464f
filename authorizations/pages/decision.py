"""The person's answer on the approval page, and how it goes back to the service."""

import uuid
from collections.abc import Callable
from datetime import datetime
from typing import cast

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from django.views.decorators.http import require_POST

from accounts.stepup import PersonRequest, auth_time
from authorizations.pages import answers, approval, standing, tickets
from authorizations.protocol.wire import AuthorizationRequest, PageRefusal, RedirectRefusal, Wire
from authorizations.selectors import Asking
from authorizations.services import consent


def decision_view(wire: Wire) -> Callable[[HttpRequest], HttpResponse]:
    @require_POST
    def decision(request: HttpRequest) -> HttpResponse:
        now = timezone.now()
        try:
            ticket = tickets.read(request, wire.name, request.POST.get("ticket", ""), settings.CONSENT_TICKET_LIFETIME)
            found = standing.find(request, wire, ticket.params, now)
            redirect_uri = standing.callback(wire, ticket.params, found.app)
            told = standing.bare(ticket.params, found.app, redirect_uri)
            asked = wire.parse(ticket.params, found.app, redirect_uri)
            standing.check(request, wire, found.app, asked, now)
            return _answered(cast(PersonRequest, request), wire, found, asked, ticket.id, now)
        except tickets.TicketInvalid:
            detail = "The approval page is too old, or it was opened by another account or in another browser session."
            return answers.error_page(request, wire, PageRefusal("approval_page_expired", detail))
        except PageRefusal as refusal:
            return answers.error_page(request, wire, refusal)
        except RedirectRefusal as refusal:
            return answers.to_service(request, wire, told, wire.error(refusal.code, refusal.detail))
        except consent.AnsweredAlready:
            detail = "This approval page was answered already, and its answer was used."
            return answers.error_page(request, wire, PageRefusal("already_answered", detail))

    return decision


def _answered(
    request: PersonRequest,
    wire: Wire,
    found: Asking,
    asked: AuthorizationRequest,
    ticket: uuid.UUID,
    now: datetime,
) -> HttpResponse:
    person = request.user
    if request.POST.get("decision") != "accept":  # anything but the one word is a no
        consent.refuse(person, found.app, now=now)
        return answers.to_service(request, wire, asked, wire.error(wire.codes.denied, answers.NOT_APPROVED))
    ticked, optional = set(request.POST.getlist("scope")), approval.optional(found.app, asked.scopes)
    granted = tuple(s for s in asked.scopes if s not in optional or s in ticked)
    declined = tuple(s for s in asked.scopes if s not in granted)
    if not granted:
        consent.refuse(person, found.app, now=now)
        return answers.to_service(
            request, wire, asked, wire.error(wire.codes.denied, "The person approved none of the permissions.")
        )
    code = consent.accept(
        person,
        found.app,
        granted=granted,
        declined=declined,
        code=code_request(request, asked, granted, ticket),
        now=now,
    )
    return answers.to_service(request, wire, asked, {"code": code})


def code_request(
    request: HttpRequest, asked: AuthorizationRequest, granted: tuple[str, ...], ticket: uuid.UUID
) -> consent.CodeRequest:
    return consent.CodeRequest(
        granted, asked.redirect_uri, asked.code_challenge, asked.nonce, auth_time(request), ticket
    )
