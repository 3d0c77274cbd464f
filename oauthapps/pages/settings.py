"""The settings of an app: what people see, where answers go, what is asked."""

from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from accounts.stepup import PersonRequest, signed_in
from oauthapps import services
from oauthapps.models import Application
from oauthapps.pages import conflict, picker
from oauthapps.pages.forms import AppForm, chosen_scopes
from oauthapps.pages.frame import owned_app, render_tab
from oauthapps.rules import still_verified

KEPT = ("model", "resource_server", "historic_answers", "id_token_algorithm")


@require_http_methods(["GET", "POST"])
@signed_in
def settings(request: PersonRequest, client_id: str) -> HttpResponse:
    app = owned_app(request, client_id)
    return save(request, app) if request.method == "POST" else _page(request, app, AppForm.of(app))


def save(request: PersonRequest, app: Application) -> HttpResponse:
    form = AppForm(request.POST, request.FILES, chosen=chosen_scopes(request.POST), app=app)
    form.is_valid()
    kept = _kept(form, app)
    form.find_problems(request.user, list(app.owners.all()), **kept)
    if form.errors:
        return _page(request, app, form)
    said = form.cleaned_data
    try:
        services.change(
            app,
            form.registration(**kept),
            by=request.user,
            now=timezone.now(),
            version=said["version"],
            confirmed=form.confirmed,
            logo=said["logo"],
            remove_logo=said.get("remove_logo", False),
        )
    except services.Stale:
        return _conflict(request, app)
    except services.RegistrationRefused as refusal:  # somebody was quicker with a name that looks the same
        for problem in refusal.problems:
            form.show(problem)
        return _page(request, app, form)
    messages.success(request, _("The settings are saved."))
    return redirect("oauthapps:settings", app.client_id)


def _kept(form: AppForm, app: Application) -> dict[str, Any]:
    kept = {name: getattr(app, name) for name in KEPT}
    said = form.cleaned_data
    said_now = (said.get("company", ""), said.get("website", ""))
    kept["verified_domain"] = still_verified(app.verified_domain, (app.company, app.website), said_now)
    return kept


def _conflict(request: PersonRequest, app: Application) -> HttpResponse:
    """Nothing is saved; the page keeps what was typed, and saving again is meant: it names the newer version."""
    app = Application.objects.get(pk=app.pk)
    typed = request.POST.copy()
    typed["version"] = str(app.version)
    form = AppForm(typed, chosen=chosen_scopes(request.POST), app=app)
    form.is_valid()
    return _page(request, app, form, conflict=conflict.between(app, form), status=409)


def _page(
    request: PersonRequest,
    app: Application,
    form: AppForm,
    *,
    conflict: conflict.Conflict | None = None,
    status: int | None = None,
) -> HttpResponse:
    context = {
        "form": form,
        "conflict": conflict,
        "picker": picker.picker(form.chosen, legacy=app.is_legacy, find=request.GET.get("find", "")),
        "resource_server": app.resource_server,
    }
    status = status or (400 if form.errors else 200)
    return render_tab(request, app, "settings", "oauthapps/settings.html", context, status=status)
