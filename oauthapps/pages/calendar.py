"""The calendar file of secret expiries. A calendar program has no session, so a link can carry the right."""

from django.http import Http404, HttpRequest, HttpResponse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from oauthapps.models import Application
from oauthapps.services import calendar


@require_safe
def mine(request: HttpRequest) -> HttpResponse:
    """All my apps."""
    person, now = _reader(request), timezone.now()
    return _file(calendar.document(calendar.secrets_of(person, now), _("Gatehouse: secrets of my apps")))


@require_safe
def of_app(request: HttpRequest, client_id: str) -> HttpResponse:
    person, now = _reader(request), timezone.now()
    app = Application.objects.of(person).filter(client_id=client_id).first()
    if app is None:
        raise Http404
    return _file(calendar.document(calendar.secrets_of(person, now, client_id), app.name))


def _reader(request: HttpRequest):  # type: ignore[no-untyped-def]
    """The person of the link, or of the session. Raises Http404: a wrong link learns nothing."""
    token = request.GET.get("key", "")
    if token:
        person = calendar.reader(token, now=timezone.now())
    else:
        person = request.user if request.user.is_authenticated else None
    if person is None:
        raise Http404
    return person


def _file(content: bytes) -> HttpResponse:
    response = HttpResponse(content, content_type="text/calendar; charset=utf-8")
    response["Content-Disposition"] = 'inline; filename="secrets.ics"'
    return response
