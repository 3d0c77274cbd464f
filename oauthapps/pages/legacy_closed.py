"""Registration of legacy apps is closed: the page says since when and what to do instead, and serves exceptions."""

from typing import cast

from django.conf import settings
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_http_methods

from accounts.stepup import PersonRequest, sign_in_url
from authorizations.services import sunset
from oauthapps import services
from oauthapps.pages import making, picker
from oauthapps.pages.forms import AppForm, chosen_scopes


@require_http_methods(["GET", "POST"])
def legacy(request: HttpRequest) -> HttpResponse:
    """Open to everybody, because the headers of every legacy answer lead here (RFC 9745 §3)."""
    if request.user.is_authenticated:
        return _signed_in(cast(PersonRequest, request))
    if request.method == "POST":
        return HttpResponseRedirect(sign_in_url(reverse("oauthapps:register-legacy")))
    return _page(request, None)


def _signed_in(request: PersonRequest) -> HttpResponse:
    now = timezone.now()
    exception = services.live_exception(request.user, now)
    open_ = now < settings.LEGACY_REGISTRATION_CUTOFF or exception is not None
    if not open_ or now >= settings.LEGACY_SUNSET:
        return _page(request, None, 403 if request.method == "POST" else 200)
    if request.method == "GET":
        return _page(request, AppForm(chosen=((), ())), exception=exception)
    form = AppForm(request.POST, request.FILES, chosen=chosen_scopes(request.POST))
    form.is_valid()
    form.find_problems(request.user, [request.user], model="legacy")
    if form.errors:
        return _page(request, form, 400, exception=exception)
    try:
        registration = form.registration(model="legacy", client_type="confidential")
        return making.make(request, form, registration, now=now)
    except services.RegistrationRefused as refusal:
        form.add_error(None, str(refusal))
    return _page(request, form, 400, exception=exception)


def _page(request: HttpRequest, form: AppForm | None, status: int = 200, **more: object) -> HttpResponse:
    now = timezone.now()
    context = {
        "form": form,
        "ticket": making.ticket(cast(PersonRequest, request)) if form else "",
        "picker": picker.picker(form.chosen, legacy=True, find=request.GET.get("find", "")) if form else None,
        "cutoff": settings.LEGACY_REGISTRATION_CUTOFF,
        "sunset": settings.LEGACY_SUNSET,
        "days_left": sunset.days_left(now),
        "over": now >= settings.LEGACY_SUNSET,
    }
    return render(request, "oauthapps/legacy_closed.html", context | more, status=status)
