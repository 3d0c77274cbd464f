"""Revocation rules of an organization: which there are, a new one with what it would stop, and taking one back."""

from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from django.core.paginator import Paginator
from django.http import Http404, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils import timezone
from django.utils.dateparse import parse_datetime
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods

from accounts.pages.organization import frame
from accounts.stepup import PersonRequest, signed_in
from authorizations.models import RevocationRule
from authorizations.services import revocation_rules, rule_impact, telling
from authorizations.services.revocation_rules import RuleRefused
from oauthapps import scopes as catalogue

PAGE = 25
API = catalogue.of_the_api(catalogue.CATALOGUE)


@require_GET
@signed_in
def listing(request: PersonRequest, organization: str) -> HttpResponse:
    seat = frame.administrator(request, organization)
    found = RevocationRule.objects.filter(organization=seat.organization).order_by("-made_at", "pk")
    page = Paginator(found, PAGE).get_page(request.GET.get("page"))
    context = {"page": page, "rows": [_line(rule) for rule in page]}
    return frame.render_tab(request, seat, "tokens", "authorizations/organization/rules.html", context)


def _line(rule: RevocationRule) -> dict[str, Any]:
    titles = [_(title) for title in telling.titles(rule.scopes)]
    everything = len(rule.scopes) == len(API)
    return {"rule": rule, "permissions": [_("Every permission")] if everything else titles}


class Wanted:
    """What the form says. `problem`: what is wrong with it, by field."""

    def __init__(self, said: Any, now: datetime) -> None:
        self.scopes = API if said.get("everything") else [s for s in API if s in set(said.getlist("scope"))]
        self.everything = bool(said.get("everything"))
        self.why = said.get("why", "").replace("\x00", "").strip()[: revocation_rules.LONGEST_WHY]
        self.before_said = said.get("before", "").replace("\x00", "").strip()[:40]
        self.problems: dict[str, str] = {}
        self.before = self._before()
        if not self.why:
            self.problems["why"] = _("Say why: it is kept, and the people read it.")
        try:
            self.ruled, self.instant = revocation_rules.checked(list(self.scopes), self.before, now)
        except RuleRefused as error:
            self.problems.setdefault(error.field, str(error))

    def _before(self) -> datetime | None:
        if not self.before_said:
            return None
        try:
            found = parse_datetime(self.before_said)
            if found is None:
                raise ValueError
            return found.replace(tzinfo=UTC) if found.tzinfo is None else found.astimezone(UTC)
        except (ValueError, OverflowError):
            self.problems["created_before"] = _("Give a day and a time, such as 2026-05-01T10:00, in UTC.")
            return None


@require_http_methods(["GET", "POST"])
@signed_in
def new(request: PersonRequest, organization: str) -> HttpResponse:
    """A form, then what the rule would stop, then the rule."""
    seat, now = frame.administrator(request, organization), timezone.now()
    said = request.POST if request.method == "POST" else request.GET
    wanted = Wanted(said, now)
    looking = request.method == "GET" and "preview" in said
    if request.method == "POST" and not wanted.problems:
        try:
            revocation_rules.make(
                seat.organization, wanted.ruled, created_before=wanted.before, why=wanted.why, by=request.user, now=now
            )
        except RuleRefused as error:
            wanted.problems[error.field] = str(error)
        else:
            return redirect(reverse("organization:rules", args=[seat.slug]))
    shown = looking or request.method == "POST"
    problems = wanted.problems if shown else {}
    context = {
        "wanted": wanted,
        "problems": problems,
        "groups": _groups(wanted),
        "permissions": [_(t) for t in telling.titles(wanted.scopes)],
        "impact": None,
    }
    if looking and not problems:
        context["impact"] = rule_impact.impact(seat.organization, wanted.ruled, wanted.instant, now)
    return frame.render_tab(
        request,
        seat,
        "tokens",
        "authorizations/organization/new_rule.html",
        context,
        status=400 if problems and request.method == "POST" else 200,
    )


def _groups(wanted: Wanted) -> list[dict[str, Any]]:
    chosen = set() if wanted.everything else set(wanted.scopes)
    return [
        {
            "category": category,
            "open": any(s.identifier in chosen for s in found),
            "rows": [{"scope": s, "checked": s.identifier in chosen} for s in found],
        }
        for category, found in catalogue.by_category(API)
    ]


@require_http_methods(["GET", "POST"])
@signed_in
def withdraw(request: PersonRequest, organization: str, rule_id: UUID) -> HttpResponse:
    seat = frame.administrator(request, organization)
    rule = (
        RevocationRule.objects.select_related("organization").filter(organization=seat.organization, pk=rule_id).first()
    )
    if rule is None:
        raise Http404
    if request.method == "POST":
        revocation_rules.withdraw(rule, by=request.user, now=timezone.now())
        return redirect(reverse("organization:rules", args=[seat.slug]))
    context = {"line": _line(rule), "rule": rule}
    return frame.render_tab(request, seat, "tokens", "authorizations/organization/withdraw_rule.html", context)
