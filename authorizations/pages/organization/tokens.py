"""Personal tokens of members that reach the organization, and ending some of them here. Values are never shown."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from urllib.parse import urlencode
from uuid import UUID

from django.core.paginator import Paginator
from django.http import HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext
from django.views.decorators.http import require_GET, require_http_methods

from accounts.models import Organization
from accounts.pages.organization import frame
from accounts.stepup import PersonRequest, signed_in
from authorizations import explaining, token_listing
from authorizations.models import PersonalAccessToken, RevocationRule, reaching
from authorizations.pages import rows
from authorizations.pages.organization.paging import first_of
from authorizations.services import token_administration
from authorizations.token_listing import Show
from oauthapps import scopes as catalogue

PAGE = 25
LONGEST_QUERY = 100
FILTERS = (
    (Show.ALL, "key", gettext_lazy("in force")),
    (Show.FULL, "warning", gettext_lazy("with full access")),
    (Show.EVERYWHERE, "globe", gettext_lazy("for all organizations")),
    (Show.HIGH_PRIVILEGE, "shield", gettext_lazy("high privilege")),
    (Show.UNUSED, "moon", gettext_lazy("unused for 90 days")),
)


@dataclass(frozen=True)
class Asked:
    show: Show
    query: str

    def parameters(self, show: Show) -> str:
        said = {"q": self.query, "show": "" if show is Show.ALL else str(show)}
        return urlencode({k: v for k, v in said.items() if v})


def _asked(request: PersonRequest) -> Asked:
    """Anything odd asks for all."""
    said = request.GET.get("show", "")
    query = request.GET.get("q", "").replace("\x00", "")[:LONGEST_QUERY].strip()
    return Asked(Show(said) if said in set(Show) else Show.ALL, query)


@require_GET
@signed_in
def listing(request: PersonRequest, organization: str) -> HttpResponse:
    seat, now = frame.administrator(request, organization), timezone.now()
    asked = _asked(request)
    numbers = token_listing.counts(seat.organization, now)
    found = token_listing.selected(seat.organization, show=asked.show, query=asked.query, now=now)
    asked_page, matching = request.GET.get("page"), None if asked.query else numbers[asked.show]  # counted already
    if matching is None:
        keys, matching = token_listing.page(found, first_of(asked_page, PAGE), PAGE)
        page = Paginator(range(matching), PAGE).get_page(asked_page)
    else:
        page = Paginator(range(matching), PAGE).get_page(asked_page)
        keys = list(found.values_list("pk", flat=True)[page.start_index() - 1 : page.end_index()]) if matching else []
    context = {
        "total": numbers[Show.ALL],
        "filters": [
            {
                "number": numbers[show],
                "label": label,
                "icon_name": icon,
                "current": show is asked.show,
                "parameters": asked.parameters(show),
                "show": show,
            }
            for show, icon, label in FILTERS
        ],
        "asked": asked,
        "parameters": asked.parameters(asked.show),
        "page": page,
        "rows": _rows(seat.organization, token_listing.with_people(keys), now),
        "rules": RevocationRule.objects.standing().filter(organization=seat.organization).count(),
        "ended": _ended(request),
    }
    return frame.render_tab(request, seat, "tokens", "authorizations/organization/tokens.html", context)


def _ended(request: PersonRequest) -> int:
    """Said after a redirect; a number that somebody made up is only a sentence to themselves."""
    said = request.GET.get("ended", "")
    return int(said) if said.isascii() and said.isdigit() and len(said) < 5 else 0


def _rows(organization: Organization, tokens: list[PersonalAccessToken], now: datetime) -> list[dict[str, Any]]:
    members = token_listing.memberships(organization, tokens)
    return [_row(t, token_listing.refused(t, m, now), now) for t in tokens if (m := members.get(t.person_id))]


def _row(token: PersonalAccessToken, reason: Any, now: datetime) -> dict[str, Any]:
    return {
        "id": token.pk,
        "name": token.name,
        "person": str(token.person),
        "principal": token.person.principal_name,
        "powers": rows.powers(token.scopes),
        "full": token.is_full,
        "high_privilege": bool(catalogue.high_privilege(s for s in token.scopes if s in catalogue.CATALOGUE)),
        "everywhere": token.organization_id is None,
        "created_at": token.created_at,
        "expires_at": token.expires_at,
        "last_used_at": token.last_used_at,
        "refused": _(explaining.sentence(reason)) if reason else "",
    }


@require_http_methods(["GET", "POST"])
@signed_in
def end(request: PersonRequest, organization: str) -> HttpResponse:
    """Exactly the tokens that the page names are ended; ids that are of no token here are passed over."""
    seat, now = frame.administrator(request, organization), timezone.now()
    chosen = request.POST if request.method == "POST" else request.GET
    ids = _ids(chosen.getlist("token"))
    why = chosen.get("why", "").strip()
    problem = _("Say why: it is kept, and the people read it.") if request.method == "POST" and not why else ""
    if request.method == "POST" and why:
        done = token_administration.end_tokens(seat.organization, ids, why=why, by=request.user, now=now)
        return redirect(f"{reverse('organization:tokens', args=[seat.slug])}?ended={done.number}")
    found = list(
        reaching.personal_tokens(seat.organization, now)
        .filter(pk__in=ids)
        .select_related("person")
        .order_by("name", "pk")
    )
    context = {
        "rows": _rows(seat.organization, found, now),
        "number": len(found),
        "people": len({t.person_id for t in found}),
        "here": sum(t.organization_id is not None for t in found),
        "everywhere": sum(t.organization_id is None for t in found),
        "problem": problem,
        "why": why,
        "title": ngettext("End this token in %(place)s?", "End %(number)s tokens in %(place)s?", len(found))
        % {"number": len(found), "place": seat.organization.name},
    }
    return frame.render_tab(
        request, seat, "tokens", "authorizations/organization/end_tokens.html", context, status=400 if problem else 200
    )


def _ids(said: list[str]) -> list[UUID]:
    found = []
    for text in said[: token_administration.MOST]:
        try:
            found.append(UUID(text))
        except ValueError:
            continue
    return found
