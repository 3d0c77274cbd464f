"""Making, changing, making anew and ending personal access tokens. A value is in the answer to one request and nowhere else."""

import uuid
from datetime import datetime
from typing import Any
from uuid import UUID

from django.conf import settings
from django.contrib import messages
from django.core import signing
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_http_methods

from accounts.stepup import PersonRequest, recently_signed_in, signed_in
from authorizations.models import PersonalAccessToken
from authorizations.pages import token_form, token_rows
from authorizations.pages.token_form import Said, Unreadable
from authorizations.services import personal_tokens
from authorizations.services.personal_tokens import Changes, Made, TokenRefused

STEP_UP_MINUTES = 60
SALT = "gatehouse.personal-token"


@require_http_methods(["GET", "POST"])
@recently_signed_in(STEP_UP_MINUTES)
def new(request: PersonRequest) -> HttpResponse:
    now = timezone.now()
    if request.method == "GET":
        return _form(request, Said(organization=request.GET.get("organization", "")[:40]), now)
    if before := _before(request):
        return before
    said = Said.of(request.POST)
    try:
        organization = token_form.organization_of(said, request.user)
        ends = token_form.within(token_form.end_of(said, now), now, organization, request.user, now)
        made = personal_tokens.create(
            request.user,
            name=said.name,
            scopes=said.wanted,
            organization=organization,
            expires_at=ends,
            now=now,
            token_id=_of_ticket(request),
        )
    except (Unreadable, TokenRefused) as problem:
        return _form(request, said, now, problem=problem)
    return _once(request, made, _("The token is made"), now)


def _form(request: PersonRequest, said: Said, now: datetime, **more: Any) -> HttpResponse:
    context = token_form.context(said, request.user, now, find=request.GET.get("find", ""), **more)
    ticket = signing.dumps([str(request.user.pk), str(uuid.uuid4())], salt=SALT)
    status = 400 if more else 200
    return render(request, "authorizations/tokens/form.html", context | {"ticket": ticket}, status=status)


def _of_ticket(request: PersonRequest) -> UUID | None:
    """The id that this very form will make, so that a form that is sent twice makes one token."""
    try:
        person, token_id = signing.loads(request.POST.get("ticket", ""), salt=SALT, max_age=86_400)
    except (signing.BadSignature, ValueError, TypeError):
        return None
    return UUID(token_id) if person == str(request.user.pk) else None


def _before(request: PersonRequest) -> HttpResponse | None:
    token_id = _of_ticket(request)
    if token_id is None or not PersonalAccessToken.objects.of(request.user).filter(pk=token_id).exists():
        return None
    messages.info(
        request,
        _("This form made the token already. Its value was shown once; if you missed it, regenerate the token."),
    )
    return redirect("authorizations:tokens")


def _once(request: PersonRequest, made: Made, title: str, now: datetime) -> HttpResponse:
    context = {
        "value": made.value,
        "row": token_rows.rows(request.user, [made.token], now)[0],
        "title": title,
        "issuer": settings.ISSUER,
        "slug": made.token.organization.slug if made.token.organization else "",
    }
    return render(request, "authorizations/tokens/made.html", context)


@require_http_methods(["GET", "POST"])
@recently_signed_in(STEP_UP_MINUTES)
def edit(request: PersonRequest, token_id: UUID) -> HttpResponse:
    now, token = timezone.now(), _mine(request, token_id)
    if not token.is_live(now):
        return _over(request, token)
    if request.method == "GET":
        return _edit_form(request, token, Said.about(token), now)
    said = Said.of(request.POST)
    try:
        organization = token_form.organization_of(said, request.user)
        changes = Changes(said.name, said.wanted, (organization,), _new_end(said, token, organization, request, now))
        personal_tokens.edit(token, by=request.user, changes=changes, now=now)
    except (Unreadable, TokenRefused) as problem:
        return _edit_form(request, token, said, now, problem=problem)
    messages.success(request, _("“%(name)s” was changed. Its value stays the same.") % {"name": said.name.strip()})
    return redirect("authorizations:tokens")


