"""Who owns an app: the list, removing and leaving."""

from datetime import datetime
from typing import Any
from urllib.parse import quote, urlencode

from django.conf import settings
from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods

from accounts.models import User
from accounts.stepup import PersonRequest, recently_signed_in, signed_in
from oauthapps.models import Application, OwnerInvitation
from oauthapps.pages.frame import owned_app, posted, render_tab
from oauthapps.services import invitations
from oauthapps.services import owners as service
from oauthapps.services.registration import RegistrationRefused

STEP_UP_MINUTES = 60


@require_GET
@signed_in
def owners(request: PersonRequest, client_id: str) -> HttpResponse:
    return _page(request, owned_app(request, client_id), timezone.now())


def _page(request: PersonRequest, app: Application, now: datetime, *, status: int = 200, **once: Any) -> HttpResponse:
    people = list(app.owners.order_by("display_name", "principal_name", "pk"))
    active = [p for p in people if p.is_active]
    context = {
        "owners": [{"person": p, "me": p.pk == request.user.pk} for p in people],
        "alone": active == [request.user],
        "invitations": app.invitations.open(now).select_related("invited_by").order_by("-created_at"),
        "days": invitations.LIFETIME.days,
    }
    return render_tab(request, app, "owners", "oauthapps/owners.html", context | once, status=status)


@posted("owners")
@recently_signed_in(STEP_UP_MINUTES)
def invite(request: PersonRequest, client_id: str) -> HttpResponse:
    app, now = owned_app(request, client_id), timezone.now()
    hands_over = request.POST.get("hands_over") == "yes"
    try:
        made, token = invitations.invite(
            app, by=request.user, note=request.POST.get("note", ""), hands_over=hands_over, now=now
        )
    except RegistrationRefused as refusal:
        return _page(request, app, now, invite_problem=str(refusal), status=400)
    return _page(request, app, now, new_invitation=_shown_once(app, made, token))


def _shown_once(app: Application, made: OwnerInvitation, token: str) -> dict[str, Any]:
    address = settings.ISSUER + reverse("oauthapps:invitation", args=[token])
    subject = _("Look after %(app)s together with me") % {"app": app.name}
    body = _("Open this link and sign in. It works once, until %(day)s:") % {
        "day": f"{made.expires_at:%Y-%m-%d %H:%M} UTC"
    }
    mail = urlencode({"subject": subject, "body": f"{body}\n\n{address}\n"}, quote_via=quote)
    return {"address": address, "mailto": f"mailto:?{mail}", "expires_at": made.expires_at, "note": made.note}


@posted("owners")
@signed_in
def withdraw(request: PersonRequest, client_id: str, pk: int) -> HttpResponse:
    app = owned_app(request, client_id)
    invitation = app.invitations.filter(pk=pk).first()
    if invitation is None:
        raise Http404
    if invitations.revoke(invitation, by=request.user, now=timezone.now()):
        messages.success(request, _("The invitation is withdrawn. Its link works no more."))
    return redirect("oauthapps:owners", client_id)


@require_http_methods(["GET", "POST"])
@recently_signed_in(STEP_UP_MINUTES)
def remove(request: PersonRequest, client_id: str, person_id: Any) -> HttpResponse:
    """Removes another owner, or oneself: the page asks first."""
    app, now = owned_app(request, client_id), timezone.now()
    person = app.owners.filter(pk=person_id).first()
    if person is None:
        raise Http404
    me = person.pk == request.user.pk
    if request.method == "GET":
        return render_tab(request, app, "owners", "oauthapps/owner_remove.html", {"person": person, "me": me})
    try:
        done = _removed(app, person, request.user, now)
    except RegistrationRefused as refusal:
        messages.error(request, str(refusal))
        return redirect("oauthapps:owners", client_id)
    if done:
        words = {"app": app.name, "who": str(person)}
        said = _("You left %(app)s.") if me else _("%(who)s is no longer an owner of %(app)s.")
        messages.success(request, said % words)
    return redirect("oauthapps:list") if me else redirect("oauthapps:owners", client_id)


def _removed(app: Application, person: User, by: User, now: datetime) -> bool:
    return service.leave(app, person=by, now=now) if person.pk == by.pk else service.remove(app, person, by=by, now=now)
