"""The migration tab: what must change, the new version beside the old one, and how many people have moved."""

from django.conf import settings
from django.http import Http404, HttpResponse
from django.shortcuts import redirect
from django.utils import timezone
from django.views.decorators.http import require_GET, require_POST

from accounts.stepup import PersonRequest, recently_signed_in, signed_in
from authorizations.models import BrownOut
from authorizations.services import progress, sunset, twins
from oauthapps.models import Application
from oauthapps.pages import secrets
from oauthapps.pages.checklist import checklist
from oauthapps.pages.frame import owned_app, render_tab
from oauthapps.services import RegistrationRefused


@require_GET
@signed_in
def migration(request: PersonRequest, client_id: str) -> HttpResponse:
    app = owned_app(request, client_id)
    return page(request, app, _legacy_of(app))


def _legacy_of(app: Application) -> Application:
    """The page is about a legacy app, and the twin shows the same one. Raises Http404."""
    legacy = app if app.is_legacy else app.twin_of
    if legacy is None:
        raise Http404
    return legacy


def page(
    request: PersonRequest, app: Application, legacy: Application, *, problem: str = "", status: int = 200
) -> HttpResponse:
    now = timezone.now()
    (row,) = progress.progress([legacy], now)
    owned = {
        a.pk for a in Application.objects.of(request.user).filter(pk__in=[legacy.pk, row.twin.pk if row.twin else 0])
    }
    context = {
        "legacy": legacy,
        "row": row,
        "owns_legacy": legacy.pk in owned,
        "owns_twin": row.twin is not None and row.twin.pk in owned,
        "sunset": settings.LEGACY_SUNSET,
        "days_left": sunset.days_left(now),
        "brown_outs": list(BrownOut.objects.planned(now)[:5]),
        "checklist": checklist(legacy, row.twin, settings.ISSUER),
        "problem": problem,
    }
    return render_tab(request, app, "migration", "oauthapps/migration.html", context, status=status)


@require_POST
@recently_signed_in(secrets.STEP_UP_MINUTES)
def create(request: PersonRequest, client_id: str) -> HttpResponse:
    """Makes the new version and leads to its secrets, where the first one is shown this once."""
    app, now = owned_app(request, client_id), timezone.now()
    if not app.is_legacy:
        raise Http404
    if twins.twin_of(app):  # pressed twice, or another owner was quicker
        return redirect("oauthapps:migration", app.client_id)
    try:
        twin, made, value = twins.create_twin(app, by=request.user, now=now)
    except (twins.TwinRefused, RegistrationRefused) as refusal:
        return page(request, app, app, problem=str(refusal), status=400)
    return secrets.page(request, twin, now, new_secret=secrets.shown_once(made, value))
