"""The admin: only for operations staff who proved who they are within the last half hour. No password form."""

from datetime import timedelta
from typing import Any

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.utils import timezone
from unfold.sites import UnfoldAdminSite

from accounts.stepup import sign_in_url, signed_in_within

STEP_UP = timedelta(minutes=30)


class GatehouseAdminSite(UnfoldAdminSite):
    site_header = site_title = "Gatehouse operations"

    def has_permission(self, request: HttpRequest) -> bool:
        person = request.user
        staff = person.is_authenticated and person.is_active and person.is_staff and not person.is_personal
        return staff and signed_in_within(request, STEP_UP, timezone.now())

    def login(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> HttpResponse:
        if request.user.is_authenticated and not request.user.is_staff:
            from portal.web import forbidden  # noqa: PLC0415  (web needs the URLs, which need this site)

            return forbidden(request)
        return HttpResponseRedirect(sign_in_url(request.GET.get("next", "/admin/"), reason="reauthenticate"))
