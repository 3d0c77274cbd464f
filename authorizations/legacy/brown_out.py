"""What the legacy endpoints answer during an announced brown-out: 503, when to come back, and why."""

from collections.abc import Callable
from datetime import datetime

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone

from authorizations import brown_outs
from authorizations.legacy.sunset import announce_end
from oauthapps.models import Application

View = Callable[[HttpRequest], HttpResponse]


def pausing(view: View) -> View:
    """Around the legacy authorization endpoint: while a window runs, every request gets the page that explains it."""

    def paused_or(request: HttpRequest) -> HttpResponse:
        now = timezone.now()
        until = None if now >= settings.LEGACY_SUNSET else brown_outs.ends(now)
        return view(request) if until is None else page(request, until, now)

    # The view inside decides about CSRF itself, as it does without us.
    paused_or.csrf_exempt = getattr(view, "csrf_exempt", False)  # type: ignore[attr-defined]
    return paused_or


def page(request: HttpRequest, until: datetime, now: datetime) -> HttpResponse:
    client_id = request.GET.get("client_id", "").replace("\x00", "")[:255]
    name = Application.objects.filter(client_id=client_id, model="legacy").values_list("name", flat=True).first()
    context = {"until": until, "app_name": name or "", "sunset": settings.LEGACY_SUNSET}
    response = render(request, "authorizations/brown_out.html", context, status=503)
    return announce_end(brown_outs.tell(response, brown_outs.retry_after(until, now)))


def sentence(until: datetime) -> str:
    """For developers, in the JSON answers."""
    return f"The legacy model is paused until {until:%Y-%m-%dT%H:%M:%SZ}, as announced. Try again then, and move to the standard model."
