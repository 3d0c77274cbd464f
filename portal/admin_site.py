"""The admin: only for people with an operations role and a work account, who proved who they are a short while ago.

No password form. Reading asks for a sign-in within half an hour, acting for one within a quarter of an hour.
"""

from collections.abc import Callable
from datetime import timedelta
from functools import wraps
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.utils import timezone
from unfold.sites import UnfoldAdminSite

from accounts.roles import Role, at_least
from accounts.stepup import auth_time, came_from, sign_in_url, signed_in_within
from authorizations.events.kinds import Kind
from authorizations.events.log import record

READING, ACTING = timedelta(minutes=30), timedelta(minutes=15)
OPENED_KEY = "gatehouse_operations_opened"
NO_PASSWORD = {"password_change", "password_change_done"}
View = Callable[..., HttpResponse]


class GatehouseAdminSite(UnfoldAdminSite):
    site_header = site_title = "Gatehouse operations"

    def has_permission(self, request: HttpRequest) -> bool:
        return at_least(request.user, Role.AUDITOR) and signed_in_within(request, READING, timezone.now())

    def get_urls(self) -> list[Any]:
        return [url for url in super().get_urls() if getattr(url, "name", "") not in NO_PASSWORD]

    def admin_view(self, view: View, cacheable: bool = False) -> View:
        inner = super().admin_view(view, cacheable)

        @wraps(inner)
        def wrapper(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
            if at_least(request.user, Role.AUDITOR):
                acts = request.method == "POST" and not getattr(view, "reads_only", False)
                if acts and not signed_in_within(request, ACTING, timezone.now()):
                    return _sign_in_again(request)
                if self.has_permission(request):
                    _opened(request)
            return inner(request, *args, **kwargs)

        return wrapper

    def login(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> HttpResponse:
        if request.user.is_authenticated and not at_least(request.user, Role.AUDITOR):
            return render(request, "errors/403_operations.html", status=403)
        return HttpResponseRedirect(sign_in_url(request.GET.get("next", "/admin/"), reason="reauthenticate"))


def _sign_in_again(request: HttpRequest) -> HttpResponse:
    """Back to the page with the form, where the person sees that nothing was done yet."""
    said = "You signed in more than 15 minutes ago, so we asked again who you are. Nothing was changed: please repeat what you did."
    messages.warning(request, said)
    return HttpResponseRedirect(sign_in_url(came_from(request), reason="reauthenticate"))


def _opened(request: HttpRequest) -> None:
    """Said once for each sign-in: who had these pages open, from where, and when."""
    at = auth_time(request)
    if request.session.get(OPENED_KEY) == at:
        return
    person: Any = request.user
    detail = {"role": person.role}
    record(
        Kind.OPERATIONS_OPENED,
        now=timezone.now(),
        actor=person,
        person=person,
        subject=("person", person.pk),
        detail=detail,
    )
    request.session[OPENED_KEY] = at
