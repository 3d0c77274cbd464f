"""Where the signed links of mails lead. Opening one changes nothing: mail scanners open every link they see.

Stopping a service needs the link alone: it can only take away, it came to the person's own mailbox, and whoever did
not do it is told. Giving more (renewing) needs the person (docs/decisions/0035).
"""

from datetime import datetime
from typing import Any
from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods

from accounts.models import User
from authorizations.models import Authorization
from authorizations.notifications import catalogue, links, preferences
from authorizations.services.revocation import revoke_authorization

BY_MAIL = "revoked through a link in a mail"


def _problem(request: HttpRequest, title: str, text: str, status: int) -> HttpResponse:
    return render(request, "authorizations/mail_problem.html", {"heading": title, "text": text}, status=status)


def _unreadable(request: HttpRequest) -> HttpResponse:
    text = _("It may have been cut off by your mail program. Copy the whole address, or go on from here.")
    return _problem(request, _("This link is not complete"), text, 400)


@require_http_methods(["GET", "HEAD", "POST"])
def revoke(request: HttpRequest, token: str) -> HttpResponse:
    try:
        authorization_id, person_id = links.read_revoke(token)
    except links.OldLink:
        text = _("Links in mails stop a service for 30 days. Go to your authorizations to stop it now.")
        return _problem(request, _("This link is too old"), text, 410)
    except links.BadLink:
        return _unreadable(request)
    if request.user.is_authenticated and str(request.user.pk) != person_id:
        text = _("It was sent to somebody else. Sign out first, or sign in as the person who got the mail.")
        return _problem(request, _("This link is for another account"), text, 403)
    found = Authorization.objects.select_related("application", "person")
    authorization = found.filter(pk=authorization_id, person_id=UUID(person_id)).first()
    if authorization is None:
        return _unreadable(request)
    return _confirmed(request, authorization, timezone.now())


def _confirmed(request: HttpRequest, authorization: Authorization, now: datetime) -> HttpResponse:
    live = authorization.is_live(now)
    context: dict[str, Any] = {"app_name": authorization.application.name, "authorization": authorization}
    if request.method != "POST" and live:
        connections = authorization.connections.filter(revoked_at=None, expires_at__gt=now).count()
        return render(request, "authorizations/mail_revoke.html", context | {"connections": connections})
    done = request.method == "POST" and _revoke(request, authorization, now)
    return render(request, "authorizations/mail_revoked.html", context | {"done": done, "now": now})


def _revoke(request: HttpRequest, authorization: Authorization, now: datetime) -> bool:
    if request.user.is_authenticated:
        return revoke_authorization(authorization, by=authorization.person, reason=Authorization.Ended.REVOKED, now=now)
    return revoke_authorization(authorization, by=None, reason=BY_MAIL, now=now)


@csrf_exempt  # RFC 8058 §3.2: the mail program posts without cookies; the signed link is the proof
@require_http_methods(["GET", "HEAD", "POST"])
def unsubscribe(request: HttpRequest, token: str) -> HttpResponse:
    """Turns one kind of mail off for one person, and can do nothing else."""
    try:
        person_id, kind = links.read_unsubscribe(token)
    except (links.BadLink, links.OldLink):
        return _unreadable(request)
    if not User.objects.filter(pk=person_id).exists():
        return _unreadable(request)
    digest = kind == "digest"
    context = {
        "label": _("Digest of your notices") if digest else catalogue.about(kind).label,
        "always": "" if digest else catalogue.about(kind).always,
        "done": request.method == "POST",
    }
    if request.method == "POST":
        preferences.silence(person_id, kind, now=timezone.now())
    return render(request, "authorizations/mail_unsubscribe.html", context)
