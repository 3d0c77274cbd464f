"""Deleting an app: what would stop, the app's name typed, and no way back."""

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect
from django.utils import timezone
from django.utils.translation import ngettext
from django.views.decorators.http import require_http_methods

from accounts.stepup import PersonRequest, recently_signed_in
from authorizations.services import app_retirement
from authorizations.services.app_retirement import Stops
from oauthapps.models import Application
from oauthapps.pages.frame import owned_app, render_tab
from oauthapps.services.registration import RegistrationRefused

STEP_UP_MINUTES = 15


@require_http_methods(["GET", "POST"])
@recently_signed_in(STEP_UP_MINUTES)
def danger(request: PersonRequest, client_id: str) -> HttpResponse:
    app, now = owned_app(request, client_id), timezone.now()
    typed = request.POST.get("name", "")
    if request.method == "GET" or not is_the_name(typed, app):
        wrong = request.method == "POST"
        context = {"stops": app_retirement.what_stops(app, now), "wrong": wrong, "typed": typed[:100]}
        return render_tab(request, app, "danger", "oauthapps/danger.html", context, status=400 if wrong else 200)
    try:
        messages.success(request, _said(app, app_retirement.delete_app(app, by=request.user, now=now)))
    except RegistrationRefused as refusal:  # another owner was quicker
        messages.info(request, str(refusal))
    return redirect("oauthapps:list")


def is_the_name(typed: str, app: Application) -> bool:
    """Spaces around do not matter; the rest does."""
    return typed.strip() == app.name.strip()


def _said(app: Application, stopped: Stops) -> str:
    return ngettext(
        "%(app)s is deleted. It stopped for %(people)s person; connections ended: %(connections)s.",
        "%(app)s is deleted. It stopped for %(people)s people; connections ended: %(connections)s.",
        stopped.people,
    ) % {"app": app.name, "people": stopped.people, "connections": stopped.connections}
