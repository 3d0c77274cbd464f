"""The page behind an invitation's link: which app, who invites, and one button."""

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from accounts.stepup import PersonRequest, recently_signed_in
from oauthapps.services import invitations
from oauthapps.services.registration import RegistrationRefused

STEP_UP_MINUTES = 60


@require_http_methods(["GET", "POST"])
@recently_signed_in(STEP_UP_MINUTES)
def invitation(request: PersonRequest, token: str) -> HttpResponse:
    now = timezone.now()
    try:
        found = invitations.find(token, now)
        if request.method == "POST":
            app = invitations.accept(token, person=request.user, now=now)
            messages.success(request, _("You are an owner of %(app)s now.") % {"app": app.name})
            return redirect(app.get_absolute_url())
    except invitations.InvitationOver:
        return render(request, "oauthapps/invitation_over.html", status=404)
    except RegistrationRefused as refusal:
        messages.info(request, str(refusal))
        return redirect(found.application.get_absolute_url())
    already = found.application.owners.filter(pk=request.user.pk).exists()
    context = {"invitation": found, "app": found.application, "already": already}
    return render(request, "oauthapps/invitation.html", context)
