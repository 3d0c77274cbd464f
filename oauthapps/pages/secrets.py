"""The secrets of an app: two slots, each shown once when it is made."""

from datetime import datetime
from typing import Any

from django.http import Http404, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_GET, require_POST

from accounts.stepup import PersonRequest, recently_signed_in, signed_in
from authorizations.services import app_secrets
from oauthapps import services
from oauthapps.models import Application, ApplicationSecret
from oauthapps.pages.frame import owned_app, render_tab

STEP_UP_MINUTES = 60


@require_GET
@signed_in
def secrets(request: PersonRequest, client_id: str) -> HttpResponse:
    app = owned_app(request, client_id)
    if app.is_public:
        raise Http404
    return page(request, app, timezone.now())


@require_POST
@recently_signed_in(STEP_UP_MINUTES)
def secret(request: PersonRequest, client_id: str, slot: str) -> HttpResponse:
    app, now = owned_app(request, client_id), timezone.now()
    try:
        made = app_secrets.regenerate(app, slot=slot, by=request.user, now=now, replaces=request.POST.get("replaces"))
    except services.SecretChanged:
        # The page was reloaded, or somebody else was quicker: what they made must not end unseen.
        return redirect("oauthapps:secrets", app.client_id)
    except services.RegistrationRefused as refusal:
        raise Http404 from refusal
    return page(request, app, now, new_secret=shown_once(made.secret, made.value))


def shown_once(made: ApplicationSecret, value: str) -> dict[str, Any]:
    return {"slot_label": made.get_slot_display(), "value": value, "expires_at": made.expires_at}


def page(
    request: PersonRequest, app: Application, now: datetime, *, new_secret: dict[str, Any] | None = None
) -> HttpResponse:
    context = {"secrets": _cards(app, now), "new_secret": new_secret}
    return render_tab(request, app, "secrets", "oauthapps/secrets.html", context)


def _cards(app: Application, now: datetime) -> list[dict[str, Any]]:
    live = {s.slot: s for s in app.secrets.filter(revoked_at=None)}
    cards = []
    for slot, label in ApplicationSecret.SLOTS:
        s = live.get(slot)
        cards.append(
            {
                "slot": slot,
                "slot_label": label,
                "exists": s is not None,
                "hint": s.key_id if s else "",
                "replaces": s.key_id if s and s.expires_at > now else "",
                "created_at": s.created_at if s else None,
                "expires_at": s.expires_at if s else None,
                "expired": bool(s and s.expires_at <= now),
                "last_used_at": s.last_used_at if s else None,
                "action_url": reverse("oauthapps:secret", args=[app.client_id, slot]),
            }
        )
    return cards
