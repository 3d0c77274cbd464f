"""Pages for app developers: list, register, look after."""

from datetime import datetime
from typing import Any

from django.conf import settings
from django.db.models import Count, Q, QuerySet
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from accounts.models import User
from accounts.stepup import PersonRequest, recently_signed_in, signed_in
from oauthapps import services
from oauthapps.models import Application, ApplicationSecret
from oauthapps.pages.forms import AppForm, chosen_scopes, scope_groups
from oauthapps.pages.quickstart import endpoints, quickstart

STEP_UP_MINUTES = 60


def apps_of(person: User) -> QuerySet[Application]:
    """The apps a person owns, with how many people use each."""
    people = Count("authorizations", filter=Q(authorizations__revoked_at=None), distinct=True)
    return (
        Application.objects.filter(owners=person)
        .annotate(people=people)
        .prefetch_related("secrets")
        .order_by("name", "id")
    )


def _status(app: Application) -> str:
    return _("Switched off") if app.disabled_at else _("Active")


@require_GET
@signed_in
def listing(request: PersonRequest) -> HttpResponse:
    now = timezone.now()
    apps = [
        {
            "client_id": app.client_id,
            "name": app.name,
            "model_label": app.get_model_display(),
            "status_label": _status(app),
            "people": app.people,
            "url": app.get_absolute_url(),
            "secrets": [
                {"slot_label": s.get_slot_display(), "expires_at": s.expires_at, "expired": s.expires_at <= now}
                for s in app.secrets.all()
                if s.revoked_at is None
            ],
        }
        for app in apps_of(request.user)[:200]
    ]
    return render(request, "oauthapps/list.html", {"apps": apps, "can_register": True})


@require_http_methods(["GET", "POST"])
@signed_in
def register(request: PersonRequest) -> HttpResponse:
    form, now = AppForm(request.POST or None), timezone.now()
    required, optional = chosen_scopes(request.POST)
    if request.method == "POST" and form.is_valid():
        try:
            app = services.register(
                form.registration(required, optional), owners=[request.user], by=request.user, now=now
            )
        except services.RegistrationRefused as refusal:
            _show(form, refusal)
        else:
            if app.is_public:
                return redirect(app.get_absolute_url())
            secret, value = services.create_secret(app, slot="primary", by=request.user, now=now)
            return _detail(request, app, now, new_secret=_shown_once(secret, value))
    context = {"form": form, "scope_groups": scope_groups(required, optional)}
    return render(request, "oauthapps/register.html", context, status=400 if form.errors else 200)


def _show(form: AppForm, refusal: services.RegistrationRefused) -> None:
    form.add_error(refusal.field if refusal.field in form.fields else None, str(refusal))


def _mine(request: PersonRequest, client_id: str) -> Application:
    """Somebody else's app is not there: no difference is shown."""
    app = Application.objects.filter(client_id=client_id, owners=request.user).first()
    if app is None:
        raise Http404
    return app


@require_http_methods(["GET", "POST"])
@signed_in
def detail(request: PersonRequest, client_id: str) -> HttpResponse:
    app, now = _mine(request, client_id), timezone.now()
    if request.method == "GET":
        return _detail(request, app, now)
    form = AppForm(request.POST)
    required, optional = chosen_scopes(request.POST)
    if form.is_valid():
        kept = {
            n: getattr(app, n)
            for n in ("model", "verified_domain", "resource_server", "historic_answers", "id_token_algorithm")
        }
        if (form.cleaned_data["company"], form.cleaned_data["website"]) != (app.company, app.website):
            kept["verified_domain"] = ""  # what was verified was the old publisher
        try:
            services.change(app, form.registration(required, optional, **kept), by=request.user, now=now)
            return redirect(app.get_absolute_url())
        except services.RegistrationRefused as refusal:
            _show(form, refusal)
            app.refresh_from_db()
    return _detail(request, app, now, form=form, chosen=(required, optional), status=400)


@require_POST
@recently_signed_in(STEP_UP_MINUTES)
def secret(request: PersonRequest, client_id: str, slot: str) -> HttpResponse:
    app, now = _mine(request, client_id), timezone.now()
    current = app.secrets.filter(slot=slot, revoked_at=None).values_list("key_id", flat=True).first() or ""
    if request.POST.get("replaces", current) != current:
        # The page was reloaded, or somebody else was quicker: what they made must not end unseen.
        return redirect(app.get_absolute_url())
    try:
        made, value = services.create_secret(app, slot=slot, by=request.user, now=now)
    except services.RegistrationRefused as refusal:
        raise Http404 from refusal
    return _detail(request, app, now, new_secret=_shown_once(made, value))


def _shown_once(made: ApplicationSecret, value: str) -> dict[str, Any]:
    return {"slot_label": made.get_slot_display(), "value": value, "expires_at": made.expires_at}


def _secret_cards(app: Application, now: datetime) -> list[dict[str, Any]]:
    live = {s.slot: s for s in app.secrets.filter(revoked_at=None)}
    cards = []
    for slot, label in ApplicationSecret.SLOTS:
        s = live.get(slot)
        cards.append(
            {
                "slot": slot,
                "slot_label": label,
                "exists": s is not None,
                "hint": s.key_id if s else "",
                "created_at": s.created_at if s else None,
                "expires_at": s.expires_at if s else None,
                "expired": bool(s and s.expires_at <= now),
                "last_used_at": s.last_used_at if s else None,
                "action_url": reverse("oauthapps:secret", args=[app.client_id, slot]),
            }
        )
    return cards


def _detail(
    request: PersonRequest,
    app: Application,
    now: datetime,
    *,
    form: AppForm | None = None,
    new_secret: dict[str, Any] | None = None,
    chosen: tuple[list[str], list[str]] | None = None,
    status: int = 200,
) -> HttpResponse:
    required, optional = chosen or (app.scopes, app.optional_scopes)
    context = {
        "app": {
            "client_id": app.client_id,
            "name": app.name,
            "company": app.company,
            "model_label": app.get_model_display(),
            "status_label": _status(app),
            "redirect_uris": app.callbacks,
            "created": app.registered_at,
            "owners": list(app.owners.all()),
            "is_public": app.is_public,
            "url": app.get_absolute_url(),
        },
        "secrets": [] if app.is_public else _secret_cards(app, now),
        "new_secret": new_secret,
        "quickstart": quickstart(app, settings.ISSUER),
        "endpoints": endpoints(app, settings.ISSUER),
        "form": form or AppForm.of(app),
        "scope_groups": scope_groups(required, optional),
        "people": app.authorizations.filter(revoked_at=None).count(),
    }
    return render(request, "oauthapps/detail.html", context, status=status)
