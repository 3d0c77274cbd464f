"""The notices of a person: reading them, and which of them come as mail."""

import logging
from datetime import datetime
from typing import Any
from urllib.parse import urlencode
from uuid import UUID

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from accounts.stepup import PersonRequest, signed_in
from authorizations.notifications import catalogue, preferences, reading
from authorizations.notifications.kinds import NoticeKind
from authorizations.notifications.models import MailSettings, Notice
from authorizations.notifications.texts import Words, words

log = logging.getLogger(__name__)
PER_PAGE = 20


@require_GET
@signed_in
def listing(request: PersonRequest) -> HttpResponse:
    kind, unread = _filters(request)
    found = reading.unread(request.user) if unread else reading.of(request.user)
    page = Paginator(found.filter(kind=kind) if kind else found, PER_PAGE).get_page(request.GET.get("page"))
    kinds = reading.kinds_of(request.user)
    context = {
        "page": page,
        "rows": [_row(notice) for notice in page.object_list],
        "kinds": [(k, catalogue.about(k).label) for k in kinds],
        "kind": kind,
        "unread_only": unread,
        "query_string": urlencode({k: v for k, v in (("kind", kind), ("show", "unread" if unread else "")) if v}),
        "until": timezone.now().isoformat(),
        "any": bool(kinds),
        "unread_count": reading.unread(request.user).count(),
    }
    return render(request, "authorizations/notices.html", context)


def _filters(request: HttpRequest) -> tuple[str, bool]:
    kind = request.GET.get("kind", "")
    return (kind if kind in set(NoticeKind) else ""), request.GET.get("show") == "unread"


def _words(notice: Notice) -> Words:
    try:
        return words(notice)
    except Exception:
        # One row that an older release wrote differently must not hide all the others.
        log.exception("notice %s has no words", notice.pk)
        about = catalogue.about(notice.kind)
        return Words(
            title=f"{about.label}: {notice.app_name}" if notice.app_name else str(about.label), paragraphs=(), why=""
        )


def _row(notice: Notice) -> dict[str, Any]:
    return {"notice": notice, "words": _words(notice), "label": catalogue.about(notice.kind).label}


@require_POST
@signed_in
def mark(request: PersonRequest, notice_id: UUID) -> HttpResponse:
    """Read, or unread again."""
    if not Notice.objects.filter(pk=notice_id, person=request.user).exists():
        raise Http404
    if request.POST.get("as") == "unread":
        reading.mark_unread(request.user, [notice_id])
    else:
        reading.mark_read(request.user, [notice_id], now=timezone.now())
    return _back(request)


@require_POST
@signed_in
def mark_all(request: PersonRequest) -> HttpResponse:
    now = timezone.now()
    kind, _unread = _filters(request)
    count = reading.mark_all_read(request.user, kind=kind, until=_until(request, now), now=now)
    said = ngettext("%(count)s notice is marked as read.", "%(count)s notices are marked as read.", count)
    messages.success(request, said % {"count": count})
    return _back(request)


def _until(request: HttpRequest, now: datetime) -> datetime:
    """When the page was made; now, when it does not say so in a way we understand."""
    try:
        until = datetime.fromisoformat(request.POST.get("until", ""))
    except ValueError:
        return now
    return until if until.tzinfo else now


def _back(request: HttpRequest) -> HttpResponse:
    """To the same list, with its filters."""
    kind, unread = _filters(request)
    number = request.GET.get("page", "")
    kept = {"kind": kind, "show": "unread" if unread else "", "page": number if number.isdigit() else ""}
    query = urlencode({k: v for k, v in kept.items() if v})
    return redirect(reverse("authorizations:notices") + (f"?{query}" if query else ""))


@require_http_methods(["GET", "POST"])
@signed_in
def settings(request: PersonRequest) -> HttpResponse:
    chosen = preferences.of(request.user)
    if request.method == "POST":
        digest = request.POST.get("digest", "")
        if digest not in MailSettings.Digest.values:
            messages.error(request, _("Choose how often mails come."))
            return redirect("authorizations:mail-settings")
        wanted = set(request.POST.getlist("mail"))
        silenced = [kind for kind in NoticeKind if kind not in wanted]
        preferences.save(request.user, silenced=silenced, digest=digest, now=timezone.now())
        messages.success(request, _("Your choice is saved."))
        return redirect("authorizations:mail-settings")
    return render(request, "authorizations/mail_settings.html", _settings_context(request, chosen))


def _settings_context(request: PersonRequest, chosen: MailSettings) -> dict[str, Any]:
    groups = [
        (_("Services you approved"), catalogue.Audience.PEOPLE),
        (_("Requests you review for an organization"), catalogue.Audience.REVIEWERS),
        (_("Apps you own"), catalogue.Audience.OWNERS),
        (_("Your organizations"), catalogue.Audience.ORGANIZATIONS),
    ]
    return {
        "groups": [
            (title, [_choice(k, chosen) for k, a in catalogue.ABOUT.items() if a.audience == who])
            for title, who in groups
        ],
        "digests": MailSettings.Digest.choices,
        "chosen": chosen,
        "email": request.user.email,
    }


def _choice(kind: NoticeKind, chosen: MailSettings) -> dict[str, Any]:
    about = catalogue.about(kind)
    return {
        "kind": kind,
        "label": about.label,
        "always": about.always,
        "waits": not about.urgent and not about.always,
        "mailed": not catalogue.is_silenced(kind, chosen.silenced),
    }
