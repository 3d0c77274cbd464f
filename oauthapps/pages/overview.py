"""The first tab of an app: what it is, its id, where it speaks to, and how to begin."""

from typing import Any

from django.conf import settings
from django.http import HttpResponse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from accounts.stepup import PersonRequest, signed_in
from authorizations.usage.apps import people_of
from authorizations.usage.reading import app_series
from oauthapps import scopes
from oauthapps.models import Application
from oauthapps.pages import settings as settings_page
from oauthapps.pages.frame import owned_app, render_tab
from oauthapps.pages.health import signs
from oauthapps.pages.quickstart import endpoints, quickstart

WEIGHTS = {"see": "See", "use": "Use", "change": "Change", "manage": "Manage", "full": "Full access"}


@require_http_methods(["GET", "POST"])
@signed_in
def overview(request: PersonRequest, client_id: str) -> HttpResponse:
    if request.method == "POST":  # where the settings were sent before they had a page of their own
        return settings_page.save(request, owned_app(request, client_id))
    app, now = owned_app(request, client_id), timezone.now()
    calls = app_series([app.pk], today=now.date())[app.pk]
    context = {
        "signs": signs(app, app.secrets.filter(revoked_at=None), now),
        "about": {
            "redirect_uris": app.callbacks,
            "created": app.registered_at,
            "owners": list(app.owners.all()),
            "people": people_of([app.pk], now=now).get(app.pk, 0),
            "calls": calls,
            "week": sum(calls.calls[-7:]),
        },
        "asks": _asks(app),
        "quickstart": quickstart(app, settings.ISSUER),
        "endpoints": endpoints(app, settings.ISSUER),
    }
    return render_tab(request, app, "detail", "oauthapps/overview.html", context)


def _asks(app: Application) -> list[dict[str, Any]]:
    """The permissions in words, the heaviest first."""
    return [
        {"category": category, "items": [_ask(scope, app) for scope in found]}
        for category, found in scopes.by_category(s for s in app.all_scopes if s in scopes.CATALOGUE)
    ]


def _ask(scope: scopes.Scope, app: Application) -> dict[str, Any]:
    weight = scope.weight.name.lower()
    return {
        "title": scope.title,
        "weight": weight,
        "weight_label": _(WEIGHTS[weight]),
        "optional": scope.identifier in app.optional_scopes,
    }
