"""Stopping several services at once: unused ones, legacy ones, those that may do much, those a search finds, or all.

The confirmation is bound to the set that was shown: if it is another one by then, nothing is stopped and it is shown
anew. Nobody revokes what was not on the page.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import urlencode

from django.conf import settings
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from accounts.stepup import PersonRequest, sign_in_url, signed_in, signed_in_within
from authorizations import listing
from authorizations.listing import Show, Sort
from authorizations.models import Authorization, Connection, Receipt
from authorizations.pages import asked, describe
from authorizations.services.revocation import revoke_authorizations
from oauthapps import scopes as catalogue
from oauthapps.digests import derived, same

STEP_UP = timedelta(minutes=10)


@dataclass(frozen=True)
class Wanted:
    """The set, as the address says it."""

    show: Show
    query: str

    @property
    def everything(self) -> bool:
        return self.show is Show.ALL and not self.query

    @property
    def parameters(self) -> str:
        return urlencode({k: v for k, v in {"show": str(self.show), "q": self.query}.items() if v})

    @property
    def label(self) -> str:
        named = {
            Show.ALL: _("All services"),
            Show.UNUSED: _("Services unused for 90 days"),
            Show.LEGACY: _("Legacy services"),
            Show.HIGH_PRIVILEGE: _("Services with high privileges"),
            Show.LIMITED: _("Services limited to some organizations"),
            Show.ENDING: _("Services that end soon"),
        }[self.show]
        return _("%(set)s that match “%(query)s”") % {"set": named, "query": self.query} if self.query else named


def _wanted(request: PersonRequest) -> Wanted:
    """The same words in the address as the list has."""
    said = asked.read(request.GET)
    return Wanted(said.show, said.query)


@require_http_methods(["GET", "POST"])
@signed_in
def revoke_set(request: PersonRequest) -> HttpResponse:
    now, wanted = timezone.now(), _wanted(request)
    address = f"{reverse('authorizations:revoke-set')}?{wanted.parameters}"
    if wanted.everything and not signed_in_within(request, STEP_UP, now):
        return redirect(sign_in_url(address, reason="reauthenticate"))
    found = list(
        listing.ordered(
            listing.selected(request.user, show=wanted.show, query=wanted.query, now=now), Sort.NAME
        ).select_related("application")
    )
    problem = _problem(request, found) if request.method == "POST" else ""
    if request.method == "GET" or problem or not found:
        context = _question(request, wanted, found, now) | {"problem": problem, "post_url": address}
        return render(request, "authorizations/revoke_set.html", context)
    return _stop(request, wanted, found, now)


def _stop(request: PersonRequest, wanted: Wanted, found: list[Authorization], now: datetime) -> HttpResponse:
    receipt = revoke_authorizations(
        request.user,
        [a.pk for a in found],
        by=request.user,
        reason=Authorization.Ended.REVOKED,
        now=now,
        what=Receipt.What.SET,
        selection=wanted.label[:120],
    )
    # None: somebody was quicker with every one of them, and has the receipt.
    return redirect("authorizations:receipt", receipt.reference) if receipt else redirect("authorizations:history")


def _mark(request: PersonRequest, found: list[Authorization]) -> str:
    """Stands for exactly this set of this person."""
    return derived("revoke-set", "\n".join([str(request.user.pk), *sorted(str(a.pk) for a in found)]))


def _problem(request: PersonRequest, found: list[Authorization]) -> str:
    if not same(request.POST.get("set", "").encode().hex(), _mark(request, found).encode().hex()):
        return _("The list has changed since you looked at it. Nothing was revoked: look again, then confirm.")
    if request.POST.get("count", "").strip() != str(len(found)):
        return _("Type the number of services, %(count)s, to confirm. Nothing was revoked.") % {"count": len(found)}
    return ""


def _question(request: PersonRequest, wanted: Wanted, found: list[Authorization], now: datetime) -> dict[str, Any]:
    used = sorted((a.last_used_at for a in found if a.last_used_at), reverse=True)
    lately = [a for a in found if a.last_used_at and a.last_used_at > now - timedelta(days=30)]
    return {
        "wanted": wanted,
        "found": [_line(a) for a in found],
        "count": len(found),
        "lately": len(lately),
        "last_used_at": used[0] if used else None,
        "connections": _open_connections(request, wanted, now) if found else 0,
        "token_minutes": int(settings.ACCESS_TOKEN_LIFETIME.total_seconds() // 60),
        "mark": _mark(request, found),
        "back_url": f"{reverse('authorizations:list')}?{wanted.parameters}",
    }


def _line(authorization: Authorization) -> dict[str, Any]:
    return {
        "app": describe.app_card(authorization.application),
        "last_used_at": authorization.last_used_at,
        "high_privilege": bool(catalogue.high_privilege(authorization.scopes)),
        "legacy": authorization.application.is_legacy,
    }


def _open_connections(request: PersonRequest, wanted: Wanted, now: datetime) -> int:
    chosen = listing.selected(request.user, show=wanted.show, query=wanted.query, now=now)
    return Connection.objects.filter(authorization__in=chosen.values("pk"), revoked_at=None, expires_at__gt=now).count()
