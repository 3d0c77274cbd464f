"""Two owners saved at once: what is saved now beside what this person typed, for each field that differs."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.utils.translation import gettext as _

from authorizations.events.kinds import Kind
from authorizations.events.models import Event
from oauthapps import scopes
from oauthapps.models import Application
from oauthapps.pages.forms import AppForm

COMPARED = ("name", "company", "description", "website", "terms_url", "privacy_url", "client_type", "redirect_uris")


@dataclass(frozen=True)
class Conflict:
    who: str
    at: datetime | None
    rows: list[dict[str, Any]]


def between(app: Application, form: AppForm) -> Conflict:
    changed = Event.objects.filter(subject_type="app", subject_id=app.client_id, name=Kind.APP_CHANGED)
    last = changed.order_by("-at", "-id").first()
    return Conflict(
        last.actor_name if last else "", last.at if last else None, [*_fields(app, form), *_scopes(app, form)]
    )


def _fields(app: Application, form: AppForm) -> list[dict[str, Any]]:
    saved = AppForm.of(app).initial
    rows = []
    for name in COMPARED:
        mine, theirs = str(form.cleaned_data.get(name, "")), str(saved[name])
        if mine.split() != theirs.split() if name == "redirect_uris" else mine != theirs:
            bound = form[name]
            choices = dict(getattr(form.fields[name], "choices", ()))
            rows.append(
                {
                    "label": bound.label,
                    "anchor": bound.id_for_label or f"{bound.auto_id}_0",
                    "theirs": choices.get(theirs, theirs),
                    "mine": choices.get(mine, mine),
                }
            )
    return rows


def _scopes(app: Application, form: AppForm) -> list[dict[str, Any]]:
    mine, theirs = _choices(*form.chosen), _choices(app.scopes, app.optional_scopes)
    return [
        {
            "label": _("Permission: %(title)s") % {"title": _(scope.title)},
            "anchor": f"scope-{name}",
            "theirs": _word(theirs.get(name)),
            "mine": _word(mine.get(name)),
        }
        for name, scope in scopes.CATALOGUE.items()
        if mine.get(name) != theirs.get(name)
    ]


def _choices(required: Any, optional: Any) -> dict[str, str]:
    return dict.fromkeys(optional, "optional") | dict.fromkeys(required, "required")


def _word(choice: str | None) -> str:
    return {"required": _("Required"), "optional": _("Optional")}.get(choice or "", _("No"))
