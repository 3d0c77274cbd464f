"""The approval page as people will see it, for the owners of an app: the same template, with nothing to send."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.http import Http404, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_safe

from accounts.models import User
from accounts.stepup import PersonRequest, signed_in
from authorizations import selectors
from authorizations.models import Authorization
from authorizations.pages import approval
from authorizations.pages.csp import CSP
from authorizations.pages.question import Question
from oauthapps import scopes as catalogue
from oauthapps.models import Application

FIRST, MORE = "first", "more"
AGO = timedelta(days=90)  # when the imagined person of the second view approved


@dataclass(frozen=True)
class Asked:
    """What the owner wants to see."""

    view: str
    optional: tuple[str, ...]  # of the optional permissions, those that the request names
    callback: str


@require_safe
@signed_in
def preview(request: PersonRequest, client_id: str) -> HttpResponse:
    """Somebody else's app is not there: no difference is shown."""
    app, now = Application.objects.of(request.user).filter(client_id=client_id).first(), timezone.now()
    if app is None:
        raise Http404
    asked = _asked(request, app)
    question = _question(app, request.user, asked, now)
    context = approval.context(question, now) if question else {"app": {"name": app.name}}
    context |= {"preview": _controls(app, asked), "preview_url": request.path, "app_url": app.get_absolute_url()}
    response = render(request, "authorizations/preview.html", context)
    response["Content-Security-Policy"] = f"{CSP}; form-action 'self'"
    return response


def _asked(request: PersonRequest, app: Application) -> Asked:
    view = MORE if request.GET.get("view") == MORE and len(_known(app)) > 1 else FIRST
    # Nothing said yet: all of them, as most services ask.
    ticked = set(request.GET.getlist("with")) if "view" in request.GET else set(app.optional_scopes)
    callbacks = app.callbacks or [""]
    callback = request.GET.get("callback", "")
    return Asked(
        view,
        tuple(s for s in app.optional_scopes if s in ticked and s in catalogue.CATALOGUE),
        callback if callback in callbacks else callbacks[0],
    )


def _known(app: Application) -> list[str]:
    return [s for s in app.all_scopes if s in catalogue.CATALOGUE]


def _question(app: Application, person: User, asked: Asked, now: datetime) -> Question | None:
    """None: an app that takes no callback asks nobody."""
    required = [s for s in app.scopes if s in catalogue.CATALOGUE]
    wanted = (*required, *asked.optional)
    if not app.callbacks or not wanted:
        return None
    before = _before(app, person, wanted, required, now) if asked.view == MORE else None
    found = selectors.asking(app.client_id, person, now)
    return Question(app, person, wanted, asked.callback, before, familiar=bool(found and found.familiar))


def _before(
    app: Application, person: User, wanted: tuple[str, ...], required: list[str], now: datetime
) -> Authorization:
    """An approval that is nowhere but here: of what is required, or of all but the weightiest when that is all."""
    had = required if 0 < len(required) < len(wanted) else _lighter(wanted)
    return Authorization(
        person=person, application=app, scopes=had, granted_at=now - AGO, expires_at=now - AGO + timedelta(days=365)
    )


def _lighter(wanted: tuple[str, ...]) -> list[str]:
    heaviest = max(wanted, key=lambda s: (catalogue.CATALOGUE[s].high_privilege, catalogue.CATALOGUE[s].weight))
    return [s for s in wanted if heaviest not in catalogue.closure([s])]


def _controls(app: Application, asked: Asked) -> dict[str, Any]:
    return {
        "view": asked.view,
        "can_widen": len(_known(app)) > 1,
        "optional": [
            {"identifier": s, "title": catalogue.CATALOGUE[s].title, "checked": s in asked.optional}
            for s in app.optional_scopes
            if s in catalogue.CATALOGUE
        ],
        "callbacks": app.callbacks,
        "callback": asked.callback,
    }
