"""Changing what a service may do without revoking it. Each page shows what stands, and says when that was out of date."""

from collections.abc import Callable, Sequence
from datetime import UTC, date, datetime, time, timedelta
from typing import Any
from uuid import UUID

from django.conf import settings
from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.dateparse import parse_date, parse_datetime
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as _lazy
from django.utils.translation import ngettext
from django.views.decorators.http import require_http_methods, require_POST

from accounts.stepup import PersonRequest, signed_in
from authorizations import bounds
from authorizations.models import Authorization, AuthorizationUsage
from authorizations.pages import describe, mine, uses
from authorizations.policy import Reason
from authorizations.services import narrowing, shutting_out
from authorizations.usage import marks, reading
from oauthapps import scopes as catalogue

View = Callable[[PersonRequest, Authorization, datetime], HttpResponse]
OUT_OF_DATE = _lazy("The page was out of date, so nothing was changed. This is how it stands now: please look again.")


def _page(view: View) -> Callable[..., HttpResponse]:
    """Finds the person's own live authorization; one that has ended has nothing to change."""

    @require_http_methods(["GET", "POST"])
    @signed_in
    def wrapper(request: PersonRequest, authorization_id: UUID) -> HttpResponse:
        now, authorization = timezone.now(), mine.authorization(request, authorization_id)
        if not authorization.is_live(now):
            messages.info(request, _("This service has ended; there is nothing left to change."))
            return back(authorization)
        return view(request, authorization, now)

    return wrapper


def back(authorization: Authorization) -> HttpResponse:
    return HttpResponseRedirect(reverse("authorizations:detail", args=[authorization.pk]))


def done(request: HttpRequest, authorization: Authorization, words: str) -> HttpResponse:
    messages.success(request, words)
    return back(authorization)


def _show(
    request: HttpRequest, template: str, authorization: Authorization, context: dict[str, Any], error: Any, status: int
) -> HttpResponse:
    shared = {
        "app": describe.app_card(authorization.application),
        "authorization": authorization,
        "back_url": reverse("authorizations:detail", args=[authorization.pk]),
        "error": error,
    }
    return render(request, f"authorizations/{template}", shared | context, status=status)


@_page
def drop(request: PersonRequest, authorization: Authorization, now: datetime) -> HttpResponse:
    """Permissions: those named, with what carries them; or, with `unused`, all that were never used."""
    if request.method == "GET":
        return _drop_page(request, authorization, _wanted(request, authorization, now), now)
    dropped, seen = request.POST.getlist("scope"), request.POST.get("seen", "").split()
    try:
        narrowing.drop_permissions(authorization, dropped, seen=seen, by=request.user, now=now)
    except narrowing.NotChanged:
        authorization.refresh_from_db()
        return _drop_page(request, authorization, dropped, now, error=OUT_OF_DATE, status=409)
    number = len(set(dropped))
    words = ngettext("Dropped %(n)s permission of %(app)s.", "Dropped %(n)s permissions of %(app)s.", number)
    return done(request, authorization, words % {"n": number, "app": authorization.application.name})


def _wanted(request: HttpRequest, authorization: Authorization, now: datetime) -> Sequence[str]:
    if not request.GET.get("unused"):
        return request.GET.getlist("scope")
    return marks.never_used(_uses(authorization, now))


def _uses(authorization: Authorization, now: datetime) -> dict[str, marks.PermissionUse]:
    facets = reading.by_facet([authorization.pk], today=now.date())[authorization.pk]
    needed = facets[AuthorizationUsage.Facet.SCOPE]
    return marks.permission_uses(describe.known(authorization.scopes), needed)


