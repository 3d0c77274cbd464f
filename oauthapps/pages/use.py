"""People and use of an app: numbers for its owners, never who."""

from datetime import timedelta
from typing import Any

from django.http import HttpResponse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_GET

from accounts.stepup import PersonRequest, signed_in
from authorizations.usage.apps import Kind, Use, use_of
from authorizations.usage.reading import Series
from oauthapps import scopes
from oauthapps.models import Application
from oauthapps.pages.frame import owned_app, render_tab

KINDS = {
    "authorize": gettext_lazy("People sent here to approve"),
    "token": gettext_lazy("Tokens issued and refreshed"),
    "api": gettext_lazy("Calls of the API"),
    "introspect": gettext_lazy("Tokens checked by an API (introspection)"),
    "userinfo": gettext_lazy("Who has signed in (userinfo)"),
    "revoke": gettext_lazy("Tokens given back"),
}


@require_GET
@signed_in
def use(request: PersonRequest, client_id: str) -> HttpResponse:
    app = owned_app(request, client_id)
    found = use_of(app, now=timezone.now())
    context = {
        "use": found,
        "kinds": [_line(kind, str(KINDS.get(kind.value, kind.value)), found.kinds) for kind in found.kinds],
        "permissions": _permissions(app, found),
        "days": _days(found.calls),
    }
    return render_tab(request, app, "use", "oauthapps/use.html", context)


def _line(kind: Kind, label: str, among: tuple[Kind, ...]) -> dict[str, Any]:
    most = max(k.calls for k in among)
    return {"label": label, "calls": kind.calls, "width": max(1, round(100 * kind.calls / most)) if kind.calls else 0}


def _permissions(app: Application, found: Use) -> list[dict[str, Any]]:
    """What it asks for, the most used first; what was not used is what it could stop asking for."""
    counted = {kind.value: kind.calls for kind in found.scopes}
    asked = scopes.of_the_api(s for s in app.all_scopes if s in scopes.CATALOGUE)
    rows = [
        {
            "title": _(scopes.CATALOGUE[s].title),
            "identifier": s,
            "calls": counted.get(s, 0),
            "high": scopes.CATALOGUE[s].high_privilege,
        }
        for s in asked
    ]
    return sorted(rows, key=lambda row: -row["calls"])


def _days(series: Series) -> list[dict[str, Any]]:
    """The same as the picture, as a table; the latest first."""
    return [
        {"day": series.last - timedelta(days=back), "calls": calls} for back, calls in enumerate(reversed(series.calls))
    ]
