"""The settings of an app: what people see, where answers go, what is asked."""

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from accounts.stepup import PersonRequest, signed_in
from oauthapps import services
from oauthapps.models import Application
from oauthapps.pages.forms import AppForm, chosen_scopes, scope_groups, show_refusal
from oauthapps.pages.frame import owned_app, render_tab

KEPT = ("model", "verified_domain", "resource_server", "historic_answers", "id_token_algorithm")


@require_http_methods(["GET", "POST"])
@signed_in
def settings(request: PersonRequest, client_id: str) -> HttpResponse:
    app = owned_app(request, client_id)
    if request.method == "POST":
        return save(request, app)
    return _page(request, app, AppForm.of(app), (app.scopes, app.optional_scopes))


def save(request: PersonRequest, app: Application) -> HttpResponse:
    form, chosen = AppForm(request.POST), chosen_scopes(request.POST)
    if form.is_valid():
        kept = {name: getattr(app, name) for name in KEPT}
        if (form.cleaned_data["company"], form.cleaned_data["website"]) != (app.company, app.website):
            kept["verified_domain"] = ""  # what was verified was the old publisher
        try:
            services.change(app, form.registration(*chosen, **kept), by=request.user, now=timezone.now())
        except services.RegistrationRefused as refusal:
            show_refusal(form, refusal)
            app.refresh_from_db()
        else:
            messages.success(request, _("The settings are saved."))
            return redirect("oauthapps:settings", app.client_id)
    return _page(request, app, form, chosen)


def _page(request: PersonRequest, app: Application, form: AppForm, chosen: tuple[list[str], list[str]]) -> HttpResponse:
    context = {"form": form, "scope_groups": scope_groups(*chosen)}
    return render_tab(request, app, "settings", "oauthapps/settings.html", context, status=400 if form.errors else 200)