def _new_end(
    said: Said, token: PersonalAccessToken, organization: Any, request: PersonRequest, now: datetime
) -> datetime | None:
    """None: it stays. The longest life is counted from the issue of the value."""
    if said.life == "keep":
        return None
    ends = min(token_form.end_of(said, now), token.issued_at + token_form.LONGEST)
    return token_form.within(ends, token.issued_at, organization, request.user, now)


def _edit_form(
    request: PersonRequest, token: PersonalAccessToken, said: Said, now: datetime, **more: Any
) -> HttpResponse:
    context = token_form.context(said, request.user, now, find=request.GET.get("find", ""), **more)
    return render(request, "authorizations/tokens/form.html", context | {"token": token}, status=400 if more else 200)


@require_http_methods(["GET", "POST"])
@recently_signed_in(STEP_UP_MINUTES)
def regenerate(request: PersonRequest, token_id: UUID) -> HttpResponse:
    now, token = timezone.now(), _mine(request, token_id)
    if not token.is_live(now):
        return _over(request, token)
    if request.method == "GET":
        return _confirm(request, token, now, "regenerate", said=Said())
    said = Said.of(request.POST)
    try:
        ends = token_form.within(token_form.end_of(said, now), now, token.organization, request.user, now)
        replaces = request.POST.get("replaces", "")
        made = personal_tokens.regenerate(token, by=request.user, replaces=replaces, expires_at=ends, now=now)
    except (Unreadable, TokenRefused) as problem:
        if isinstance(problem, TokenRefused) and not problem.field:
            messages.warning(request, str(problem))
            return redirect("authorizations:tokens")
        return _confirm(request, token, now, "regenerate", said=said, problem=problem)
    return _once(request, made, _("The token has a new value"), now)


@require_http_methods(["GET", "POST"])
@signed_in
def revoke(request: PersonRequest, token_id: UUID) -> HttpResponse:
    now, token = timezone.now(), _mine(request, token_id)
    if not token.is_live(now):
        return _over(request, token)
    if request.method == "GET":
        return _confirm(request, token, now, "revoke")
    personal_tokens.revoke(token, by=request.user, now=now)
    said = {"name": token.name, "when": f"{now:%Y-%m-%d %H:%M:%S}"}
    messages.success(
        request, _("“%(name)s” was revoked at %(when)s UTC. Every call with it is refused from that moment on.") % said
    )
    return redirect("authorizations:tokens")


@require_http_methods(["GET", "POST"])
@signed_in
def revoke_all(request: PersonRequest) -> HttpResponse:
    now = timezone.now()
    live = PersonalAccessToken.objects.of(request.user).live(now)
    if request.method == "GET":
        return render(request, "authorizations/tokens/revoke_all.html", {"number": live.count()})
    ids = list(live.values_list("pk", flat=True))
    number = len(personal_tokens.revoke_all(ids, by=request.user, now=now))
    said = ngettext(
        "%(number)s token was revoked. Every call with it is refused from now on.",
        "%(number)s tokens were revoked. Every call with them is refused from now on.",
        number,
    )
    messages.success(request, said % {"number": number})
    return redirect("authorizations:tokens")


def _mine(request: PersonRequest, token_id: UUID) -> PersonalAccessToken:
    """Somebody else's is not there. Raises Http404."""
    found = PersonalAccessToken.objects.of(request.user).select_related("organization", "person")
    token = found.filter(pk=token_id).first()
    if token is None:
        raise Http404
    return token


def _over(request: PersonRequest, token: PersonalAccessToken) -> HttpResponse:
    messages.info(request, _("“%(name)s” has ended. Make a new token if you still need one.") % {"name": token.name})
    return redirect("authorizations:tokens")


def _confirm(request: PersonRequest, token: PersonalAccessToken, now: datetime, act: str, **more: Any) -> HttpResponse:
    said, problem = more.get("said"), more.get("problem")
    context = {"row": token_rows.rows(request.user, [token], now)[0], "token": token, "act": act}
    if said:
        context |= token_form.context(said, request.user, now, problem=problem)
    return render(request, "authorizations/tokens/confirm.html", context, status=400 if problem else 200)
