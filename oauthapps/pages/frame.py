"""The frame around each page of one app: whose app it is, its tabs, and what the head says."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import wraps
from typing import Any

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import NoReverseMatch, reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_POST

from accounts.stepup import PersonRequest
from oauthapps.models import Application


def _always(app: Application) -> bool:
    return True


@dataclass(frozen=True)
class Tab:
    """`name` is the URL name, which takes the client id; a tab without a page of that name does not show."""

    name: str
    label: Any
    applies: Callable[[Application], bool] = _always

    def url(self, app: Application) -> str:
        """Empty when the page does not exist."""
        try:
            return reverse(f"oauthapps:{self.name}", args=[app.client_id])
        except NoReverseMatch:
            return ""


def _keeps_secrets(app: Application) -> bool:
    return not app.is_public


def _migrates(app: Application) -> bool:
    return app.is_legacy or app.twin_of_id is not None


TABS = (
    Tab("detail", gettext_lazy("Overview")),
    Tab("settings", gettext_lazy("Settings")),
    Tab("secrets", gettext_lazy("Secrets"), _keeps_secrets),
    Tab("owners", gettext_lazy("Owners")),
    Tab("use", gettext_lazy("People and use")),
    Tab("migration", gettext_lazy("Migration"), _migrates),
    Tab("danger", gettext_lazy("Delete")),
)


def owned_app(request: PersonRequest, client_id: str) -> Application:
    """Somebody else's app is not there: no difference is shown. Raises Http404."""
    app = Application.objects.of(request.user).filter(client_id=client_id).first()
    if app is None:
        raise Http404
    return app


def posted(tab: str) -> Callable[[Callable[..., HttpResponse]], Callable[..., HttpResponse]]:
    """For acts whose answer is a page: who comes back to its address (a reload, a sign-in between) lands on the tab."""

    def decorate(view: Callable[..., HttpResponse]) -> Callable[..., HttpResponse]:
        @wraps(view)
        def wrapper(request: HttpRequest, client_id: str, *args: Any, **kwargs: Any) -> HttpResponse:
            if request.method == "GET":
                return redirect(f"oauthapps:{tab}", client_id)
            return require_POST(view)(request, client_id, *args, **kwargs)

        return wrapper

    return decorate


def tabs(app: Application, current: str) -> list[dict[str, Any]]:
    shown = [(tab, tab.url(app)) for tab in TABS if tab.applies(app)]
    return [{"label": tab.label, "url": url, "current": tab.name == current} for tab, url in shown if url]


def status_label(app: Application) -> str:
    return _("Switched off") if app.disabled_at else _("Active")


def head(app: Application) -> dict[str, Any]:
    """What every page of the app says about it."""
    return {
        "client_id": app.client_id,
        "name": app.name,
        "company": app.company,
        "model": app.model,
        "model_label": app.get_model_display(),
        "status_label": status_label(app),
        "logo_url": app.logo_url,
        "is_public": app.is_public,
        "is_legacy": app.is_legacy,
        "disabled": app.disabled_at is not None,
        "new_version_of": app.twin_of_id is not None,
        "sunset": settings.LEGACY_SUNSET if app.is_legacy else None,
        "url": app.get_absolute_url(),
    }


def render_tab(
    request: PersonRequest, app: Application, current: str, template: str, context: dict[str, Any], *, status: int = 200
) -> HttpResponse:
    """One tab: `template` extends oauthapps/app_base.html and fills its `content` block."""
    frame = {"app": head(app), "tabs": tabs(app, current)}
    return render(request, template, frame | context, status=status)
