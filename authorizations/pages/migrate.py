"""“Continue with the new version”: one click from a legacy authorization to a standard one, said before it is done."""

from datetime import datetime
from urllib.parse import urlsplit

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.http import urlencode
from django.views.decorators.http import require_POST

from accounts.models import Organization, User
from accounts.stepup import PersonRequest
from authorizations import selectors
from authorizations.models import Authorization
from authorizations.pages import answers, approval, decision, describe, prompting, tickets
from authorizations.pages.decision import Answer
from authorizations.pages.question import Question
from authorizations.pages.tickets import Ticket
from authorizations.protocol.authorize import STANDARD
from authorizations.protocol.wire import AuthorizationRequest, RedirectRefusal, Wire
from authorizations.selectors import Asking
from authorizations.services import consent, migration
from oauthapps.rules import LOOPBACK


def offer(
    request: PersonRequest,
    wire: Wire,
    found: Asking,
    asked: AuthorizationRequest,
    params: dict[str, str],
    now: datetime,
) -> HttpResponse | None:
    """A page of ours, when the person allows the older version of this app: the one click where the request stays
    within that, else the approval page with the difference. None: the ordinary way. An app that is no twin costs
    nothing here."""
    if found.app.twin_of_id is None or found.authorization:
        return None
    legacy = migration.older(request.user, found.app, now)
    if legacy is None:
        return None
    kept = {k: v for k, v in params.items() if k != prompting.MARK}
    question = approval.question_of(request, found, asked)
    ticket = tickets.new(wire.name, kept, shown=question.fingerprint, had=question.had, now=now)
    if "consent" in asked.prompt or migration.beyond(legacy, asked.scopes):
        return answers.with_headers(wire, _difference(request, wire, question, ticket, legacy, now))
    return answers.with_headers(wire, _one_click(request, wire, question, ticket, legacy))


def _difference(
    request: PersonRequest, wire: Wire, question: Question, ticket: Ticket, legacy: Authorization, now: datetime
) -> HttpResponse:
    said = approval.context(question, now)
    more = describe.groups(migration.beyond(legacy, question.scopes))
    titles = [item["title"] for group in more for item in group["items"]]
    older = {"name": legacy.application.name, "granted_at": legacy.granted_at, "more": titles}
    return approval.shown(request, wire, question, ticket, said | {"older": older})


def _one_click(
    request: PersonRequest, wire: Wire, question: Question, ticket: Ticket, legacy: Authorization
) -> HttpResponse:
    kept = ticket.params
    callback = urlsplit(question.redirect_uri)
    context = {
        "app": describe.app_card(question.app),
        "legacy": legacy,
        "legacy_name": legacy.application.name,
        "person": request.user,
        "groups": describe.groups(question.scopes),
        "organizations": _organizations(request.user, legacy),
        "ends_at": legacy.expires_at,
        "callback_host": callback.netloc,
        "callback_is_local": callback.hostname in LOOPBACK,
        "ticket": tickets.sign(request, ticket),
        "post_url": reverse("authorize-continue"),
        "review_url": f"{wire.authorize_path}?{urlencode(kept | {'prompt': 'consent'})}",
        "switch_next": answers.again(wire, kept),
        "genuine_url": reverse("genuine"),
    }
    response = render(request, "authorizations/continue.html", context)
    response["Content-Security-Policy"] = approval.page_policy(question.redirect_uri)
    return response


def _organizations(person: User, legacy: Authorization) -> list[Organization]:
    """Where it reaches today: never beyond what the legacy authorization was limited to."""
    reached = legacy.organizations
    mine = [membership.organization for membership in selectors.memberships(person)]
    return mine if reached is None else [o for o in mine if str(o.pk) in reached]


@require_POST
def continue_view(request: HttpRequest) -> HttpResponse:
    return decision.with_ticket(request, STANDARD, timezone.now(), _answered)


def _answered(request: PersonRequest, answer: Answer) -> HttpResponse:
    if request.POST.get("decision") != "continue":  # anything but the one word is a no
        consent.refuse(request.user, answer.question.app, now=answer.now)
        denied = RedirectRefusal(answer.wire.codes.denied, answers.NOT_APPROVED)
        return answers.refused(request, answer.wire, answer.asked, denied, answer.now)
    code = decision.code_request(request, answer.asked, answer.asked.scopes, answer.ticket.id)
    try:
        if answer.ticket.shown != answer.question.fingerprint:
            raise migration.NothingToMove  # other words than those on the page
        value = migration.move(request.user, answer.question.app, code=code, now=answer.now)
    except (migration.NothingToMove, consent.AnsweredAlready):
        # A second click, another tab, or revoked meanwhile: the request starts again and shows what is so now.
        return HttpResponseRedirect(answers.again(answer.wire, answer.ticket.params))
    return answers.to_service(request, answer.wire, answer.asked, {"code": value})
