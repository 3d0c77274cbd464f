"""Where "Deny it" in a reviewer's mail leads: it can only refuse, and asks once. Approving gives, so it needs the
reviewer, signed in (docs/decisions/0035).
"""

from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from authorizations.models import ApprovalRequest
from authorizations.notifications import links
from authorizations.pages import requests
from authorizations.services import approvals


def _problem(request: HttpRequest, title: str, text: str, status: int) -> HttpResponse:
    return render(request, "authorizations/mail_problem.html", {"heading": title, "text": text}, status=status)


def _unreadable(request: HttpRequest) -> HttpResponse:
    text = _("It may have been cut off by your mail program. Copy the whole address, or go on from here.")
    return _problem(request, _("This link is not complete"), text, 400)


@require_http_methods(["GET", "HEAD", "POST"])
def deny(request: HttpRequest, token: str) -> HttpResponse:
    try:
        request_id, reviewer_id = links.read_deny(token)
    except links.OldLink:
        text = _("Links in mails deny a request for 30 days. Sign in to look after requests.")
        return _problem(request, _("This link is too old"), text, 410)
    except links.BadLink:
        return _unreadable(request)
    if request.user.is_authenticated and str(request.user.pk) != reviewer_id:
        text = _("It was sent to somebody else. Sign out first, or sign in as the person who got the mail.")
        return _problem(request, _("This link is for another account"), text, 403)
    found = ApprovalRequest.objects.select_related("organization", "person", "application__logo")
    asked = found.filter(pk=request_id).first()
    if asked is None:
        return _unreadable(request)
    return _denied(request, asked, UUID(reviewer_id)) if request.method == "POST" else _asks(request, asked)


def _asks(request: HttpRequest, asked: ApprovalRequest) -> HttpResponse:
    context = {"card": requests.card(asked), "asked": asked, "open": asked.is_open(timezone.now())}
    return render(request, "authorizations/requests/mail_deny.html", context)


def _denied(request: HttpRequest, asked: ApprovalRequest, reviewer_id: UUID) -> HttpResponse:
    answer, now = request.POST.get("answer", ""), timezone.now()
    try:
        approvals.deny_by_mail(asked.pk, reviewer_id, answer=answer, now=now)
    except approvals.AnsweredAlready:
        asked.refresh_from_db()
        return _asks(request, asked)
    except approvals.ApprovalRefused as refused:
        return _problem(request, _("You cannot answer this request"), requests.said(refused), 403)
    return render(request, "authorizations/requests/mail_denied.html", {"card": requests.card(asked), "asked": asked})
