"""Making, regenerating and ending a secret. What would stop is said before, what stopped after."""

from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_http_methods

from accounts.stepup import PersonRequest, recently_signed_in
from authorizations.services import app_secrets
from oauthapps import services
from oauthapps.models import Application, ApplicationSecret
from oauthapps.pages.frame import posted, render_tab
from oauthapps.pages.secrets import STEP_UP_MINUTES, app_with_secrets, card, page, shown_once


@posted("secrets")
@recently_signed_in(STEP_UP_MINUTES)
def make(request: PersonRequest, client_id: str, slot: str) -> HttpResponse:
    """A new secret in the slot; `replaces` says what the page showed there."""
    app, now = app_with_secrets(request, client_id), timezone.now()
    try:
        made = app_secrets.regenerate(
            app, slot=slot, by=request.user, now=now, replaces=request.POST.get("replaces"), lifetime=_lifetime(request)
        )
    except services.SecretChanged:
        return _quicker(request, app)
    except services.RegistrationRefused as refusal:
        if refusal.field == "days":
            return page(request, app, now, days_problem=str(refusal), status=400)
        raise Http404 from refusal
    once = shown_once(made.secret, made.value, connections=made.connections, people=made.people)
    return page(request, app, now, new_secret=once)


def _lifetime(request: HttpRequest) -> timedelta | None:
    """Raises RegistrationRefused for anything but a whole number of days."""
    said = request.POST.get("days", "").strip()
    if not said:
        return None
    if not (said.isascii() and said.isdigit() and len(said) <= 4):
        raise services.RegistrationRefused("days", _("Write a whole number of days."))
    return timedelta(days=int(said))


def _quicker(request: HttpRequest, app: Application) -> HttpResponse:
    """The page was reloaded, or somebody else was quicker: what they made must not end unseen."""
    messages.warning(request, _("This secret was changed since you opened the page, so nothing was done. Look again."))
    return redirect("oauthapps:secrets", app.client_id)


@require_http_methods(["GET"])
@recently_signed_in(STEP_UP_MINUTES)
def regenerate(request: PersonRequest, client_id: str, slot: str) -> HttpResponse:
    app, now = app_with_secrets(request, client_id), timezone.now()
    secret = _standing(app, slot, now)
    return _confirm(request, app, secret, now, "regenerate") if secret else redirect("oauthapps:secrets", client_id)


@require_http_methods(["GET", "POST"])
@recently_signed_in(STEP_UP_MINUTES)
def end(request: PersonRequest, client_id: str, slot: str) -> HttpResponse:
    app, now = app_with_secrets(request, client_id), timezone.now()
    secret = _standing(app, slot, now)
    if request.method == "GET":
        return _confirm(request, app, secret, now, "end") if secret else redirect("oauthapps:secrets", client_id)
    try:
        number, people = app_secrets.retire(
            app, slot=slot, by=request.user, now=now, replaces=request.POST.get("replaces", "")
        )
    except services.RegistrationRefused:
        return _quicker(request, app)
    messages.success(request, _ended(str(dict(ApplicationSecret.SLOTS)[slot]), number, people))
    return redirect("oauthapps:secrets", app.client_id)


def _ended(slot: str, number: int, people: int) -> str:
    if not number:
        return _("%(slot)s secret ended. No connection depended on it.") % {"slot": slot}
    said = ngettext(
        "%(slot)s secret ended, and with it %(number)s connection of %(people)s person.",
        "%(slot)s secret ended, and with it %(number)s connections; people concerned: %(people)s.",
        number,
    )
    return said % {"slot": slot, "number": number, "people": people}


def _standing(app: Application, slot: str, now: datetime) -> ApplicationSecret | None:
    """Raises Http404 for an unknown slot."""
    if slot not in dict(ApplicationSecret.SLOTS):
        raise Http404
    return app.secrets.live(now).filter(slot=slot).first()


def _confirm(
    request: PersonRequest, app: Application, secret: ApplicationSecret, now: datetime, act: str
) -> HttpResponse:
    shown = card(app, secret.slot, str(secret.get_slot_display()), secret, now)
    other: Any = app.secrets.live(now).exclude(slot=secret.slot).first()
    context = {"secret": shown, "act": act, "other": other, "days": settings.SECRET_LIFETIME.days}
    return render_tab(request, app, "secrets", "oauthapps/secret_confirm.html", context)