def _drop_page(
    request: HttpRequest,
    authorization: Authorization,
    wanted: Sequence[str],
    now: datetime,
    *,
    error: Any = "",
    status: int = 200,
) -> HttpResponse:
    going = narrowing.together(authorization.scopes, wanted)
    if not going:
        messages.info(request, _("There is nothing left to drop: it has gone already."))
        return back(authorization)
    use = _uses(authorization, now)
    context = {
        "going": uses.permission_groups({s: use[s] for s in going if s in use}),
        "number": len(going),
        "scopes": going,
        "seen": " ".join(authorization.scopes),
        "carrying": uses.titles(s for s in going if s not in wanted),
        "asked": uses.titles(s for s in going if s in wanted),
        "remaining": uses.titles(catalogue.minimal(s for s in describe.known(authorization.scopes) if s not in going)),
        "all_of_it": len(going) == len(authorization.scopes),
        "unused": all(s in use and use[s].mark is marks.Mark.NEVER for s in going),
        "token_minutes": int(settings.ACCESS_TOKEN_LIFETIME.total_seconds() // 60),
    }
    return _show(request, "drop.html", authorization, context, error, status)


@_page
def organizations(request: PersonRequest, authorization: Authorization, now: datetime) -> HttpResponse:
    if request.method == "GET":
        return _organizations_page(request, authorization, authorization.organizations, now)
    chosen = None if request.POST.get("reach") == "all" else request.POST.getlist("organization")
    said = request.POST.get("seen", "")
    seen = None if said == "all" else said.split()
    try:
        narrowing.set_organizations(authorization, chosen, seen=seen, by=request.user, now=now)
    except narrowing.NoOrganization:
        error = _("Choose at least one of your organizations. To stop the service everywhere, revoke it.")
        return _organizations_page(request, authorization, chosen, now, error=error, status=400)
    except narrowing.NotChanged:
        authorization.refresh_from_db()
        return _organizations_page(request, authorization, authorization.organizations, now, OUT_OF_DATE, 409)
    return done(request, authorization, _("Saved. It holds for the very next call, and you can change it again here."))


def _organizations_page(
    request: PersonRequest,
    authorization: Authorization,
    chosen: Sequence[str] | None,
    now: datetime,
    error: Any = "",
    status: int = 200,
) -> HttpResponse:
    found = bounds.bounds(
        request.user,
        authorization.organizations,
        authorization.application,
        authorization.scopes,
        now=now,
        given_at=authorization.confirmed_at or authorization.granted_at,
    )
    facets = reading.by_facet([authorization.pk], today=now.date())[authorization.pk]
    used = {use.value: use for use in facets[AuthorizationUsage.Facet.ORGANIZATION]}
    choices = [
        {
            "id": str(b.organization.pk),
            "name": b.organization.name,
            "blocked": b.reason is not None,
            "shut_out": b.reason is Reason.SHUT_OUT,
            "checked": chosen is None or str(b.organization.pk) in chosen,
            "use": uses.calls_and_last(used[pk].calls, used[pk].last) if (pk := str(b.organization.pk)) in used else "",
        }
        for b in found
        if b.membership is not None
    ]
    stands = authorization.organizations
    context = {
        "choices": choices,
        "shut_out": [c for c in choices if c["shut_out"]],
        "all": chosen is None,
        "seen": "all" if stands is None else " ".join(stands),
    }
    return _show(request, "organizations.html", authorization, context, error, status)


@require_POST
@signed_in
def let_back(request: PersonRequest, authorization_id: UUID, organization_id: UUID) -> HttpResponse:
    """An administrator shut the service out; the person says yes to it again."""
    now, authorization = timezone.now(), mine.authorization(request, authorization_id)
    if authorization.is_live(now) and shutting_out.let_back(authorization, [organization_id], by=request.user, now=now):
        return done(request, authorization, _("Saved. It may act there again, from its very next call."))
    messages.info(request, _("Nothing was changed: it is not shut out there, or the organization has blocked it."))
    return back(authorization)


@_page
def end(request: PersonRequest, authorization: Authorization, now: datetime) -> HttpResponse:
    if request.method == "GET":
        return _end_page(request, authorization, now)
    wanted = _end_wanted(request.POST.get("until", ""), request.POST.get("date", ""), now)
    try:
        if wanted is None:
            raise narrowing.EndOutOfRange
        seen = parse_datetime(request.POST.get("seen", "")[:40])
        narrowing.set_end(authorization, wanted, seen=seen, by=request.user, now=now)
    except (narrowing.EndOutOfRange, ValueError):
        latest = f"{now + settings.AUTHORIZATION_LIFETIME:%Y-%m-%d}"
        error = _("Choose a day after today and not after %(latest)s.") % {"latest": latest}
        return _end_page(request, authorization, now, error, 400)
    except narrowing.NotChanged:
        authorization.refresh_from_db()
        return _end_page(request, authorization, now, OUT_OF_DATE, 409)
    return done(request, authorization, _("Saved. You can change it again here at any time."))


def _end_wanted(until: str, said: str, now: datetime) -> datetime | None:
    """In whole minutes, so that a double click asks for the same. None: not a choice of this page."""
    minute, latest = now.replace(second=0, microsecond=0), now + settings.AUTHORIZATION_LIFETIME
    if until == "date":
        return _end_of(said, latest)
    if until == "longest":
        return latest.replace(second=0, microsecond=0)
    days = next((d for d in _days() if str(d) == until), None)
    return minute + timedelta(days=days) if days else None


def _end_of(said: str, latest: datetime) -> datetime | None:
    """The end of the day, UTC. The very last day ends when a fresh consent would."""
    try:
        day: date | None = parse_date(said[:10])
    except ValueError:
        day = None
    if day is None:
        return None
    ends = datetime.combine(day, time(23, 59), tzinfo=UTC)
    return latest.replace(second=0, microsecond=0) if day == latest.date() else ends


def _days() -> list[int]:
    return [d for d in (1, 7, 30, 90) if timedelta(days=d) < settings.AUTHORIZATION_LIFETIME]


def _end_page(
    request: HttpRequest, authorization: Authorization, now: datetime, error: Any = "", status: int = 200
) -> HttpResponse:
    latest = now + settings.AUTHORIZATION_LIFETIME
    context = {
        "choices": [
            {"value": str(d), "label": ngettext("In %(n)s day", "In %(n)s days", d) % {"n": d}} for d in _days()
        ],
        "chosen": request.POST.get("until", ""),
        "date": request.POST.get("date", "")[:10],
        "latest": latest,
        "least_day": f"{now + timedelta(days=1):%Y-%m-%d}",
        "latest_day": f"{latest:%Y-%m-%d}",
        "expires_at": authorization.expires_at,
        "seen": authorization.expires_at.isoformat() if authorization.expires_at else "",
    }
    return _show(request, "end.html", authorization, context, error, status)


@_page
def note(request: PersonRequest, authorization: Authorization, now: datetime) -> HttpResponse:
    if request.method == "GET":
        return _note_page(request, authorization, authorization.note)
    words = _lines(request.POST.get("note", ""))
    if len(words) > narrowing.LONGEST_NOTE:
        error = _("The note has %(length)s characters; at most %(most)s fit. Shorten it, please.")
        error %= {"length": len(words), "most": narrowing.LONGEST_NOTE}
        return _note_page(request, authorization, words, error, 400)
    try:
        narrowing.set_note(authorization, words, seen=_lines(request.POST.get("seen", "")), by=request.user, now=now)
    except narrowing.NotChanged:
        authorization.refresh_from_db()
        error = _("The note was changed elsewhere meanwhile, so yours is not saved yet. Both are below.")
        return _note_page(request, authorization, words, error, 409)
    return done(request, authorization, _("Your note is saved.") if words else _("Your note is removed."))


def _lines(text: str) -> str:
    """Browsers send line ends as CR LF; here they count, and are compared, as one character."""
    return text.replace("\r\n", "\n").replace("\x00", "").strip()


def _note_page(
    request: HttpRequest, authorization: Authorization, words: str, error: Any = "", status: int = 200
) -> HttpResponse:
    context = {"note": words, "most": narrowing.LONGEST_NOTE, "saved": authorization.note if status == 409 else ""}
    return _show(request, "note.html", authorization, context, error, status)
