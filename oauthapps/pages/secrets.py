"""The secrets of an app: two slots, who still uses which, and where owners are told in time."""

from datetime import datetime
from typing import Any

from django.conf import settings
from django.http import Http404, HttpResponse
from django.utils import timezone
from django.views.decorators.http import require_GET

from accounts.stepup import PersonRequest, signed_in
from authorizations.services import app_secrets
from oauthapps.models import Application, ApplicationSecret, AppWebhook, CalendarFeed
from oauthapps.pages.frame import owned_app, render_tab
from oauthapps.services.webhooks import deliveries

STEP_UP_MINUTES = 60


@require_GET
@signed_in
def secrets(request: PersonRequest, client_id: str) -> HttpResponse:
    return page(request, app_with_secrets(request, client_id), timezone.now())


def app_with_secrets(request: PersonRequest, client_id: str) -> Application:
    """Raises Http404 also for an app that runs on people's devices: it has no secrets."""
    app = owned_app(request, client_id)
    if app.is_public:
        raise Http404
    return app


def shown_once(made: ApplicationSecret, value: str, *, connections: int = 0, people: int = 0) -> dict[str, Any]:
    """`connections` and `people`: what ended with the one before."""
    return {
        "slot_label": made.get_slot_display(),
        "value": value,
        "expires_at": made.expires_at,
        "connections": connections,
        "people": people,
    }


def page(request: PersonRequest, app: Application, now: datetime, *, status: int = 200, **once: Any) -> HttpResponse:
    """`once`: what is shown this once (new_secret, new_key, new_feed), or what was wrong (webhook_problem)."""
    cards = _cards(app, now)
    webhook = AppWebhook.objects.filter(application=app).first()
    context = {
        "secrets": cards,
        "both": all(card["in_force"] for card in cards),
        "days": settings.SECRET_LIFETIME.days,
        "webhook": webhook,
        "deliveries": deliveries(webhook) if webhook else [],
        "feed": CalendarFeed.objects.filter(person=request.user).first(),
    }
    return render_tab(request, app, "secrets", "oauthapps/secrets.html", context | once, status=status)


def _cards(app: Application, now: datetime) -> list[dict[str, Any]]:
    standing = {s.slot: s for s in app.secrets.filter(revoked_at=None)}
    return [card(app, slot, str(label), standing.get(slot), now) for slot, label in ApplicationSecret.SLOTS]


def card(app: Application, slot: str, label: str, secret: ApplicationSecret | None, now: datetime) -> dict[str, Any]:
    in_force = secret is not None and secret.is_live(now)
    used = app_secrets.still_used_by(secret, now) if secret and in_force else None
    return {
        "slot": slot,
        "slot_label": label,
        "secret": secret,
        "in_force": in_force,
        "expired": secret is not None and not in_force,
        "soon": secret is not None and in_force and (secret.expires_at - now).days < 14,
        "used": used,
        "over": used is not None and used.is_over(now),
        "replaces": secret.key_id if secret and in_force else "",
        "before": app.secrets.exclude(revoked_at=None).filter(slot=slot).order_by("-revoked_at").first()
        if secret is None
        else None,
    }
