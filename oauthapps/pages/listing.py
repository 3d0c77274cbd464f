"""The apps of a developer."""

from django.db.models import Count, Q, QuerySet
from django.http import HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_GET

from accounts.models import User
from accounts.stepup import PersonRequest, signed_in
from oauthapps.models import Application
from oauthapps.pages.frame import status_label


def apps_of(person: User) -> QuerySet[Application]:
    """The apps a person owns, with how many people use each."""
    people = Count("authorizations", filter=Q(authorizations__revoked_at=None), distinct=True)
    return Application.objects.of(person).annotate(people=people).prefetch_related("secrets").order_by("name", "id")


@require_GET
@signed_in
def listing(request: PersonRequest) -> HttpResponse:
    now = timezone.now()
    apps = [
        {
            "client_id": app.client_id,
            "name": app.name,
            "model_label": app.get_model_display(),
            "status_label": status_label(app),
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
