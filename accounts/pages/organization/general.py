"""The settings of an organization: its name, who owns it, and what members have of the preview features."""

from django import forms
from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods, require_POST

from accounts import previews as features
from accounts.pages.organization import frame
from accounts.services import organization_previews, organizations
from accounts.services.standing import Refused
from accounts.stepup import PersonRequest, signed_in


class NameForm(forms.Form):
    name = forms.CharField(label=gettext_lazy("Name"), max_length=64)


@require_http_methods(["GET", "POST"])
@signed_in
def settings(request: PersonRequest, organization: str) -> HttpResponse:
    seat = frame.administrator(request, organization)
    bound = request.POST if request.method == "POST" else None
    form = NameForm(bound, initial={"name": seat.organization.name})
    if form.is_valid():
        try:
            if organizations.rename(seat.organization, form.cleaned_data["name"], by=request.user, now=timezone.now()):
                messages.success(request, _("The name is saved."))
            return redirect("organization:settings", seat.slug)
        except Refused as refusal:
            form.add_error(refusal.field or None, str(refusal))
    context = {
        "form": form,
        "features": features.organization_choices(seat.organization),
        "i_own": seat.organization.owner_id == request.user.pk,
    }
    status = 400 if form.errors else 200
    return frame.render_tab(request, seat, "settings", "accounts/organization/settings.html", context, status=status)


@require_POST
@signed_in
def previews(request: PersonRequest, organization: str) -> HttpResponse:
    """What members have unless they choose otherwise."""
    seat = frame.administrator(request, organization)
    feature, choice = request.POST.get("feature", ""), request.POST.get("choice", "")
    if feature not in features.FEATURES or choice not in {"on", "off"}:
        raise Http404
    try:
        organization_previews.set_default(
            seat.organization, feature, choice == "on", by=request.user, now=timezone.now()
        )
        messages.success(request, _("Saved. Members who chose for themselves keep their choice."))
    except Refused as refusal:
        messages.error(request, str(refusal))
    return redirect("organization:settings", seat.slug)
