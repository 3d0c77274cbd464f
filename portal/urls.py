"""Every address of the portal that has a page. Machine endpoints are in `portal.machine_urls`."""

from django.contrib import admin
from django.urls import include, path, re_path

import accounts.admin  # noqa: F401  (imported so that they register themselves)
import authorizations.admin
import authorizations.legacy.admin  # noqa: F401
import oauthapps.admin  # noqa: F401
from accounts.entra import callback
from accounts.pages import signin
from authorizations.admin import everything, switches
from authorizations.api.page import reference
from authorizations.legacy.authorize import LEGACY
from authorizations.legacy.brown_out import pausing
from authorizations.pages import migrate
from authorizations.pages.ask import ask_view
from authorizations.pages.authorize import authorize_view
from authorizations.pages.decision import decision_view
from authorizations.pages.more_time import more_time_view
from authorizations.pages.preview import preview
from authorizations.protocol.authorize import STANDARD
from oauthapps.pages import cockpit
from oauthapps.pages.leaks import leaked
from oauthapps.pages.pictures import picture

urlpatterns = [
    path("", signin.front, name="front"),
    path("genuine", signin.genuine, name="genuine"),
    path("rest-api", reference, name="rest-api"),
    path("oauth2/v2.0/authorize", authorize_view(STANDARD), name="authorize"),
    path("oauth2/v2.0/authorize/decision", decision_view(STANDARD), name="authorize-decision"),
    path("oauth2/v2.0/authorize/more-time", more_time_view(STANDARD), name="authorize-more-time"),
    path("oauth2/v2.0/authorize/ask", ask_view(STANDARD), name="authorize-ask"),
    path("oauth2/v2.0/authorize/continue", migrate.continue_view, name="authorize-continue"),
    path("oauth2/authorize", pausing(authorize_view(LEGACY)), name="legacy-authorize"),
    path("oauth2/authorize/decision", pausing(decision_view(LEGACY)), name="legacy-authorize-decision"),
    path("oauth2/authorize/more-time", pausing(more_time_view(LEGACY)), name="legacy-authorize-more-time"),
    path("oauth2/authorize/ask", pausing(ask_view(LEGACY)), name="legacy-authorize-ask"),
    path("accounts/microsoft/login/callback/", callback, name="microsoft_callback"),
    path("", include("accounts.urls")),
    path("", include("authorizations.urls")),
    path("app/<str:client_id>/preview", preview, name="app-preview"),
    path("app/", include("oauthapps.urls")),
    path("secrets/leaked", leaked, name="leaked"),
    re_path(r"^app-logo/(?P<digest>[0-9a-f]{64})\.png$", picture, name="app-logo"),
    path("admin/find", admin.site.admin_view(everything.find), name="operations-find"),
    path("admin/legacy", admin.site.admin_view(cockpit.operations), name="legacy-operations"),
    path("admin/switches", admin.site.admin_view(switches.switches), name="switches"),
    path("admin/switches/<slug:name>", admin.site.admin_view(switches.switch), name="switch"),
    path("admin/", admin.site.urls),
    path("<str:organization>/_settings/", include("portal.organization_urls")),
]
handler400 = "portal.web.bad_request"
handler403 = "portal.web.forbidden"
handler404 = "portal.web.not_found"
handler500 = "portal.web.server_error"
