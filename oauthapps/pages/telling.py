"""Where owners are told besides their mail: the app's webhook, and a link for calendar programs."""

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.stepup import PersonRequest, recently_signed_in, signed_in
from oauthapps.pages.frame import posted
from oauthapps.pages.secrets import STEP_UP_MINUTES, app_with_secrets, page
from oauthapps.services import calendar, webhooks
from oauthapps.services.registration import RegistrationRefused


@posted("secrets")
@recently_signed_in(STEP_UP_MINUTES)
def set_webhook(request: PersonRequest, client_id: str) -> HttpResponse:
    app, now = app_with_secrets(request, client_id), timezone.now()
    address = request.POST.get("address", "").strip()
    try:
        _made, key = webhooks.set_webhook(app, address, by=request.user, now=now)
    except RegistrationRefused as refusal:
        return page(request, app, now, webhook_problem=str(refusal), webhook_typed=address[:2000], status=400)
    return page(request, app, now, new_key=key)


@posted("secrets")
@recently_signed_in(STEP_UP_MINUTES)
def remove_webhook(request: PersonRequest, client_id: str) -> HttpResponse:
    app = app_with_secrets(request, client_id)
    if webhooks.remove_webhook(app, by=request.user, now=timezone.now()):
        messages.success(request, _("The webhook is removed. Nothing more is sent to it."))
    return redirect("oauthapps:secrets", app.client_id)


@posted("secrets")
@signed_in
def test_webhook(request: PersonRequest, client_id: str) -> HttpResponse:
    app = app_with_secrets(request, client_id)
    if webhooks.test(app, by=request.user, now=timezone.now()):
        messages.success(request, _("A test call is on its way. Reload in a moment to see whether it arrived."))
    else:
        messages.warning(request, _("There is no webhook to test."))
    return redirect("oauthapps:secrets", app.client_id)


@posted("secrets")
@recently_signed_in(STEP_UP_MINUTES)
def make_feed(request: PersonRequest, client_id: str) -> HttpResponse:
    app, now = app_with_secrets(request, client_id), timezone.now()
    return page(request, app, now, new_feed=calendar.make_link(request.user, now=now))


@posted("secrets")
@signed_in
def end_feed(request: PersonRequest, client_id: str) -> HttpResponse:
    app = app_with_secrets(request, client_id)
    if calendar.end_link(request.user, now=timezone.now()):
        messages.success(request, _("The calendar link is ended. Calendars that use it read nothing more."))
    return redirect("oauthapps:secrets", app.client_id)
