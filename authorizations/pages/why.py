"""The page about one refusal: what refused, which rule, who can change it, what to do next.

It opens for everybody. What the refusal was about is told to those alone whom it concerns.
"""

from datetime import datetime
from typing import Any

from django.db.models import F, Q
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_safe

from accounts.models import Membership, Organization
from accounts.stepup import sign_in_url
from authorizations import explaining
from authorizations.explaining import About, Explanation, Who
from authorizations.pages import why_case, why_steps
from authorizations.pages.uses import titles
from authorizations.pages.why_case import Case, Role

NAMED = 5
WHO = {
    Who.PERSON: _("The person whom the service or token acts for"),
    Who.OWNERS: _("The makers of the service"),
    Who.ADMINISTRATORS: _("The administrators of the organization"),
    Who.REVIEWERS: _("The reviewers of the organization"),
    Who.OPERATIONS: _("The people who run this portal"),
    Who.TIME: _("Nobody needs to: it passes by itself"),
}
YOURS = {Who.PERSON: (Role.PERSON, _("You")), Who.OWNERS: (Role.OWNER, _("You, as an owner of the app"))}


@require_safe
def why(request: HttpRequest, code: str) -> HttpResponse:
    found = explaining.find(code)
    if found is None:
        return _headed(render(request, "authorizations/why_unknown.html", {"code": code[:60]}, status=404))
    now, explanation = timezone.now(), found[1]
    about = _about(request, code)
    case = why_case.of(about, request.user, now) if about and request.user.is_authenticated else None
    context = {
        "code": code,
        "explanation": explanation,
        "who": _who(explanation, case),
        "signin_url": "" if request.user.is_authenticated or about is None else sign_in_url(request.get_full_path()),
        "unreadable": about is None and "about" in request.GET,
        "elsewhere": about is not None and case is None and request.user.is_authenticated,
        "case": _card(case, explanation, now) if case else None,
    }
    return _headed(render(request, "authorizations/why.html", context))


def _about(request: HttpRequest, code: str) -> About | None:
    try:
        return explaining.read(request.GET.get("about", ""), code)
    except explaining.Unreadable:
        request.guessed = "about" in request.GET  # type: ignore[attr-defined]  # counted by portal.page_limits
        return None


def _headed(response: HttpResponse) -> HttpResponse:
    """What it was about stands in the address: it is for no cache and no search engine."""
    response["Cache-Control"] = "no-store"
    response["X-Robots-Tag"] = "noindex, nofollow"
    return response


def _who(explanation: Explanation, case: Case | None) -> list[dict[str, Any]]:
    """Administrators and reviewers are named to members of their organization."""
    said = []
    for who in explanation.who:
        role, label = YOURS.get(who, (None, None))
        mine = case is not None and (case.role is role or (who is Who.OWNERS and case.owns))
        said.append({"label": label if mine else WHO[who], "names": _names(who, case) if case and case.seat else []})
    return said


def _names(who: Who, case: Case) -> list[str]:
    if who not in {Who.ADMINISTRATORS, Who.REVIEWERS} or case.organization is None:
        return []
    return _people(case.organization, who)


def _people(organization: Organization, who: Who) -> list[str]:
    """The owner first. One statement."""
    may = Q(person_id=organization.owner_id) | Q(administrator=True)
    if who is Who.REVIEWERS:
        may |= Q(reviewer=True)
    found = Membership.objects.filter(may, organization=organization, person__is_active=True).select_related("person")
    owner_first = found.annotate(owns=Q(person_id=F("organization__owner_id"))).order_by(
        "-owns", "person__display_name"
    )
    return [str(membership.person) for membership in owner_first[:NAMED]]


def _card(case: Case, explanation: Explanation, now: datetime) -> dict[str, Any]:
    refused = case.now_refused
    other = refused is not None and str(refused) != case.about.code
    return {
        "role": case.role,
        "app": case.app,
        "permissions": titles(case.about.scopes),
        "organization": case.organization,
        "place": case.about.place if case.role is Role.PERSON and case.organization is None else "",
        "person": case.person,
        "at": case.about.at,
        "asked_again": case.decided and explanation.standing,
        "refused": refused,
        "other": explaining.EXPLANATIONS[refused].title if refused is not None and other else "",
        "other_url": f"/why/{refused}" if other else "",
        "steps": why_steps.links(explanation.steps, case),
    }
