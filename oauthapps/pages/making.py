"""Registers what a form says, once: a form that is sent twice, or reloaded, makes one app."""

from datetime import datetime

from django.contrib import messages
from django.core import signing
from django.db import IntegrityError, transaction
from django.http import HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _

from accounts.stepup import PersonRequest
from oauthapps import services
from oauthapps.models import Application, new_client_id
from oauthapps.pages import secrets
from oauthapps.pages.forms import AppForm

SALT = "gatehouse.registration"


def ticket(request: PersonRequest) -> str:
    """The app id that this very form will make, for this person."""
    return signing.dumps([str(request.user.pk), new_client_id()], salt=SALT)


def make(request: PersonRequest, form: AppForm, registration: services.Registration, *, now: datetime) -> HttpResponse:
    """The app and its first secret in one transaction. Raises RegistrationRefused."""
    client_id = _of_ticket(request)
    if client_id and (before := _before(request, client_id)):
        return before
    if client_id and Application.objects.filter(client_id=client_id).exists():
        client_id = None  # what the form made was deleted or handed over since: this is a new app
    try:
        with transaction.atomic():
            app = services.register(
                registration,
                owners=[request.user],
                by=request.user,
                now=now,
                client_id=client_id,
                confirmed=form.confirmed,
                logo=form.cleaned_data["logo"],
            )
            if app.is_public:
                return redirect(app.get_absolute_url())
            made, value = services.create_secret(app, slot="primary", by=request.user, now=now)
    except IntegrityError:
        # A second click, and the first was quicker: the id is taken by what it made.
        if client_id and (before := _before(request, client_id)):
            return before
        raise
    return secrets.page(request, app, now, new_secret=secrets.shown_once(made, value))


def _of_ticket(request: PersonRequest) -> str | None:
    try:
        person, client_id = signing.loads(request.POST.get("ticket", ""), salt=SALT, max_age=86_400)
    except (signing.BadSignature, ValueError, TypeError):
        return None
    return client_id if person == str(request.user.pk) else None


def _before(request: PersonRequest, client_id: str) -> HttpResponse | None:
    app = Application.objects.of(request.user).filter(client_id=client_id, deleted_at=None).first()
    if app is None:
        return None
    messages.info(
        request,
        _("This form registered the app already. If it has a secret and you missed it, regenerate it under Secrets."),
    )
    return redirect(app.get_absolute_url())
