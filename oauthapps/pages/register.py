"""A new app."""

from django.http import HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_http_methods

from accounts.stepup import PersonRequest, signed_in
from oauthapps import services
from oauthapps.pages import making, picker
from oauthapps.pages.forms import AppForm, chosen_scopes

BEGIN = (("openid", "profile"), ())  # what nearly every app needs; nothing that reaches data


@require_http_methods(["GET", "POST"])
@signed_in
def register(request: PersonRequest) -> HttpResponse:
    if request.method == "GET":
        return _page(request, AppForm(chosen=BEGIN))
    form, now = AppForm(request.POST, request.FILES, chosen=chosen_scopes(request.POST)), timezone.now()
    form.is_valid()
    form.find_problems(request.user, [request.user])
    if form.errors:
        return _page(request, form)
    try:
        return making.make(request, form, form.registration(), now=now)
    except services.RegistrationRefused as refusal:
        for problem in refusal.problems:
            form.show(problem)
    return _page(request, form)


def _page(request: PersonRequest, form: AppForm) -> HttpResponse:
    context = {
        "form": form,
        "ticket": making.ticket(request),
        "picker": picker.picker(form.chosen, find=request.GET.get("find", "")),
        "legacy_exception": services.live_exception(request.user, timezone.now()),
    }
    return render(request, "oauthapps/register.html", context, status=400 if form.errors else 200)
