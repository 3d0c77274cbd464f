"""A new app."""

from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_http_methods

from accounts.stepup import PersonRequest, signed_in
from oauthapps import services
from oauthapps.pages import secrets
from oauthapps.pages.forms import AppForm, chosen_scopes, scope_groups, show_refusal


@require_http_methods(["GET", "POST"])
@signed_in
def register(request: PersonRequest) -> HttpResponse:
    form, now = AppForm(request.POST or None), timezone.now()
    chosen = chosen_scopes(request.POST)
    if request.method == "POST" and form.is_valid():
        try:
            app = services.register(form.registration(*chosen), owners=[request.user], by=request.user, now=now)
        except services.RegistrationRefused as refusal:
            show_refusal(form, refusal)
        else:
            if app.is_public:
                return redirect(app.get_absolute_url())
            made, value = services.create_secret(app, slot="primary", by=request.user, now=now)
            return secrets.page(request, app, now, new_secret=secrets.shown_once(made, value))
    context = {"form": form, "scope_groups": scope_groups(*chosen)}
    return render(request, "oauthapps/register.html", context, status=400 if form.errors else 200)
