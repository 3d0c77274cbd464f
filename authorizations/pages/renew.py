"""Where the "Renew" button of a reminder leads: one question, for the person themselves, signed in.

A link in a mail may take away (maillinks); giving more time needs the person.
"""

from datetime import datetime
from uuid import UUID

from django.conf import settings
from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.dateparse import parse_datetime
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from accounts.stepup import PersonRequest, signed_in
from authorizations.models import Authorization
from authorizations.pages import describe, mine
from authorizations.services import narrowing


@require_http_methods(["GET", "POST"])
@signed_in
def renew(request: PersonRequest, authorization_id: UUID) -> HttpResponse:
    now, authorization = timezone.now(), mine.authorization(request, authorization_id)
    if not authorization.is_live(now) or authorization.expires_at is None:
        messages.info(request, _("This service has ended; connect it again from its own pages."))
        return redirect("authorizations:detail", authorization.pk)
    until = now + settings.AUTHORIZATION_LIFETIME
    if request.method == "POST":
        return _renewed(request, authorization, until, now)
    context = {
        "app": describe.app_card(authorization.application),
        "groups": describe.groups(authorization.scopes),
        "authorization": authorization,
        "until": until,
    }
    return render(request, "authorizations/renew.html", context)


def _renewed(request: PersonRequest, authorization: Authorization, until: datetime, now: datetime) -> HttpResponse:
    try:
        seen = parse_datetime(request.POST.get("seen", ""))
    except ValueError:
        seen = None
    try:
        narrowing.set_end(authorization, until, seen=seen, by=request.user, now=now)
    except narrowing.NotChanged:
        # Pressed twice, or changed elsewhere meanwhile: the page of the service says how it stands.
        messages.info(request, _("It was changed meanwhile. This is how it stands now."))
    else:
        said = {"app": authorization.application.name, "day": date_format(until, "j F Y")}
        messages.success(request, _("%(app)s may act for you until %(day)s.") % said)
    return redirect("authorizations:detail", authorization.pk)
