"""While the portal is read-only, a page that would change something answers with why, and stopping things goes on.

What is not named here is refused, so that a new page changes nothing either. Which pages take access away is written
down in docs/decisions/0082: somebody who has to stop a service must never be told to come back later.
"""

from collections.abc import Callable
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone

from authorizations import brown_outs, explaining, pauses
from authorizations.policy import Reason
from authorizations.switches import reading as switches
from authorizations.switches.models import Switch

READING = frozenset({"GET", "HEAD", "OPTIONS"})
# Signing in and out, and posts that only read.
HARMLESS = frozenset(
    {
        "accounts:start",
        "accounts:signout",
        "accounts:switch",
        "authorizations:verify",
        "authorize",
        "legacy-authorize",
        "authorize-more-time",
        "legacy-authorize-more-time",
        "app-preview",
        "admin:logout",
    }
)
# An answer on an approval page is decided by the policy, which says that nothing is issued; a refusal is a no.
ANSWERS = frozenset({"authorize-decision", "legacy-authorize-decision", "authorize-continue"})
TAKING_AWAY = frozenset(
    {
        "authorizations:revoke",
        "authorizations:revoke-set",
        "authorizations:end-connection",
        "authorizations:end-others",
        "authorizations:drop",
        "authorizations:token-revoke",
        "authorizations:tokens-revoke",
        "authorizations:mail-revoke",
        "organization:service-revoke",
        "organization:service-revoke-one",
        "organization:service-block",
        "organization:end-tokens",
        "organization:new-rule",
        "organization:member-remove",
        "oauthapps:secret-end",
        "leaked",
    }
)
# Operations: the switches themselves, and what stops an incident.
OPERATIONS = frozenset(
    {
        "switches",
        "switch",
        "admin:authorizations_operationsjob_confirm",
        "admin:authorizations_operationsjob_turn",
        "admin:authorizations_incident_open",
        "admin:authorizations_incident_tell",
        "admin:authorizations_incident_close",
        "admin:authorizations_incident_evidence",
    }
)
ADMIN_ACTIONS = frozenset({"revoke_selected", "deactivate_people", "disable_apps", "end_secrets"})
ALLOWED = HARMLESS | ANSWERS | TAKING_AWAY | OPERATIONS


class ReadOnlyMiddleware:
    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        return self.get_response(request)

    def process_view(self, request: HttpRequest, view: Any, args: Any, kwargs: Any) -> HttpResponse | None:
        if request.method in READING or getattr(view, "reads_only", False) or _goes_on(request):
            return None
        return page(request) if switches.on(Switch.READ_ONLY, timezone.now()) else None


def _goes_on(request: HttpRequest) -> bool:
    match = request.resolver_match
    name = match.view_name if match else ""
    if name in ALLOWED:
        return True
    return name.startswith("admin:") and name.endswith("_changelist") and request.POST.get("action") in ADMIN_ACTIONS


def page(request: HttpRequest) -> HttpResponse:
    pause = pauses.of(Reason.READ_ONLY, timezone.now())
    context = {
        "explanation": explaining.EXPLANATIONS[Reason.READ_ONLY],
        "until": pause.until,
        "why": explaining.page(Reason.READ_ONLY),
    }
    return brown_outs.tell(render(request, "errors/read_only.html", context, status=503), pause.seconds)
