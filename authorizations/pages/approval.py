"""The approval page: from what is asked to what the person sees."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from urllib.parse import urlencode, urlsplit

from django.conf import settings
from django.http import HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _

from accounts.models import User
from accounts.stepup import PersonRequest
from authorizations import selectors
from authorizations.models import Authorization
from authorizations.pages import answers, describe, prompting, tickets
from authorizations.pages.csp import CSP
from authorizations.protocol.wire import AuthorizationRequest, Wire
from authorizations.selectors import Asking
from oauthapps import scopes as catalogue
from oauthapps.models import Application
from oauthapps.rules import LOOPBACK

TEMPLATE = "authorizations/consent.html"


@dataclass(frozen=True)
class Question:
    """What is put to a person, as plain values: a preview asks it without a request of the service."""

    app: Application
    person: User
    scopes: tuple[str, ...]
    redirect_uri: str
    consented: Authorization | None = None


def page(
    request: PersonRequest,
    wire: Wire,
    found: Asking,
    asked: AuthorizationRequest,
    params: dict[str, str],
    now: datetime,
) -> HttpResponse:
    question = Question(found.app, request.user, asked.scopes, asked.redirect_uri, found.authorization)
    kept = {k: v for k, v in params.items() if k != prompting.MARK}
    form = {
        "ticket": tickets.make(request, wire.name, kept),
        "post_url": f"{wire.authorize_path}/decision",
        "switch_next": f"{wire.authorize_path}?{urlencode(kept)}",
    }
    response = render(request, TEMPLATE, context(question, now) | form)
    response["Content-Security-Policy"] = page_policy(asked.redirect_uri)
    return answers.with_headers(wire, response)


def context(question: Question, now: datetime) -> dict[str, Any]:
    """Everything that the template shows but the form's own fields: without `ticket` it is a preview."""
    app, consented, callback = question.app, question.consented, urlsplit(question.redirect_uri)
    members = list(selectors.memberships(question.person))
    return {
        "app": describe.app_card(app),
        "groups": describe.groups(
            question.scopes,
            describe.Choice(
                optional=optional(app, question.scopes),
                unchecked=consented.declined if consented else (),
                granted=catalogue.closure(consented.scopes) if consented else (),
            ),
        ),
        "person": question.person,
        "organizations": [
            {"name": m.organization.name, "access_level_label": m.get_access_level_display()} for m in members
        ],
        "no_organizations": not members,
        "callback_host": callback.netloc,
        "callback_is_local": callback.hostname in LOOPBACK,
        "expires_label": _("for a year, or until you revoke it"),
        "sunset": settings.LEGACY_SUNSET if app.is_legacy else None,
        "genuine_url": reverse("genuine"),
    }


def optional(app: Application, asked: tuple[str, ...]) -> set[str]:
    return {s for s in asked if s in app.optional_scopes}


def page_policy(redirect_uri: str) -> str:
    """Forms of the page lead to us and on to the registered callback, nowhere else."""
    return f"{CSP}; form-action 'self' {answers.origin_of(redirect_uri)}"
