"""What the legacy authorization endpoint answers while its model is paused, as announced or by a kill switch: 503, when
to come back, and why."""

from collections.abc import Callable

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone

from authorizations import brown_outs, explaining, pauses
from authorizations.legacy.sunset import announce_end
from authorizations.pauses import Pause
from authorizations.policy import Reason
from oauthapps.models import Application

View = Callable[[HttpRequest], HttpResponse]


def pausing(view: View) -> View:
    """Around the legacy authorization endpoint: while it is paused, every request gets the page that explains it."""

    def paused_or(request: HttpRequest) -> HttpResponse:
        pause = pauses.of_legacy(timezone.now())
        return view(request) if pause is None else page(request, pause)

    # The view inside decides about CSRF itself, as it does without us.
    paused_or.csrf_exempt = getattr(view, "csrf_exempt", False)  # type: ignore[attr-defined]
    return paused_or


def page(request: HttpRequest, pause: Pause) -> HttpResponse:
    client_id = request.GET.get("client_id", "").replace("\x00", "")[:255]
    name = Application.objects.filter(client_id=client_id, model="legacy").values_list("name", flat=True).first()
    context = {
        "until": pause.until,
        "announced": pause.reason is Reason.BROWN_OUT,
        "app_name": name or "",
        "sunset": settings.LEGACY_SUNSET,
        "why": explaining.page(pause.reason),
    }
    response = render(request, "authorizations/brown_out.html", context, status=503)
    return announce_end(brown_outs.tell(response, pause.seconds))
