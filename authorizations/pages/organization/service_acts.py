"""Revoking a service in one organization, for one person or for all, and blocking it. Each act says first what it stops."""

from datetime import datetime
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_http_methods

from accounts.pages.organization import frame
from accounts.pages.organization.frame import Seat
from accounts.stepup import PersonRequest, signed_in
from authorizations.models import Authorization, ShutOut
from authorizations.pages import describe
from authorizations.pages.organization import service as service_page
from authorizations.services import rulings, shutting_out
from oauthapps.models import Application


@require_http_methods(["GET", "POST"])
@signed_in
def revoke(request: PersonRequest, organization: str, client_id: str) -> HttpResponse:
    """For all. Somebody who was quicker leaves nothing to do, and that is said."""
    seat, now = frame.administrator(request, organization), timezone.now()
    app, _line = service_page.find(seat.organization, client_id, now)
    why = _why(request)
    if request.method == "POST" and why:
        act = shutting_out.for_all(seat.organization, app, by=request.user, why=why, now=now)
        return _done(request, seat, app, act)
    return _ask(request, seat, app, "revoke-all", now)


@require_http_methods(["GET", "POST"])
@signed_in
def revoke_one(request: PersonRequest, organization: str, client_id: str, person_id: UUID) -> HttpResponse:
    seat, now = frame.administrator(request, organization), timezone.now()
    app, _line = service_page.find(seat.organization, client_id, now)
    found = shutting_out.reaching(seat.organization, app, now).select_related("person", "application")
    authorization = found.filter(person=person_id).first()
    if authorization is None:
        if not ShutOut.objects.filter(
            organization=seat.organization, application=app, exclusions__person=person_id
        ).exists():
            raise Http404
        return _done(request, seat, app, None)
    why = _why(request)
    if request.method == "POST" and why:
        act = shutting_out.for_one(seat.organization, authorization, by=request.user, why=why, now=now)
        return _done(request, seat, app, act)
    return _ask(request, seat, app, "revoke-one", now, authorization)


@require_http_methods(["GET", "POST"])
@signed_in
def block(request: PersonRequest, organization: str, client_id: str) -> HttpResponse:
    seat, now = frame.administrator(request, organization), timezone.now()
    app, line = service_page.find(seat.organization, client_id, now)
    why = _why(request)
    if request.method == "POST" and why:
        rulings.block(seat.organization, app, by=request.user, why=why, now=now)
        messages.success(request, _("%(app)s is blocked here. Its next call is refused.") % {"app": app.name})
        return _back(seat, app)
    return _back(seat, app) if line.blocked else _ask(request, seat, app, "block", now)


@require_http_methods(["GET", "POST"])
@signed_in
def unblock(request: PersonRequest, organization: str, client_id: str) -> HttpResponse:
    seat, now = frame.administrator(request, organization), timezone.now()
    app, line = service_page.find(seat.organization, client_id, now)
    why = _why(request)
    if request.method == "POST" and why:
        rulings.unblock(seat.organization, app, by=request.user, why=why, now=now)
        messages.success(request, _("%(app)s is no longer blocked here.") % {"app": app.name})
        return _back(seat, app)
    return _ask(request, seat, app, "unblock", now) if line.blocked else _back(seat, app)


def _why(request: PersonRequest) -> str:
    return request.POST.get("why", "").replace("\x00", "").strip()[: shutting_out.LONGEST_WHY]


def _back(seat: Seat, app: Application) -> HttpResponse:
    return redirect("organization:service", seat.slug, app.client_id)


def _done(request: PersonRequest, seat: Seat, app: Application, act: ShutOut | None) -> HttpResponse:
    if act is None:
        messages.info(request, _("There was nothing left to revoke: it has been done already."))
        return _back(seat, app)
    words = ngettext(
        "Revoked here for %(n)s person. Reference: %(reference)s",
        "Revoked here for %(n)s people. Reference: %(reference)s",
        act.people,
    )
    messages.success(request, words % {"n": f"{act.people:,}", "reference": act.reference})
    return _back(seat, app)


def _ask(
    request: PersonRequest,
    seat: Seat,
    app: Application,
    act: str,
    now: datetime,
    one: Authorization | None = None,
) -> HttpResponse:
    """What it would stop, in numbers, and the form that does it."""
    organization, missing = seat.organization, request.method == "POST"
    everybody = shutting_out.reaching(organization, app, now)
    concerned = [one.pk] if one else everybody.values("pk")
    context: dict[str, Any] = {
        "app": describe.app_card(app),
        "act": act,
        "person": str(one.person) if one else "",
        "people": 1 if one else everybody.count(),
        "connections": shutting_out.connections(concerned, now),
        "calls": shutting_out.calls_of_one(one, organization, now)
        if one
        else shutting_out.calls_of_all(app, organization, now),
        "most": shutting_out.LONGEST_WHY,
        "error": _("Say why: the people concerned and the audit read it. Nothing was changed.") if missing else "",
        "back_url": reverse("organization:service", args=[seat.slug, app.client_id]),
    }
    template = "authorizations/organization/service_act.html"
    return frame.render_tab(request, seat, "services", template, context, status=400 if missing else 200)
