"""The approval page: from what is asked to what the person sees."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any
from urllib.parse import urlsplit

from django.conf import settings
from django.http import HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _

from accounts.models import User
from accounts.stepup import PersonRequest
from authorizations import bounds, noticing
from authorizations.bounds import Bound
from authorizations.pages import answers, choices, describe, doubts, hosts, prompting, tickets, waiting
from authorizations.pages.choices import Choices
from authorizations.pages.csp import CSP
from authorizations.pages.question import Question
from authorizations.pages.reached import organization_card
from authorizations.pages.tickets import Ticket
from authorizations.protocol.wire import AuthorizationRequest, Wire
from authorizations.selectors import Asking
from oauthapps.rules import LOOPBACK

TEMPLATE = "authorizations/consent.html"


def question_of(request: PersonRequest, found: Asking, asked: AuthorizationRequest) -> Question:
    return Question(
        found.app, request.user, asked.scopes, asked.redirect_uri, found.authorization, familiar=found.familiar
    )


def page(request: PersonRequest, wire: Wire, question: Question, params: dict[str, str], now: datetime) -> HttpResponse:
    """Asks for the first time."""
    noticing.consent_shown(question.person, question.app.client_id, now)
    kept = {k: v for k, v in params.items() if k != prompting.MARK}
    ticket = tickets.new(wire.name, kept, shown=question.fingerprint, had=question.had, now=now)
    return answers.with_headers(wire, shown(request, wire, question, ticket, context(question, now)))


def page_again(
    request: PersonRequest,
    wire: Wire,
    question: Question,
    ticket: Ticket,
    now: datetime,
    *,
    chosen: Choices,
    bounds: list[Bound] | None = None,
    problems: Mapping[str, str] | None = None,
    status: int = 200,
) -> HttpResponse:
    """The same page with what the person chose still in it."""
    said = context(question, now, chosen=chosen, bounds=bounds, problems=problems)
    renewed = tickets.shows(tickets.renewed(ticket, now), shown=question.fingerprint, had=question.had)
    return answers.with_headers(wire, shown(request, wire, question, renewed, said, status=status))


def shown(
    request: PersonRequest, wire: Wire, question: Question, ticket: Ticket, said: dict[str, Any], *, status: int = 200
) -> HttpResponse:
    form = {
        "ticket": tickets.sign(request, ticket),
        "ends_at": ticket.ends_at,
        "seconds_left": int((ticket.ends_at.timestamp()) - ticket.issued),
        "post_url": f"{wire.authorize_path}/decision",
        "ask_url": f"{wire.authorize_path}/ask",
        "more_time_url": f"{wire.authorize_path}/more-time",
        "switch_next": answers.again(wire, ticket.params),
    }
    response = render(request, TEMPLATE, said | form, status=status)
    response["Content-Security-Policy"] = page_policy(question.redirect_uri)
    return response


def context(
    question: Question,
    now: datetime,
    *,
    chosen: Choices | None = None,
    bounds: list[Bound] | None = None,
    problems: Mapping[str, str] | None = None,
) -> dict[str, Any]:
    """Everything that the template shows but the form's own fields: without `ticket` it is a preview."""
    app, consented = question.app, question.consented
    chosen = choices.to_show(chosen, consented)
    return {
        "app": describe.app_card(app),
        "view": question.view,
        "person": question.person,
        "new_since": app.registered_at if doubts.is_new(app, now) else None,
        "familiar": question.familiar,
        "doubts": doubts.about(app, question.redirect_uri, familiar=question.familiar, now=now),
        "groups": permissions(question, chosen),
        "had": describe.groups(consented.scopes, _values(question.person)) if consented else [],
        "consented": consented,
        **_callback(question.redirect_uri),
        **_where(question, chosen, bounds, now),
        "durations": choices.durations(consented),
        "chosen": chosen,
        "problems": problems or {},
        "sunset": settings.LEGACY_SUNSET if app.is_legacy else None,
        "genuine_url": reverse("genuine"),
    }


def permissions(question: Question, chosen: Choices) -> list[dict[str, Any]]:
    choice = describe.Choice(
        optional=question.optional, unchecked=chosen.unticked, values=_values(question.person).values
    )
    return describe.groups(question.added, choice)


def _values(person: User) -> describe.Choice:
    names = ", ".join(filter(None, [person.display_name, person.principal_name]))
    return describe.Choice(
        values={
            "openid": str(person.pk),
            "profile": names or _("no name is known here"),
            "email": person.email or _("none is known here, so it gets none"),
        }
    )


def _callback(redirect_uri: str) -> dict[str, Any]:
    return {
        "callback_host": hosts.place_of(redirect_uri),
        "callback_is_local": urlsplit(redirect_uri).hostname in LOOPBACK,
    }


def _where(question: Question, chosen: Choices, bounds: list[Bound] | None, now: datetime) -> dict[str, Any]:
    if not question.reaches_organizations:
        return {"reaches": False, "organizations": []}
    if bounds is None:
        bounds = bounds_of(question, now)
    asked = waiting.cards(question.person, question.app, bounds)
    cards = [organization_card(b, chosen.organizations, asked.get(str(b.organization.pk))) for b in bounds]
    nowhere = bool(cards) and all(card["out_of_reach"] for card in cards)
    return {"reaches": True, "organizations": cards, "nowhere": nowhere}


def bounds_of(question: Question, now: datetime) -> list[Bound]:
    limited = question.consented.organizations if question.consented else None
    had = question.consented.scopes if question.consented else []
    asked = tuple(dict.fromkeys([*question.scopes, *had]))
    return bounds.bounds(question.person, limited, question.app, asked, now=now)


def page_policy(redirect_uri: str) -> str:
    """Forms of the page lead to us and on to the registered callback, nowhere else."""
    return f"{CSP}; form-action 'self' {answers.origin_of(redirect_uri)}"
