"""Preview features: what a person tries out."""

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from accounts import previews as features
from accounts.stepup import PersonRequest, signed_in

CHOICES = {"on": True, "off": False, "default": None}


@require_http_methods(["GET", "POST"])
@signed_in
def previews(request: PersonRequest) -> HttpResponse:
    if request.method == "POST":
        feature, choice = request.POST.get("feature", ""), request.POST.get("choice", "")
        if feature not in features.FEATURES or choice not in CHOICES:
            raise Http404
        features.choose(request.user, feature, CHOICES[choice], now=timezone.now())
        messages.success(request, _("Your choice is saved."))
        return redirect("accounts:previews")
    return render(request, "accounts/previews.html", {"standings": features.standings(request.user)})
